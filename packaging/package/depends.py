"""The system packages that the libraries need: dpkg-shlibdeps says, and fails where none does."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import elf
import places
from console import SetupError, run

_CONTROL = "Source: carrel\nMaintainer: nobody\n\nPackage: carrel-runtime\nArchitecture: any\n"
# Nothing links to them: text needs a font, and a system has at least one of these.
FONTS = "fonts-dejavu-core | fonts-noto-core | fonts-liberation"


def shlibdeps(roots: Sequence[Path], found: Sequence[elf.Elf]) -> str:
    """The Depends of the ELF files `found`, without what is in the trees `roots` themselves; ""
    where nothing is compiled.

    Raises SetupError when a library is found nowhere.
    """
    if not found:
        return ""
    folder = places.BUILD / "shlibdeps"
    (folder / "debian").mkdir(parents=True, exist_ok=True)
    (folder / "debian" / "control").write_text(_CONTROL, encoding="utf-8")
    libraries = (path for root in roots for path in root.rglob("*.so*"))
    private = sorted({f"-l{path.parent}" for path in libraries})
    listed = [f"-e{one.path}" for one in found]
    options = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=1"]
    command = ["env", "-C", str(folder), *options, *private, *listed]
    printed = run("Depends, by dpkg-shlibdeps", command)
    return depends_of(printed)


def depends_of(printed: str) -> str:
    """The Depends line in what dpkg-shlibdeps printed among its warnings."""
    lines = re.findall(r"^shlibs:Depends=(.+)$", printed, re.MULTILINE)
    if len(lines) != 1:
        raise SetupError("dpkg-shlibdeps named no packages.", "See build/setup.log.")
    return str(lines[0])


def providers(found: Sequence[elf.Elf], *roots: Path) -> dict[str, str]:
    """The system's package for each needed library that is not below `roots`."""
    inside = {path.name for root in roots for path in root.rglob("*.so*")}
    names = sorted({name for one in found for name in one.needed} - inside)
    known: dict[str, str] = {}
    for name in names:
        done = subprocess.run(["dpkg-query", "-S", f"*/{name}"], capture_output=True, text=True)
        if done.returncode == 0:
            known[name] = done.stdout.split(":")[0]
    return known
