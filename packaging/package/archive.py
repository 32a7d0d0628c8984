"""The same tree as one archive, with scripts that install and uninstall it for one user."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import places
from console import run


def libraries_of(depends: str) -> list[str]:
    """The system's packages in a Depends line, without versions, the first of alternatives."""
    return sorted({re.split(r"[ (|]", one.strip(), maxsplit=1)[0] for one in depends.split(",")})


def fill(depends: str) -> Path:
    """Put the trees of all packages together under carrel-VERSION; returns that folder."""
    top = places.BUILD / "archive" / f"carrel-{places.version()}"
    shutil.rmtree(top.parent, ignore_errors=True)
    for package in places.PACKAGES:
        root = places.stage(package)
        shutil.copytree(root / "opt", top / "opt", symlinks=True, dirs_exist_ok=True)
        shutil.copytree(root / "usr/share", top / "share", symlinks=True, dirs_exist_ok=True)
    for name in ("install.sh", "uninstall.sh"):
        text = (places.FILES / name).read_text(encoding="utf-8")
        text = text.replace("@VERSION@", places.version())
        text = text.replace("@PACKAGES@", " ".join(libraries_of(depends)))
        (top / name).write_text(text, encoding="utf-8")
        (top / name).chmod(0o755)
    (top / "SHA256SUMS").write_text(sums(top), encoding="utf-8")
    return top


def sums(top: Path) -> str:
    """SHA-256 of every file, as sha256sum checks it."""
    lines = []
    for path in sorted(top.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{digest}  {path.relative_to(top)}\n")
    return "".join(lines)


def build(depends: str) -> Path:
    """Make dist/carrel-VERSION-linux-x86_64.tar.zst."""
    top = fill(depends)
    places.OUT.mkdir(exist_ok=True)
    target = places.OUT / f"{top.name}-linux-x86_64.tar.zst"
    tar = [
        "tar", "--sort=name", f"--mtime=@{places.epoch()}", "--owner=0", "--group=0",
        "--numeric-owner", "--format=gnu", "-C", str(top.parent),
        "-I", f"zstd -{places.level()} --long=27 -T0 -q", "-cf", str(target), top.name,
    ]  # fmt: skip
    run(f"{target.name}, made", tar)
    return target
