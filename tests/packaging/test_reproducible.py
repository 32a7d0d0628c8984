"""Two builds of the same files are the same bytes, whenever and in whatever order they were put."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.package_modules import archive, debs, places

pytestmark = pytest.mark.skipif(
    not shutil.which("dpkg-deb") or not shutil.which("zstd"), reason="needs dpkg-deb and zstd"
)
FILES = {
    "opt/carrel/bin/carrel": "#!/bin/sh\nexit 0\n",
    "opt/carrel/lib/python3/dist-packages/carrel/a.py": "A = {'x', 'y'}\nB = ('x', 1.5)\n",
    "opt/carrel/lib/python3/dist-packages/carrel/b.py": "def f(x: int) -> int:\n    return x\n",
    "usr/share/doc/carrel/copyright": "papers\n" * 20_000,
    "usr/share/man/man1/carrel.1.gz": "manual",
}


def fill(root: Path, *, names: list[str], age: int) -> None:
    """Put the files below `root`, as old as `age` seconds before the epoch of the packages."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[name])
        os.utime(path, (places.epoch() - age,) * 2)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "carrel").symlink_to("/opt/carrel/bin/carrel")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stage of its own, with Carrel's package alone in it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setattr(places, "BUILD", tmp_path)
    monkeypatch.setattr(places, "STAGE", tmp_path / "stage")
    monkeypatch.setattr(places, "OUT", tmp_path / "dist")
    monkeypatch.setattr(places, "PACKAGES", (places.OURS,))
    monkeypatch.setattr(places, "package_version", lambda package: "9.1")
    monkeypatch.setattr(archive, "run", quietly)
    monkeypatch.setattr(debs, "run", quietly)
    return places.stage(places.OURS)


def quietly(title: str, command: list[str], env: dict[str, str] | None = None) -> str:
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_deb_does_not_know_when_and_how_it_was_filled(stage: Path) -> None:
    fill(stage, names=list(FILES), age=5)
    first = digest(debs.build(places.OURS, ""))
    assert digest(debs.build(places.OURS, "")) == first, "a second time from the same folder"
    shutil.rmtree(stage)
    before = os.umask(0o077)
    try:
        fill(stage, names=list(reversed(FILES)), age=-500_000)
    finally:
        os.umask(before)
    assert digest(debs.build(places.OURS, "")) == first
    (stage / "usr/share/doc/carrel/copyright").write_text("other papers\n")
    assert digest(debs.build(places.OURS, "")) != first


def test_every_file_in_it_bears_one_time_and_belongs_to_root(stage: Path) -> None:
    fill(stage, names=list(FILES), age=5)
    made = debs.build(places.OURS, "")
    env = {"TZ": "UTC", "PATH": os.environ["PATH"]}
    told = quietly("", ["dpkg-deb", "--contents", str(made)], env).splitlines()
    assert len(told) > len(FILES)
    assert {line.split()[1] for line in told} == {"root/root"}
    assert {" ".join(line.split()[3:5]) for line in told} == {"2023-11-14 22:13"}


def test_the_archive_is_the_same_as_well(stage: Path) -> None:
    made = []
    for age in (5, -500_000):
        shutil.rmtree(stage, ignore_errors=True)
        fill(stage, names=list(FILES), age=age)
        debs.tidy(stage)
        made.append(digest(archive.build("libc6 (>= 2.35)")))
    assert made[0] == made[1]
