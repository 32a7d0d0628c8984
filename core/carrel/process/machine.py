"""Which processor this is, in words: for `doctor`, and to tell measurements of machines apart."""

from __future__ import annotations

import os
import platform


def processor() -> str:
    """The processor's name, as well as the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux: the platform module has to do
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Logical processors that this process may use, at least 1."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1
