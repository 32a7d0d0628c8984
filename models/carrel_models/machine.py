"""The memory that this machine has free: main memory, and that of a graphics card."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Gpu(NamedTuple):
    """A graphics card: bytes free, and whether they are a part of main memory."""

    free: int
    shared: bool = False


def available_memory() -> int | None:
    """Bytes of memory that could be used now, None where this system does not say."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return min(int(line.split()[1]) * 1024, _container_room())
    sysconf = getattr(os, "sysconf", None)  # not on Windows
    if sysconf is None:
        return None
    # Physical memory, where what is free is not told: count on half of it.
    return int(sysconf("SC_PHYS_PAGES")) * int(sysconf("SC_PAGE_SIZE")) // 2


def _container_room(group: Path = Path("/sys/fs/cgroup")) -> int:
    """What a container's memory limit leaves: the limit less what is used and cannot be dropped."""
    limit, current, stat = (group / f"memory.{name}" for name in ("max", "current", "stat"))
    text = limit.read_text().strip() if limit.exists() else "max"
    if not text.isdigit():
        return 1 << 62
    used = int(current.read_text()) if current.exists() else 0
    for line in stat.read_text().splitlines() if stat.exists() else ():
        if line.startswith("inactive_file "):
            used -= int(line.split()[1])
    return max(0, int(text) - max(0, used))
