"""Says at open whether the files of the index are those that were written: LanceDB does not.

LanceDB reads flipped bits and zeroed pages back without a word. Its files are written once and
never changed, so after each flush to the disk a list of them is kept with their sizes and digests
of samples of their bytes. While files come and go the list says so ("changing"): after a kill then,
a file that is gone may have been removed on purpose. The list also says by which rules words were
made into terms; where those have changed since, the table of terms is given up for a new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

from carrel.library import terms

_NAME = "seal.json"
TERMS = "terms"  # what the folder of a table of terms begins with
_WHOLE = 256 * 1024  # bytes; a file up to this size is read whole
_ENDS, _BLOCKS, _BLOCK = 64 * 1024, 32, 4096  # of a larger one: its ends, and blocks in between


class Damage(NamedTuple):
    """What a look at the files found. `tables` are damaged for certain or out of date (folder
    names in the index); `unsure` when only reading everything can tell."""

    tables: frozenset[str]
    unsure: bool


class _Listed(NamedTuple):
    """What the list says: whether files were coming and going, name -> size and digest, and the
    format of the terms."""

    changing: bool
    files: dict[str, tuple[int, str]]
    terms: int


class Seal:
    """The list of an index folder's files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[int, int, str]] = {}  # size, modification time, digest
        self._changing: bool | None = None  # None: not looked at yet

    def check(self) -> Damage:
        """Compare the files with the list. An empty folder is whole; one without a readable list
        is unsure."""
        listed = self._read()
        if listed is None:
            return Damage(frozenset(), unsure=any(self._files()))
        damaged: set[str] = set()
        for name, (size, digest) in listed.files.items():
            try:
                same = _digest(self._folder / name) == (size, digest)
            except FileNotFoundError:
                if listed.changing:
                    continue
                same = False
            if not same or (name.startswith(TERMS) and listed.terms != terms.FORMAT):
                damaged.add(name.split("/", 1)[0])
        return Damage(frozenset(damaged), unsure=listed.changing and any(self._files()))

    def begin(self) -> None:
        """Files are about to come and go."""
        if self._changing is None and (listed := self._read()) is not None:
            files = listed.files.items()
            self._known = {name: (size, -1, digest) for name, (size, digest) in files}
        if not self._changing:
            self._changing = True
            self._write()

    def close(self) -> None:
        """All files are written and on the disk; list them."""
        seen: dict[str, tuple[int, int, str]] = {}
        for name in self._files():
            status = os.stat(self._folder / name)
            state = status.st_size, status.st_mtime_ns
            known = self._known.get(name)
            if known is None or known[:2] != state:
                known = (*state, _digest(self._folder / name)[1])
            seen[name] = known
        if seen != self._known or self._changing is not False:
            self._known, self._changing = seen, False
            self._write()

    def _files(self) -> Iterator[str]:
        for root, _, names in os.walk(self._folder):
            for name in names:
                found = os.path.relpath(os.path.join(root, name), self._folder)
                if not found.startswith(_NAME):
                    yield found.replace(os.sep, "/")

    def _read(self) -> _Listed | None:
        try:
            found = json.loads((self._folder / _NAME).read_bytes())
            files = {str(name): (int(size), str(d)) for name, (size, d) in found["files"].items()}
            return _Listed(bool(found["changing"]), files, int(found.get("terms", 1)))
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None  # no list, or a damaged one: everything has to be read

    def _write(self) -> None:
        """Put the list in place whole, so that a kill leaves the old one or the new one."""
        if not self._folder.is_dir():
            return
        files = {name: [size, digest] for name, (size, _, digest) in self._known.items()}
        part = self._folder / f"{_NAME}.part"
        with open(part, "w", encoding="utf-8") as file:
            listed = {"changing": bool(self._changing), "terms": terms.FORMAT, "files": files}
            json.dump(listed, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self._folder / _NAME)


def _digest(path: Path) -> tuple[int, str]:
    """Size in bytes, and the digest of all bytes or, of a large file, of samples."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest = blake2b(digest_size=16)
        for start, length in _samples(size):
            _feed(digest, file, start, length)
    return size, digest.hexdigest()


def _samples(size: int) -> Iterator[tuple[int, int]]:
    if size <= _WHOLE:
        yield 0, size
        return
    yield 0, _ENDS
    step = (size - 2 * _ENDS) // _BLOCKS
    for i in range(_BLOCKS):
        yield _ENDS + i * step, _BLOCK
    yield size - _ENDS, _ENDS


def _feed(digest: blake2b, file: BinaryIO, start: int, length: int) -> None:
    file.seek(start)
    digest.update(file.read(length))
