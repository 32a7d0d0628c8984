"""Makes what a library wrote without fsync survive a power cut: every file, then every folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_State = tuple[int, int]


class FolderFlusher:
    """Flushes a folder's files to the disk, only those that changed since its last flush."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._flushed: dict[str, _State] = {}

    def flush(self) -> None:
        """Return when every file and folder is on the disk. Raises OSError when that fails."""
        seen: dict[str, _State] = {}
        for path, state in _walk(self._folder):
            if self._flushed.get(path) != state:
                _fsync(path)
            seen[path] = state
        self._flushed = seen


def _walk(folder: Path) -> Iterator[tuple[str, _State]]:
    """Every file, then its folder, with (size, time of change in ns); the folder itself last."""
    for root, _, files in os.walk(folder, topdown=False):
        for path in [*(os.path.join(root, name) for name in files), root]:
            state = os.stat(path)
            yield path, (state.st_size, state.st_mtime_ns)


def _fsync(path: str) -> None:
    if os.name == "nt" and os.path.isdir(path):
        return  # Windows has no fsync for folders; NTFS journals the names itself
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
