"""Generation on a machine that is idle, and beside one busy process, against fixed thread counts.

Idle: Carrel's choice against the best fixed count, in turn. Beside a process that computes without
end: Carrel's choice against its own idle speed; the fixed counts stand beside it.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.common import Row
from tests.bench.engine_models import PLAIN, answer, chat, dictated, loaded, models

from carrel.engine.inline import InlineModel
from carrel.engine.threads import physical_cores

IDLE_GOAL, BUSY_GOAL = 0.97, 0.6


def rows() -> list[Row]:
    """Two rows for each model."""
    found: list[Row] = []
    for name, path in models().items():
        n = 7 if "4B" not in name else 3
        ours = loaded(path, together=1)
        fixed = {
            count: loaded(path, threads=count, together=1)
            for count in range(1, physical_cores() + 1)
        }
        found += _rows(name, ours, fixed, n)
        for model in (ours, *fixed.values()):
            model.close()
    return found


def _rows(name: str, ours: InlineModel, fixed: dict[int, InlineModel], n: int) -> list[Row]:
    tokens = 64 if "starter" in name else 24
    kinds = {"ours": ours} | {f"{count} threads": model for count, model in fixed.items()}
    idle = _medians(kinds, n, tokens)
    with _busy():
        busy = _medians(kinds, n, tokens)
    best = max((key for key in kinds if key != "ours"), key=lambda key: idle[key])
    others = ", ".join(f"{busy[key]:.1f} with {key}" for key in kinds if key != "ours")
    return [
        _row(f"generation, idle, {name}", idle["ours"], idle[best], f"{best} fixed",
             n, f">= {IDLE_GOAL}"),
        _row(f"generation, beside one busy process, {name}", busy["ours"], idle["ours"],
             "Carrel's own, idle", n, f">= {BUSY_GOAL} ({others})"),
    ]  # fmt: skip


def _row(name: str, ours: float, rival: float, rival_name: str, n: int, goal: str) -> Row:
    return {
        "name": name, "unit": "tokens/s", "ours": round(ours, 2), "rival": round(rival, 2),
        "rival_name": rival_name, "ratio": round(ours / rival, 3), "n": n, "goal": goal,
    }  # fmt: skip


def _medians(kinds: dict[str, InlineModel], n: int, tokens: int) -> dict[str, float]:
    speeds: dict[str, list[float]] = {key: [] for key in kinds}
    for i in range(n + 1):
        for key, model in kinds.items():
            with dictated(model, PLAIN):
                _, end = answer(model, chat("Tell me about the harbour."), max_tokens=tokens)
            if i and end.tokens_per_s:
                speeds[key].append(end.tokens_per_s)
    return {key: statistics.median(values) for key, values in speeds.items()}


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """While inside, another process computes without end."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=subprocess.PIPE
    )
    try:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError("The busy process did not start.")
        yield
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
