"""What must be true of every program and library in the packages; each finding is one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import elf

GLIBC = (2, 35)  # Ubuntu 22.04; Debian 12 has 2.36
GLIBCXX = (3, 4, 30)  # both have it
_PAGE = 4096
# Files that must not be there, wherever they lie: nothing of ours can speak to a network.
FORBIDDEN = (
    "*Qt6Network*", "*QtNetwork*", "*WebEngine*", "*WebSockets*", "libqvnc*", "libggml-rpc*",
    "*rpc-server*", "*libcurl*", "libarrow_s3*", "libarrow_flight*", "libtorch*", "libqtuiotouch*",
    "libqmldbg_*",
)  # fmt: skip
# What one package is there for.
ALLOWED = {"carrel-embedders": ("libtorch*",)}


def forbidden(root: Path, but: Iterable[str] = ()) -> list[str]:
    """Files of FORBIDDEN below `root` (less the patterns `but`), and links to nothing."""
    found = [
        f"{path.relative_to(root)} must not be packaged."
        for pattern in sorted(set(FORBIDDEN) - set(but))
        for path in sorted(root.rglob(pattern))
    ]
    for path in sorted(root.rglob("*")):
        if path.is_symlink() and not path.exists() and not str(path.readlink()).startswith("/opt/"):
            found.append(f"{path.relative_to(root)} is a link to nothing.")
        if path.name == "__pycache__" and not any(path.iterdir()):
            found.append(f"{path.relative_to(root)} is empty.")
    return found


def each(found: Iterable[elf.Elf]) -> list[str]:
    """Alignment, stack, C and C++ library, and search path of every file."""
    wrong = []
    for one in found:
        if one.alignment < _PAGE:
            wrong.append(f"{one.path.name} is aligned to {one.alignment} bytes.")
        if one.executable_stack:
            wrong.append(f"{one.path.name} asks for an executable stack.")
        if one.glibc > GLIBC:
            wrong.append(f"{one.path.name} needs glibc {_dotted(one.glibc)}.")
        if one.glibcxx > GLIBCXX:
            wrong.append(f"{one.path.name} needs libstdc++ {_dotted(one.glibcxx)}.")
        wrong += [
            f"{one.path.name} looks for libraries in {entry}."
            for entry in one.runpath
            if not entry.startswith("$ORIGIN")
        ]
    return wrong


def closure(
    root: Path, found: Sequence[elf.Elf], system: Mapping[str, str], *beside: Path
) -> list[str]:
    """Every needed library is in the tree, where its user looks, or in a package of the system.

    `system` maps the name of a library to the package that dpkg-shlibdeps found for it; trees
    `beside` are those that the package depends on.
    """
    inside = {path.name for tree in (root, *beside) for path in tree.rglob("*.so*")}
    inside |= {one.soname for one in found}
    return [
        f"{one.path.name} needs {name}, which is neither in the tree nor in a package."
        for one in found
        for name in one.needed
        if name not in inside and name not in system
    ]


def vectors(libraries: Iterable[Path]) -> list[str]:
    """The engine's libraries run on a processor without AVX-512."""
    return [
        f"{path.name} has {count} instructions of AVX-512."
        for path in libraries
        if (count := elf.wide_vectors(path))
    ]


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
