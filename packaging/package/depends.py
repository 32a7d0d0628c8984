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
_FONTS = "fonts-dejavu-core | fonts-noto-core | fonts-liberation"


def shlibdeps(root: Path, found: Sequence[elf.Elf]) -> str:
    """The Depends of the ELF files `found` below `root`, without what is in the tree itself.

    Raises SetupError when a library is found nowhere.
    """
    folder = places.BUILD / "shlibdeps"
    (folder / "debian").mkdir(parents=True, exist_ok=True)
    (folder / "debian" / "control").write_text(_CONTROL, encoding="utf-8")
    private = sorted({f"-l{one.path.parent}" for one in found if ".so" in one.path.name})
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
    return f"{lines[0]}, {_FONTS}"


def providers(found: Sequence[elf.Elf], root: Path) -> dict[str, str]:
    """The system's package for each needed library that is not below `root`; "" is left out."""
    inside = {path.name for path in root.rglob("*.so*")}
    names = sorted({name for one in found for name in one.needed} - inside)
    known: dict[str, str] = {}
    for name in names:
        done = subprocess.run(["dpkg-query", "-S", f"*/{name}"], capture_output=True, text=True)
        if done.returncode == 0:
            known[name] = done.stdout.split(":")[0]
    return known
