"""`carrel --purge-user-data`: all of Carrel's goes, nothing else does, and it says what went."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from carrel.process.instance import Instance

CARREL = [sys.executable, "-I", "-m", "carrel_desktop"]


def run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    env = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
    return subprocess.run(
        [*CARREL, *words], env=env | {"HOME": str(home)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's home with files of their own and a library of Carrel."""
    documents = tmp_path / "Documents"
    documents.mkdir()
    (documents / "lease.md").write_text("# Lease\n\nThree keys were handed over.\n")
    done = run("--fakes", "collections", home=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / ".config" / "carrel").mkdir(parents=True, exist_ok=True)
    (tmp_path / ".config" / "carrel" / "settings.toml").write_text("version = 1\n")
    return tmp_path


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_all_of_carrel_goes_and_the_users_files_stay(home: Path) -> None:
    assert len(files_of(home)) > 2
    done = run("--purge-user-data", "--yes", "--json", home=home)
    assert done.returncode == 0, done.stderr
    assert files_of(home) == {"Documents/lease.md"}
    result = json.loads(done.stdout)
    assert [Path(one["path"]) for one in result["removed"]] == [
        home / ".local/share/carrel", home / ".config/carrel", home / ".local/state/carrel",
    ]  # fmt: skip
    assert result["removed"][0]["bytes"] > 100_000
    assert result["kept"] == []


def test_it_says_in_words_what_went_and_then_that_nothing_is_left(home: Path) -> None:
    first = run("--purge-user-data", "--yes", home=home)
    assert f"Removed: {home / '.local/share/carrel'} (" in first.stdout
    again = run("--purge-user-data", "--yes", home=home)
    assert again.stdout == "Carrel keeps nothing here: there was nothing to remove.\n"


def test_nobody_to_ask_removes_nothing(home: Path) -> None:
    before = files_of(home)
    done = run("--purge-user-data", home=home)
    assert done.returncode == 1
    assert "Run it again with --yes." in done.stderr
    assert files_of(home) == before


def test_a_named_folder_keeps_what_is_not_carrels(home: Path) -> None:
    profile = home / "Documents"
    (profile / "models.txt").write_text("mine")
    assert run("--profile", str(profile), "--fakes", "collections", home=home).returncode == 0
    assert (profile / "carrel.db").is_file()
    done = run("--purge-user-data", "--profile", str(profile), "--yes", home=home)
    assert done.returncode == 0, done.stderr
    assert files_of(profile) == {"lease.md", "models.txt"}
    assert f"Left alone: {profile}" in done.stdout


def test_a_folder_without_a_profile_is_not_touched(home: Path) -> None:
    folder = home / "Documents"
    (folder / "models").mkdir()
    (folder / "models" / "mine.bin").write_bytes(b"mine")
    done = run("--purge-user-data", "--profile", str(folder), "--yes", home=home)
    assert "nothing to remove" in done.stdout
    assert (folder / "models" / "mine.bin").is_file()


def test_a_profile_that_was_moved_and_linked_goes_too(home: Path) -> None:
    data, elsewhere = home / ".local/share/carrel", home / "big-disk"
    data.rename(elsewhere)
    data.symlink_to(elsewhere)
    assert run("--purge-user-data", "--yes", home=home).returncode == 0
    assert not data.is_symlink()
    assert not elsewhere.exists()


def test_an_open_profile_is_left_alone(home: Path) -> None:
    before = files_of(home)
    with Instance.acquire(home / ".local/share/carrel"):  # type: ignore[union-attr]
        done = run("--purge-user-data", "--yes", home=home)
    assert done.returncode == 1
    assert "in use by the window" in done.stderr
    assert files_of(home) == before
