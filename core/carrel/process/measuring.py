"""What a process takes while it works: peak memory, the energy of the processor packages, time."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_PROC = Path("/proc")
_POWERCAP = Path("/sys/class/powercap")


def peak_memory(pid: int, proc: Path = _PROC) -> int | None:
    """The most main memory that a process had at once, in bytes; None where that is not known.

    Linux: VmHWM of proc(5).
    """
    try:
        text = (proc / str(pid) / "status").read_text()
    except OSError:
        return None  # not Linux, or the process has ended
    found = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else None


def forget_peak(pid: int, proc: Path = _PROC) -> None:
    """Let the peak count from now on, where the system can (proc(5), clear_refs)."""
    with contextlib.suppress(OSError):
        (proc / str(pid) / "clear_refs").write_text("5")


def age(proc: Path = _PROC) -> float | None:
    """Seconds since this process was started, the loading of its program included; None where that
    is not known.

    Linux: field 22 of proc(5), stat, in clock ticks since the system's own start.
    """
    if not sys.platform.startswith("linux"):
        return None
    fields = (proc / "self" / "stat").read_text().rpartition(")")[2].split()
    begun = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - begun


class EnergyMeter:
    """Joules that all processor packages took, by Linux' RAPL counters (powercap), which most
    systems let only the administrator read: `read` gives None without them."""

    def __init__(self, folder: Path = _POWERCAP) -> None:
        self._packages = sorted(folder.glob("*-rapl:?")) if folder.is_dir() else []
        self._last = self._counters()
        self._total = 0.0

    def read(self) -> float | None:
        """Joules since this meter was made. A counter that wrapped around once is understood."""
        now = self._counters()
        if not now or now.keys() != self._last.keys():
            return None
        for package, value in now.items():
            spent = value - self._last[package]
            if spent < 0:
                spent += _number(package / "max_energy_range_uj") or 0
            self._total += spent / 1e6
        self._last = now
        return self._total

    def _counters(self) -> Mapping[Path, int]:
        found = {one: _number(one / "energy_uj") for one in self._packages}
        return {one: value for one, value in found.items() if value is not None}


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None  # not for this user to read
