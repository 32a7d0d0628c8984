"""`carrel selftest`: the real window over the real desk, with scripted engine and embedder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny


def test_the_real_window_works_end_to_end(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    done = subprocess.run(
        [sys.executable, "-m", "carrel_desktop", "--fakes", "selftest", "--out", str(out)],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    result = json.loads(out.read_text())
    assert (done.returncode, result["ok"]) == (0, True), done.stderr
    assert [step["name"] for step in result["steps"]] == [
        "open the window", "start the desk", "use the models", "add a folder", "ask a question",
        "open the cited place", "swap the model", "export the conversation", "check the privacy",
        "close the window",
    ]  # fmt: skip
    assert result["steps"][0]["seconds"] < 0.5


@pytest.mark.engine
@pytest.mark.embedder
def test_a_model_and_an_adapter_are_swapped_in(tmp_path: Path) -> None:
    models, out, picture = tmp_path / "models", tmp_path / "result.json", tmp_path / "window.png"
    models.mkdir()
    write_tiny(models / "tiny.gguf", context=2048)
    write_adapter(models / "tone.gguf")
    done = subprocess.run(
        [sys.executable, "-m", "carrel_desktop", "selftest", "--out", str(out),
         "--models", str(models), "--picture", str(picture)],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = {step["name"]: step["detail"] for step in json.loads(out.read_text())["steps"]}
    assert said["swap the model"].startswith("Tiny with 1 adapters: ")
    assert "Tiny" in said["use the models"]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_model_file_that_is_none_ends_the_test(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "broken.gguf").write_bytes(b"GGUF but not really")
    out = tmp_path / "result.json"
    done = subprocess.run(
        [sys.executable, "-m", "carrel_desktop", "--fakes", "selftest", "--out", str(out),
         "--models", str(tmp_path / "models")],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 1
    last = json.loads(out.read_text())["steps"][-1]
    assert (last["name"], last["ok"]) == ("use the models", False)
    assert last["detail"].startswith("broken.gguf: ")
