"""A home that cannot be written to: one sentence from the command line and from the window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root on Linux"
)
CARREL = [sys.executable, "-I", "-m", "carrel_desktop"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home on a disk of its own, writable at first."""
    folder = tmp_path / "home"
    folder.mkdir()
    mount(folder, "size=40m")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def mount(folder: Path, options: str) -> None:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
    env |= {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [*CARREL, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize("words", [["search", "--json", "boiler"], []])
def test_a_new_user_whose_home_is_read_only(home: Path, words: list[str]) -> None:
    mount(home, "remount,ro")
    done = run(home, *words)
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert f"The profile folder {home}/.local/share/carrel cannot be used: Read-only" in said
    assert "--profile DIR" in said
    assert "Traceback" not in done.stderr
    if words:
        assert json.loads(done.stdout)["error"]["what_to_do"]


@pytest.mark.parametrize("words", [["documents"], []])
def test_a_library_on_a_disk_that_became_read_only(home: Path, words: list[str]) -> None:
    notes = home / "notes.md"
    notes.write_text("# Keys\n\nThree keys were handed over.\n")
    assert run(home, "--fakes", "add", str(notes)).returncode == 0
    mount(home, "remount,ro")
    done = run(home, "--fakes", *words)
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert f"The profile folder {home}/.local/share/carrel is read-only." in said
    assert "Traceback" not in done.stderr
    mount(home, "remount,rw")
    assert "notes.md" in run(home, "--fakes", "documents").stdout
