"""Files that become something else after they were found, or while they are read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from carrel.reading.client import ReaderProcess
from carrel.reading.messages import Extract, ReaderReply
from tests.core.hostile.packages import KINDS
from tests.core.hostile.raw_zip import zipped
from tests.core.reading import pdf_maker


class Changing(NamedTuple):
    """`act` is done to the file: when the first file of all is read, or, with `during`, when the
    first text of this one has come. `codes` are the reasons that may be given then."""

    name: str
    data: bytes
    act: Callable[[Path], None]
    during: bool
    codes: tuple[str, ...]


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"and more words\n" * 50_000)


def _rewrite(path: Path) -> None:
    path.write_bytes(b"X" * path.stat().st_size)


def _replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(b"another file under the same name")
    other.replace(path)


def _truncate(path: Path) -> None:
    os.truncate(path, 100)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _zeros(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _text(name: str) -> bytes:
    """Words of its own: a file with those of one that is gone would be that one, moved."""
    return f"The words of {name}.\n\n".encode() * 8_000


def _pdf(name: str) -> bytes:
    return pdf_maker.document([[pdf_maker.line(f"Page {n} of {name}. " * 9)] for n in range(1, 39)])


def _docx(name: str) -> bytes:
    return zipped(KINDS[0].entries(f"{name} " * 100_000))


_MAKERS = {"pdf": _pdf, "docx": _docx}
_DURING: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "grows.txt": (_append, ("changing",)),
    "rewritten.txt": (_rewrite, ("changing",)),
    "shrinks.txt": (_truncate, ("changing",)),
    "shrinks.pdf": (_truncate, ("changing", "broken", "empty")),
    "shrinks.docx": (_truncate, ("changing", "broken")),
    "vanishes.md": (Path.unlink, ("",)),  # what is open can still be read
    "replaced.txt": (_replace, ("",)),  # as above
}
_BEFORE: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "vanished.txt": (Path.unlink, ("unreadable",)),
    "grown.txt": (_append, ("",)),
    "emptied.pdf": (lambda path: os.truncate(path, 0), ("empty", "unsupported")),
    "cut.pdf": (_truncate, ("broken", "empty")),
    "became-pipe.txt": (_pipe, ("special",)),
    "became-folder.txt": (_folder, ("special",)),
    "became-zeros.txt": (_zeros, ("special",)),
    "became-loop.txt": (_loop, ("unreadable",)),
}


def files() -> Iterator[Changing]:
    for during, acts in ((True, _DURING), (False, _BEFORE)):
        for name, (act, codes) in acts.items():
            make = _MAKERS.get(name.rpartition(".")[2], _text)
            yield Changing(name, make(name), act, during, codes)


class MischievousReader(ReaderProcess):
    """The real reader, during whose work files change. `folder` holds those of `files`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._waiting = {one.name: one for one in files()}

    def extract(self, request: Extract, fd: int, timeout: float) -> Iterator[ReaderReply]:
        for one in [o for o in self._waiting.values() if not o.during]:
            self._act(one)
        for reply in super().extract(request, fd, timeout):
            if (here := self._waiting.get(request.name)) is not None:
                self._act(here)
            yield reply

    def _act(self, one: Changing) -> None:
        del self._waiting[one.name]
        one.act(self._folder / one.name)

    def settled(self) -> bool:
        """Whether every change was made."""
        return not self._waiting
