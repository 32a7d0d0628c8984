"""What this computer is and how it is doing: processor, power, load."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path


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


_SUPPLIES = Path("/sys/class/power_supply")
_LOAD = Path("/proc/loadavg")


def on_battery(supplies: Path = _SUPPLIES) -> bool:
    """Whether this computer runs on its battery now; False where the system does not say.

    Linux: a battery is discharging and no mains or USB supply is online (sysfs-class-power).
    """
    if not supplies.is_dir():
        return False
    kinds = [(_word(one / "type"), one) for one in supplies.iterdir()]
    if any(kind in ("Mains", "USB") and _word(one / "online") == "1" for kind, one in kinds):
        return False
    # A mouse or a pen has a battery too: its scope is "Device".
    return any(
        kind == "Battery" and _word(one / "scope") != "Device"
        and _word(one / "status") == "Discharging"
        for kind, one in kinds
    )  # fmt: skip


def others_want_all(load: Path = _LOAD, cores: int | None = None) -> bool:
    """Whether more threads than there are processors want to run now besides this one; False
    where the system does not say."""
    text = _word(load)
    if not text:
        return False
    running = int(text.split()[3].partition("/")[0]) - 1
    return running > (usable_cores() if cores is None else cores)


def waited_for_processor(pid: int, processes: Path = Path("/proc")) -> float:
    """Seconds that the threads of a process, all together, were ready to run and had no processor,
    since they began; 0.0 where the system does not say or the process has ended.

    Linux: the second number of schedstat, in nanoseconds (Documentation/scheduler/sched-stats.rst).
    """
    threads = (processes / str(pid) / "task").glob("*/schedstat")
    return sum(int(word.split()[1]) for one in threads if (word := _word(one))) / 1e9


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def give_back_memory() -> None:
    """Have freed memory given back to the system at once (glibc only; some milliseconds).

    Each of many threads keeps a heap of its own and what was freed in it: a process that indexed
    100,000 passages held a third more than it used. (Fewer heaps, M_ARENA_MAX, would make a search
    that compares all vectors half as fast again.)
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
