"""The private Python: Debian's own CPython, unpacked into the prefix instead of installed.

Debian's build finds its library beside its own executable, needs no newer C library than 2.35, and
gets security updates; its packages are pinned by version and SHA-256 in runtime.lock.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import places
from console import ROOT, SetupError, run

LOCK = ROOT / "packaging" / "runtime.lock"
KEPT = places.BUILD / "debs"

# Of the standard library: what only developers use, and terminal and network programs that the
# rest does not need. Each would also bring a system library into Depends.
LEFT_OUT = (
    "EXTERNALLY-MANAGED", "sitecustomize.py", "test", "pydoc_data", "lib2to3", "idlelib",
    "ensurepip", "venv", "turtle.py", "distutils", "dbm", "curses", "antigravity.py",
    "smtpd.py", "nntplib.py", "telnetlib.py", "ftplib.py", "poplib.py", "imaplib.py", "xmlrpc",
)  # fmt: skip
LEFT_OUT_NATIVE = (
    "_ctypes_test*", "_test*", "_xxtest*", "xxlimited*", "_xxsub*", "_curses*", "_dbm*", "_gdbm*",
    "nis*", "ossaudiodev*", "readline*", "_crypt*",
)  # fmt: skip


class Deb(NamedTuple):
    """A pinned package of the distribution."""

    name: str
    version: str
    sha256: str


def read_lock(text: str) -> list[Deb]:
    """The lines `NAME=VERSION sha256:HASH` of a lock file."""
    debs = []
    for line in text.splitlines():
        pin, _, digest = line.partition(" sha256:")
        name, _, version = pin.partition("=")
        if not (name and version and len(digest) == 64):
            raise SetupError(f"A line of the lock file is broken: {line}", "Write it anew.")
        debs.append(Deb(name, version, digest))
    return debs


def fetch(deb: Deb, lock: str = "packaging/runtime.lock", options: Sequence[str] = ()) -> Path:
    """The file of a package pinned in `lock`, checked against its hash; downloaded unless it is
    here. `options` tell apt where it comes from, when not from the system's own sources."""
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{deb.name}_{deb.version}.deb"
    if not path.is_file():
        with tempfile.TemporaryDirectory(dir=KEPT) as folder:
            command = ["apt-get", *options, "download", f"{deb.name}={deb.version}"]
            inside = ["env", "-C", folder, *command]
            run(f"{deb.name}, downloaded", inside)
            (got,) = Path(folder).glob("*.deb")
            got.rename(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != deb.sha256:
        path.unlink()
        raise SetupError(
            f"{deb.name} {deb.version} is not the file that {lock} names.",
            "Run it again; if it stays so, look at where apt takes its packages from.",
        )
    return path


def unpack() -> None:
    """Fill the prefix with Python: its executable and its standard library."""
    raw = places.BUILD / "python"
    shutil.rmtree(raw, ignore_errors=True)
    for deb in read_lock(LOCK.read_text(encoding="utf-8")):
        run(f"{deb.name}, unpacked", ["dpkg-deb", "-x", str(fetch(deb)), str(raw)])
    root = places.prefix(places.RUNTIME)
    (root / "bin").mkdir(parents=True)
    shutil.copy2(raw / "usr" / "bin" / places.PYTHON, root / "bin")
    library = root / "lib" / places.PYTHON
    native = shutil.ignore_patterns(*LEFT_OUT_NATIVE, "__pycache__")
    shutil.copytree(
        raw / "usr" / "lib" / places.PYTHON, library, symlinks=True,
        ignore=lambda folder, names: {*native(folder, names), *_left_out(library, folder, names)},
    )  # fmt: skip
    papers = places.papers(places.RUNTIME)
    papers.mkdir(parents=True, exist_ok=True)
    shutil.copy2(raw / "usr/share/doc/libpython3.11-minimal/copyright", papers / "python.copyright")


def _left_out(library: Path, folder: str, names: list[str]) -> set[str]:
    """LEFT_OUT counts at the top of the standard library alone: a `test` deeper may be another."""
    return set(names) & set(LEFT_OUT) if Path(folder).name == library.name else set()
