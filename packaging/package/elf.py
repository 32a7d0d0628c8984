"""What a program or library of the tree says about itself, read with objdump and readelf."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

_MAGIC = b"\x7fELF"


class Elf(NamedTuple):
    """An ELF file: the libraries it needs, where it looks for them, the newest symbol versions."""

    path: Path
    soname: str
    needed: tuple[str, ...]
    runpath: tuple[str, ...]
    glibc: tuple[int, ...]
    glibcxx: tuple[int, ...]
    alignment: int  # of its loadable segments, the largest, in bytes
    executable_stack: bool


def is_elf(path: Path) -> bool:
    """Whether a regular file is a program or a library."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == _MAGIC


def read(path: Path) -> Elf:
    """Read one. Raises CalledProcessError for a file that objdump does not understand."""
    command = ["objdump", "-p", str(path)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return parse(path, text)


def parse(path: Path, text: str) -> Elf:
    """What `objdump -p` printed about `path`."""

    def values(name: str) -> tuple[str, ...]:
        return tuple(re.findall(rf"^\s+{name}\s+(\S+)$", text, re.MULTILINE))

    loads = re.findall(r"^\s+LOAD .*align 2\*\*(\d+)$", text, re.MULTILINE)
    stack = re.search(r"^\s+STACK .*\n.*flags (\S+)", text, re.MULTILINE)
    return Elf(
        path=path,
        soname=next(iter(values("SONAME")), path.name),
        needed=values("NEEDED"),
        runpath=tuple(p for entry in values("(?:RUNPATH|RPATH)") for p in entry.split(":")),
        glibc=newest(text, "GLIBC"),
        glibcxx=newest(text, "GLIBCXX"),
        alignment=2 ** max((int(one) for one in loads), default=0),
        executable_stack=bool(stack and "x" in stack.group(1)),
    )


def newest(text: str, prefix: str) -> tuple[int, ...]:
    """The newest version of a library's symbols that a file asks for; () for none.

    Only the section of versions that are needed counts: the C library itself also defines some.
    """
    wanted = text.partition("Version References:")[2]
    found = re.findall(rf"\b{prefix}_(\d+(?:\.\d+)+)\b", wanted)
    return max((tuple(int(n) for n in one.split(".")) for one in found), default=())


def below(root: Path) -> list[Elf]:
    """Every ELF file below a folder, by path."""
    return [read(path) for path in sorted(root.rglob("*")) if is_elf(path)]


def reachable(starts: Iterable[Elf], found: Mapping[str, Elf]) -> set[str]:
    """The names of `found` that `starts` need, directly or through one another."""
    waiting = [name for elf in starts for name in elf.needed]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found and name not in seen:
            seen.add(name)
            waiting += found[name].needed
    return seen


def mend_search_paths(root: Path) -> None:
    """Have libraries below `root` that look in a folder of the machine they were built on look
    beside themselves instead: the text is written over in place, where it stands once."""
    for one in below(root):
        for entry in one.runpath:
            if entry.startswith("/"):
                data = one.path.read_bytes()
                old = b"\0" + entry.encode() + b"\0"
                new = b"\0$ORIGIN".ljust(len(old), b"\0")
                if data.count(old) == 1 and len(entry) >= len("$ORIGIN"):
                    one.path.write_bytes(data.replace(old, new))


def wide_vectors(path: Path) -> int:
    """How many instructions use AVX-512's registers."""
    command = ["objdump", "-d", "--no-show-raw-insn", str(path)]
    count = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            count += "%zmm" in line or "%ymm16" in line or "{%k" in line
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return count
