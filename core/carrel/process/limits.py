"""What a process that reads files may take of the machine, for good."""

from __future__ import annotations

import sys


def bound(memory: int, files: int) -> None:
    """Bound the address space (bytes; mapped files count) and open files of this process, and let
    it write no file and leave no core. Nothing where the system has no such limits (Windows)."""
    if sys.platform == "win32":
        return
    import resource

    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (least, least))
