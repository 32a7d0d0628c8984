"""Reads the bytes of an open descriptor, within a limit; the reader never opens a path.

What is attached to a message lies in memory: `in_memory` gives it a number that the functions here
take for a descriptor. The reader cannot write a file, not even one in memory.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from carrel.errors import UserError
from carrel.reading import problems

_memory: dict[int, bytes] = {}


@contextlib.contextmanager
def in_memory(data: bytes) -> Iterator[int]:
    """While inside, the number that is given stands for `data`."""
    number = min(_memory, default=-1) - 1  # no descriptor is negative
    _memory[number] = data
    try:
        yield number
    finally:
        del _memory[number]


def size_of(fd: int, limit: int) -> int:
    """Return the size in bytes of a regular file.

    Raises UserError: "unsupported" for pipes and devices, "empty" for zero bytes, "too_large".
    """
    if fd in _memory:
        size = len(_memory[fd])
    else:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UserError(
                "This is not an ordinary file.", "Nothing needs to be done.", "unsupported"
            )
        size = status.st_size
    if size == 0:
        raise problems.empty()
    if size > limit:
        raise problems.too_large(size, limit)
    return size


def read_all(fd: int, limit: int) -> bytes:
    """Return the whole file; the same errors as `size_of`."""
    size = size_of(fd, limit)
    return read_head(fd, size)


def read_head(fd: int, size: int) -> bytes:
    """Return the first `size` bytes of a file, fewer when it is shorter."""
    with open_stream(fd) as stream:
        return stream.read(size)


def open_stream(fd: int) -> BinaryIO:
    """Return a seekable stream with a descriptor of its own, at the start of the file."""
    if fd in _memory:
        return io.BytesIO(_memory[fd])
    stream = os.fdopen(os.dup(fd), "rb")
    stream.seek(0)
    return stream
