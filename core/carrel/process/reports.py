"""Reports of defects: a trace in the profile's log folder, for the user to read or to send himself.

A trace names files of the program and types of errors. Messages of exceptions may quote what was
being worked on, so only their types are written.
"""

from __future__ import annotations

import time
import traceback
from pathlib import Path

_KEPT = 20  # the newest reports; older ones are removed


def keep(folder: Path, error: BaseException, where: str) -> Path:
    """Write a report and return its path. Raises OSError when the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path = folder / f"defect-{stamp}-{time.monotonic_ns() % 1_000_000:06d}.txt"
    path.write_text(f"{where}\n{trace_without_content(error)}", encoding="utf-8")
    for old in sorted(folder.glob("defect-*.txt"))[:-_KEPT]:
        old.unlink()
    return path


def trace_without_content(error: BaseException) -> str:
    """The trace of an exception and of what caused it: places and types, no messages."""
    parts = []
    current: BaseException | None = error
    while current is not None:
        frames = "".join(traceback.format_tb(current.__traceback__))
        parts.append(f"{frames}{type(current).__module__}.{type(current).__qualname__}\n")
        current = current.__cause__ or current.__context__
    return "caused by:\n".join(parts)
