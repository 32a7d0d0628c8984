"""What must be true before a package is made. The first call of `check` that finds anything ends
the build and names it all."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import debs
import depends
import elf
import elf_gates
import papers
import places
from console import SetupError, say

# Bytes. The goals of the project: what a person downloads, and what it takes on the disk.
LARGEST_INSTALLED = 900_000_000
LARGEST_DOWNLOAD = (
    330_000_000  # the three .deb together, as hard as they are compressed for a release
)
LARGEST_OURS = 20_000_000  # unpacked; its .deb stays under 5 MB


def check() -> str:
    """Run every gate over the filled folders; returns the Depends that dpkg-shlibdeps found.

    Raises SetupError with everything that is wrong.
    """
    runtime = places.stage(places.RUNTIME)
    found = elf.below(runtime)
    _refuse(
        *(one for package in places.PACKAGES for one in elf_gates.forbidden(places.stage(package))),
        *elf_gates.each(found),
        *elf_gates.closure(runtime, found, depends.providers(found, runtime)),
        *elf_gates.vectors(engine_libraries(places.libraries(places.RUNTIME))),
        *only_in_runtime(),
        *desktop(),
        *papers.unlicensed(places.PACKAGES),
        *sizes(),
    )
    say(f"  Gates: {len(found)} programs and libraries, all well")
    return f"{depends.shlibdeps([runtime], found)}, {depends.FONTS}"


def check_addition(package: str) -> str:
    """Run the gates over a package that is added to the others; returns its Depends.

    Raises SetupError with everything that is wrong.
    """
    root, runtime = places.stage(package), places.stage(places.RUNTIME)
    found = elf.below(root)
    around = [root, runtime]
    _refuse(
        *elf_gates.forbidden(root, but=elf_gates.ALLOWED.get(package, ())),
        *elf_gates.each(found),
        *elf_gates.closure(root, found, depends.providers(found, *around), runtime),
        *elf_gates.vectors(engine_libraries(root / places.GPU_ENGINE)),
        *papers.unlicensed([package]),
        *twice(package),
    )
    say(f"  Gates: {len(found)} programs and libraries, all well")
    return depends.shlibdeps(around, found)


def _refuse(*wrong: str) -> None:
    if wrong:
        raise SetupError("\n".join(wrong), "See the gates in packaging/package.")


def twice(package: str) -> list[str]:
    """Files that another package brings as well: dpkg would refuse the second one."""
    ours = {
        path.relative_to(places.stage(package)) for path in debs.installed(places.stage(package))
    }
    return [
        f"{one} is in {package} and in {other}."
        for other in places.PACKAGES
        for one in sorted(ours)
        if (places.stage(other) / one).is_file()
    ]


def engine_libraries(site: Path) -> list[Path]:
    """The libraries of the llama.cpp in a folder of libraries."""
    folder = site / "llama_cpp" / "lib"
    return [path for path in sorted(folder.glob("*.so*")) if elf.is_elf(path)]


def downloads(made: Sequence[Path]) -> None:
    """What a person downloads stays within the goal, unless this is a quick try.

    Raises SetupError when it does not.
    """
    total = sum(path.stat().st_size for path in made)
    if total > LARGEST_DOWNLOAD and places.level() == places.LEVEL:
        _refuse(f"The packages are {total / 1e6:.1f} MB to download.")


def only_in_runtime() -> list[str]:
    """Carrel's own package and the models hold no compiled code."""
    return [
        f"{one.path} belongs into carrel-runtime."
        for package in (places.OURS, places.STARTER)
        for one in elf.below(places.stage(package))
    ]


def desktop() -> list[str]:
    """What the validators say of the menu entry, the metainfo and the kind of file."""
    share = places.stage(places.OURS) / "usr" / "share"
    commands = (
        ["desktop-file-validate", str(share / "applications" / "carrel.desktop")],
        ["appstreamcli", "validate", "--no-net", str(share / "metainfo" / "carrel.metainfo.xml")],
        ["xmllint", "--noout", str(share / "mime" / "packages" / "carrel-gguf.xml")],
        ["xmllint", "--noout", str(share / "icons/hicolor/scalable/apps/carrel.svg")],
    )
    return [words for command in commands if (words := complaint(command))]


def complaint(command: list[str]) -> str:
    """What a validator says, "" when it is content."""
    done = subprocess.run(command, capture_output=True, text=True)
    return f"{command[0]}: {done.stdout}{done.stderr}".strip() if done.returncode else ""


def sizes() -> list[str]:
    """The packages stay within the project's goals."""
    each = {package: debs.size_of(places.stage(package)) for package in places.PACKAGES}
    wrong = []
    if sum(each.values()) > LARGEST_INSTALLED:
        wrong.append(f"Installed it would take {sum(each.values()) / 1e6:.0f} MB.")
    if each[places.OURS] > LARGEST_OURS:
        wrong.append(f"Carrel itself would take {each[places.OURS] / 1e6:.0f} MB.")
    return wrong
