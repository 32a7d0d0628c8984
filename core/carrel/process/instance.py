"""One writer per profile: a lock that ends with its holder, and a way to raise the first window.

The lock is flock(2) on `<profile>/lock`, so a killed process leaves nothing stale behind; the file
names its holder for people. Raising goes through a FIFO in the profile: no socket is needed.
"""

from __future__ import annotations

import json
import os
import select
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_OPEN = b"open "


class Instance:
    """Holds the profile's lock until closed or the process ends."""

    def __init__(self, lock_fd: int, raise_fd: int) -> None:
        self._lock_fd = lock_fd
        self.raise_fd = raise_fd

    @classmethod
    def acquire(cls, profile: Path, holder: str = "the window") -> Instance | None:
        """Take the lock, None when another process holds it. Raises OSError for a bad folder."""
        profile.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(profile / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(fd):
            os.close(fd)
            return None
        os.ftruncate(fd, 0)
        os.write(fd, f"{os.getpid()} {holder}\n".encode())
        return cls(fd, _open_fifo(profile / "raise"))

    def drain(self) -> list[str]:
        """Empty the raise descriptor after it became readable; returns the files that another
        start of the program wants offered."""
        said = b""
        try:
            while part := os.read(self.raise_fd, 65536):
                said += part
        except BlockingIOError:
            return _files_of(said)
        return _files_of(said)

    def close(self) -> None:
        """Give the lock back."""
        if self.raise_fd >= 0:
            os.close(self.raise_fd)
        os.close(self._lock_fd)

    def __enter__(self) -> Instance:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def holder(profile: Path) -> str:
    """Who holds the profile, in words: "the window (process 123)"; "" when nobody is named."""
    try:
        number, _, words = (profile / "lock").read_text(encoding="utf-8").strip().partition(" ")
    except (OSError, UnicodeDecodeError):
        return ""
    return f"{words} (process {number})" if words else ""


def raise_first(profile: Path, files: Sequence[str] = ()) -> bool:
    """Ask the window that holds this profile to come to the front, and to offer `files`; False when
    none listens. A path too long for one atomic write is left out."""
    if sys.platform == "win32":
        return False
    try:
        fd = os.open(profile / "raise", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        os.write(fd, b"raise\n")
        for file in files:
            line = _OPEN + json.dumps(file).encode("ascii") + b"\n"
            if len(line) <= select.PIPE_BUF:
                os.write(fd, line)
    finally:
        os.close(fd)
    return True


def _files_of(said: bytes) -> list[str]:
    """The paths in what other starts wrote; anything that is no path is passed over."""
    files = []
    for line in said.splitlines():
        if line.startswith(_OPEN):
            try:
                path = json.loads(line[len(_OPEN) :])
            except ValueError:
                continue
            if isinstance(path, str):
                files.append(path)
    return files


def _lock(fd: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_fifo(path: Path) -> int:
    """A FIFO opened for both sides, so that it never reports an end. -1 where there are none."""
    if sys.platform == "win32":
        return -1
    if path.exists() and not stat.S_ISFIFO(path.stat().st_mode):
        path.unlink()
    if not path.exists():
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)
