"""`carrel models` as scripts see it: one JSON document each, and sentences for bad files."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest

from tests.models.tiny_gguf import write_tiny

CARREL = [sys.executable, "-I", "-m", "carrel_desktop"]


@pytest.fixture
def carrel(tmp_path):
    """Run `carrel models ...` on a profile and a home of their own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "XDG_"))}
    environment |= {"HOME": str(tmp_path / "home"), "USERPROFILE": str(tmp_path / "home")}

    def run(*words):
        command = [*CARREL, "--profile", str(tmp_path / "profile"), "--fakes", "models", *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=100, check=False, env=environment
        )

    return run


def document(done):
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_a_model_from_description_to_removal(carrel, tmp_path):
    path = write_tiny(tmp_path / "tiny.gguf")
    told = document(carrel("describe", str(path), "--json"))
    assert (told["already"], told["model"]["kind"], told["adapter"]) == (False, "chat model", None)
    added = document(carrel("add", str(path), "--json"))
    model_id = added["model"]
    (row,) = [one for one in added["models"] if one["id"] == model_id]
    assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    used = document(carrel("use", model_id, "--json"))
    assert [one["id"] for one in used["models"] if one["in_use"]] == [model_id]
    shown = carrel("show", model_id)
    assert "512 tokens trained" in shown.stdout
    assert row["sha256"] in shown.stdout
    left = document(carrel("remove", model_id, "--json"))
    assert model_id not in [one["id"] for one in left["models"]]
    assert path.exists()


def test_a_copy_survives_its_original(carrel, tmp_path):
    path = write_tiny(tmp_path / "tiny.gguf")
    model_id = document(carrel("add", "--copy", str(path), "--json"))["model"]
    path.unlink()
    (row,) = document(carrel("show", model_id, "--json"))["models"]
    assert (row["copied"], row["fits"]) == (True, "yes")


def test_what_other_programs_keep_is_found(carrel, tmp_path):
    folder = tmp_path / "home" / ".lmstudio" / "models"
    folder.mkdir(parents=True)
    write_tiny(folder / "found.gguf")
    told = document(carrel("find", "--json"))
    assert [one["program"] for one in told["found"]] == ["LM Studio"]
    assert told["searched"][0] == str(folder)
    assert "found.gguf" in carrel("find").stdout


def test_suggestions_are_text(carrel):
    told = document(carrel("suggest", "--json"))
    assert {one["memory"] for one in told["suggestions"]} == {4, 8, 16}
    words = carrel("suggest").stdout
    assert "Carrel downloads nothing" in words
    assert all(one["sha256"] in words for one in told["suggestions"])


def test_bad_files_are_sentences(carrel, tmp_path):
    page = tmp_path / "page.gguf"
    page.write_text("<html>Sign in</html>")
    for words in (("describe", str(page)), ("add", str(page))):
        done = carrel(*words, "--json")
        error = json.loads(done.stdout)["error"]
        assert done.returncode == 1
        assert "web page" in error["what"]
        assert "Download the file itself" in error["what_to_do"]
    assert carrel("add").returncode == 1
    assert "no file" in carrel("add", str(tmp_path / "none.gguf")).stderr
