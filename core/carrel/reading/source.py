"""Reads the bytes of an open descriptor, within a limit; the reader never opens a path."""

from __future__ import annotations

import io
import os
import stat

from carrel.errors import UserError
from carrel.reading import problems


def size_of(fd: int, limit: int) -> int:
    """Return the size in bytes of a regular file.

    Raises UserError: "unsupported" for pipes and devices, "empty" for zero bytes, "too_large".
    """
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise UserError("This is not an ordinary file.", "Nothing needs to be done.", "unsupported")
    if status.st_size == 0:
        raise problems.empty()
    if status.st_size > limit:
        raise problems.too_large(status.st_size, limit)
    return status.st_size


def read_all(fd: int, limit: int) -> bytes:
    """Return the whole file; the same errors as `size_of`."""
    size = size_of(fd, limit)
    return read_head(fd, size)


def read_head(fd: int, size: int) -> bytes:
    """Return the first `size` bytes of a file, fewer when it is shorter."""
    with open_stream(fd) as stream:
        return stream.read(size)


def open_stream(fd: int) -> io.BufferedReader:
    """Return a seekable stream with a descriptor of its own, at the start of the file."""
    stream = os.fdopen(os.dup(fd), "rb")
    stream.seek(0)
    return stream
