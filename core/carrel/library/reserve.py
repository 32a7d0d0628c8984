"""A file that only takes room: given back when the disk is full, so that forgetting still works."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

SIZE = 64 * 1024 * 1024
LOW = 128 * 1024 * 1024
"""Bytes free under which indexing in the background waits, and the reserve is given back when
somebody forgets."""
_ROOM = 8  # times its size must be free before the reserve is made


class Reserve:
    """The reserve of a profile's data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "reserve"

    def keep(self) -> None:
        """Have the reserve, where there is plenty of room. A disk that refuses is no error: then
        there is none."""
        if self._is_whole() or free(self._folder) < _ROOM * SIZE:
            return
        try:
            with open(self.path, "wb") as file:
                _allocate(file.fileno())
        except OSError:
            self.release()

    def release(self) -> None:
        """Give the room back."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """While inside, the reserve's room can be used if the disk is nearly full."""
        had = self.path.exists()
        if free(self._folder) < LOW:
            self.release()
        try:
            yield
        finally:
            if had:
                self.keep()

    def _is_whole(self) -> bool:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return False
        taken = getattr(status, "st_blocks", SIZE) * 512  # Windows does not say
        return status.st_size == SIZE and taken >= SIZE


def free(folder: Path) -> int:
    """Bytes that this user may still write to the folder's disk."""
    return shutil.disk_usage(folder).free


def _allocate(fd: int) -> None:
    """Take real room, not a hole. Where the system cannot, zeros are written."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(fd, 0, SIZE)
        return
    block = bytes(1024 * 1024)
    for _ in range(SIZE // len(block)):
        os.write(fd, block)
