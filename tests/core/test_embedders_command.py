"""`carrel embedders` as scripts see it: from a model folder to its vectors, and bad folders."""

import json
import os
import subprocess
import sys

import pytest

from .fake_core import write_samples
from .tiny_embedder import make_tiny_embedder

CARREL = [sys.executable, "-I", "-m", "carrel_desktop"]


@pytest.fixture
def carrel(tmp_path):
    """Run a command on a profile of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "XDG_"))}

    def run(*words):
        command = [*CARREL, "--profile", str(tmp_path / "profile"), "--fakes", *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=110, check=False, env=environment
        )

    return run


def document(done):
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def in_use(told):
    return [row["id"] for row in told["embedders"] if row["in_use"]]


@pytest.mark.embedder
@pytest.mark.timeout(300)
def test_a_model_folder_from_addition_to_removal(carrel, tmp_path):
    folder = make_tiny_embedder(tmp_path)
    docs = write_samples(tmp_path / "docs")
    document(carrel("add", str(docs), "--json"))
    added = document(carrel("embedders", "add", str(folder), "--json"))
    assert added["embedder"] == "tiny-model"
    assert in_use(added) == ["hash"]
    row = added["embedders"][1]
    assert (row["dimensions"], row["pooling"], row["source"]) == (48, "mean", str(folder))
    assert row["languages"] == ["de", "no", "zh"]
    assert not row["in_use"]
    before = document(carrel("search", "boiler repair", "--json"))["hits"]
    used = document(carrel("embedders", "use", "tiny-model", "--json"))
    assert in_use(used) == ["tiny-model"]
    after = document(carrel("search", "boiler repair", "--json"))["hits"]
    assert {h["passage_id"] for h in before} == {h["passage_id"] for h in after}
    cosines = [[h["signals"]["cosine"] for h in hits] for hits in (before, after)]
    assert None not in cosines[1]
    assert cosines[0] != cosines[1]
    assert document(carrel("verify", "--json"))["ok"]
    assert [p.name for p in (tmp_path / "profile" / "index").glob("vectors_*")] == [
        "vectors_tiny-model.lance"
    ]
    assert "carrel embedders use hash" in carrel("embedders", "remove", "tiny-model").stderr
    assert "de, no, zh" in carrel("embedders", "show", "tiny-model").stdout
    assert in_use(document(carrel("embedders", "use", "hash", "--json"))) == ["hash"]
    left = document(carrel("embedders", "remove", "tiny-model", "--json"))
    assert [row["id"] for row in left["embedders"]] == ["hash"]
    assert folder.is_dir()
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "strange", "auto_map": {"AutoModel": "strange.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "strange.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    refused = carrel("embedders", "add", str(folder))
    assert refused.returncode == 1
    assert "runs no code of a model" in refused.stderr
    assert not (tmp_path / "ran").exists()


def test_what_is_missing_is_said(carrel, tmp_path):
    for words, said in {
        ("add",): "Which model folder?",
        ("use",): "Which embedder?",
        ("use", "gone"): "No embedder is called gone. Known: hash.",
        ("remove", "hash"): "comes with Carrel",
        ("add", str(tmp_path / "nowhere")): "There is no folder",
        ("add", str(tmp_path)): "it has no modules.json",
    }.items():
        done = carrel("embedders", *words)
        assert done.returncode == 1
        assert said in done.stderr
