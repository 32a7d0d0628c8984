"""Overwrites files before they are removed, so that what stood in them is not simply undeleted.

What a file system or a disk keeps elsewhere (snapshots, journals, worn blocks) is beyond a
program's reach; the Privacy page says so.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_BLOCK = 1024 * 1024


def wipe(path: Path) -> None:
    """Overwrite a file with zeros, wait until they are on the disk, and remove it. A file that is
    not there is no error."""
    try:
        fd = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return
    try:
        left = os.fstat(fd).st_size
        while left > 0:
            left -= os.write(fd, bytes(min(left, _BLOCK)))
        os.fsync(fd)
    finally:
        os.close(fd)
    path.unlink()


def wipe_folder(folder: Path) -> None:
    """Wipe every file in a folder, then remove it."""
    for root, _, names in os.walk(folder):
        for name in names:
            wipe(Path(root) / name)
    shutil.rmtree(folder, ignore_errors=True)
