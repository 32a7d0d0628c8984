"""What the benchmarks share: paired runs, medians, a calibration row, and the machine's name."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

Row = dict[str, Any]
_PACKAGES = ("llama-cpp-python", "lancedb", "onnxruntime", "sentence-transformers", "pypdfium2")


def seconds(work: Callable[[], object]) -> float:
    """Seconds that one run of the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Callable[[], float], rival: Callable[[], float], n: int) -> tuple[float, float]:
    """Medians of n runs each, taken in turn, so that both see the same noise."""
    a, b = [], []
    for i in range(n):
        first, second = (ours, rival) if i % 2 == 0 else (rival, ours)
        one, other = first(), second()
        a.append(one if i % 2 == 0 else other)
        b.append(other if i % 2 == 0 else one)
    return statistics.median(a), statistics.median(b)


def ratio_row(
    name: str, unit: str, ours: float, rival: float, rival_name: str, n: int, goal: str
) -> Row:
    """A row that compares: ratio is ours over the rival's, in the unit's own direction."""
    return {
        "name": name, "unit": unit, "ours": round(ours, 3), "rival": round(rival, 3),
        "rival_name": rival_name, "ratio": round(ours / rival, 3) if rival else None, "n": n,
        "goal": goal,
    }  # fmt: skip


def value_row(name: str, unit: str, value: float, n: int, goal: str) -> Row:
    """A row that is compared with nothing but its goal."""
    return {"name": name, "unit": unit, "ours": round(value, 3), "rival": None, "rival_name": "",
            "ratio": None, "n": n, "goal": goal}  # fmt: skip


def calibration(n: int = 7) -> Row:
    """A fixed piece of arithmetic in plain Python: how fast and how quiet this machine was."""
    runs = [seconds(lambda: sum(range(10_000_000))) * 1000 for _ in range(n)]
    return {
        "name": "calibration: sum of 10 million integers", "unit": "ms",
        "ours": round(statistics.median(runs), 1), "rival": None, "rival_name": "",
        "ratio": None, "n": n, "goal": f"spread {min(runs):.0f} to {max(runs):.0f}",
    }  # fmt: skip


def machine() -> dict[str, Any]:
    """The machine and the versions that the figures belong to."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
