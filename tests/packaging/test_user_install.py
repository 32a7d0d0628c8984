"""install.sh and uninstall.sh of the archive: for one user, whole or not at all, data kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.package_modules import PACKAGE, archive

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's archive")
SHARED = {
    "applications/carrel.desktop": (PACKAGE / "files" / "carrel.desktop").read_text(),
    "icons/hicolor/scalable/apps/carrel.svg": "<svg/>",
    "mime/packages/carrel-gguf.xml": "<mime-info/>",
    "metainfo/carrel.metainfo.xml": "<component/>",
    "man/man1/carrel.1.gz": "manual",
    "bash-completion/completions/carrel": "completion",
    "doc/carrel/copyright": "papers",
}


class Unpacked:
    """An unpacked archive that holds next to nothing, and a home to install it in."""

    def __init__(self, folder: Path, version: str = "9.1") -> None:
        self.top, self.home = folder / f"carrel-{version}", folder / "home"
        self.home.mkdir(exist_ok=True)
        programs = self.top / "opt" / "carrel" / "bin"
        programs.mkdir(parents=True)
        for name in ("carrel", "python3.11"):
            (programs / name).write_text("#!/bin/sh\nexit 0\n")
            (programs / name).chmod(0o755)
        for name, text in SHARED.items():
            path = self.top / "share" / name
            path.parent.mkdir(parents=True)
            path.write_text(text)
        for name in ("install.sh", "uninstall.sh"):
            text = (PACKAGE / "files" / name).read_text().replace("@VERSION@", version)
            (self.top / name).write_text(text.replace("@PACKAGES@", "libgl1 libegl1"))
        (self.top / "SHA256SUMS").write_text(archive.sums(self.top))

    def run(self, name: str, **more: str) -> subprocess.CompletedProcess[str]:
        env = {"HOME": str(self.home), "PATH": os.environ["PATH"], **more}
        return subprocess.run(["sh", str(self.top / name)], env=env, capture_output=True, text=True)

    def files(self) -> set[str]:
        return {str(p.relative_to(self.home)) for p in self.home.rglob("*") if not p.is_dir()}


@pytest.fixture
def unpacked(tmp_path: Path) -> Unpacked:
    return Unpacked(tmp_path)


def test_it_installs_below_the_home_and_into_the_menu(unpacked: Unpacked) -> None:
    done = unpacked.run("install.sh")
    assert done.returncode == 0, done.stderr
    link = unpacked.home / ".local" / "bin" / "carrel"
    assert link.resolve() == unpacked.home / ".local/opt/carrel-9.1/bin/carrel"
    entry = (unpacked.home / ".local/share/applications/carrel.desktop").read_text()
    assert f'Exec="{link}" %F\n' in entry
    assert f"type: {link}" in done.stdout


def test_uninstalling_leaves_only_what_the_user_has(unpacked: Unpacked) -> None:
    unpacked.run("install.sh")
    library = unpacked.home / ".local" / "share" / "carrel" / "carrel.db"
    library.parent.mkdir(parents=True)
    library.write_text("mine")
    done = unpacked.run("uninstall.sh")
    assert done.returncode == 0, done.stderr
    made_by_updates = {name for name in unpacked.files() if name.startswith(".local/share/mime/")}
    made_by_updates |= {".local/share/applications/mimeinfo.cache"}
    assert unpacked.files() - made_by_updates == {".local/share/carrel/carrel.db"}
    assert "Your library and settings stay" in done.stdout
    assert unpacked.run("uninstall.sh").returncode == 1


def test_two_versions_beside_each_other(unpacked: Unpacked, tmp_path: Path) -> None:
    other = Unpacked(tmp_path, "9.2")
    assert unpacked.run("install.sh").returncode == 0
    assert other.run("install.sh").returncode == 0
    link = unpacked.home / ".local" / "bin" / "carrel"
    assert unpacked.run("uninstall.sh").returncode == 0
    assert link.resolve() == unpacked.home / ".local/opt/carrel-9.2/bin/carrel"
    assert (unpacked.home / ".local/share/applications/carrel.desktop").is_file()


def test_a_half_copied_archive_installs_nothing(unpacked: Unpacked) -> None:
    (unpacked.top / "opt/carrel/bin/python3.11").write_text("#!/bin/sh\n")
    done = unpacked.run("install.sh")
    assert done.returncode == 1
    assert done.stderr.startswith("This copy of Carrel is not whole.\n")
    assert unpacked.files() == set()


def test_a_place_that_cannot_be_written_is_named(unpacked: Unpacked) -> None:
    done = unpacked.run("install.sh", CARREL_HOME="/proc/nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("/proc/nowhere cannot be written to.\n")


def test_a_disk_without_room_is_told_with_numbers(unpacked: Unpacked, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "df").write_text("#!/bin/sh\necho head\necho /dev/x 9 9 150000 9% /\n")
    (programs / "df").chmod(0o755)
    done = unpacked.run("install.sh", PATH=f"{programs}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert done.stderr.startswith("There are 150 MB free in ")
    assert unpacked.files() == set()


def test_a_system_without_the_libraries_is_told_what_to_type(unpacked: Unpacked) -> None:
    python = unpacked.top / "opt/carrel/bin/python3.11"
    python.write_text("#!/bin/sh\nexit 127\n")
    (unpacked.top / "SHA256SUMS").unlink()
    (unpacked.top / "SHA256SUMS").write_text(archive.sums(unpacked.top))
    done = unpacked.run("install.sh")
    assert done.returncode == 1
    assert "sudo apt-get install libgl1 libegl1" in done.stderr
    assert unpacked.files() == set()
    assert list((unpacked.home / ".local" / "opt").iterdir()) == []
