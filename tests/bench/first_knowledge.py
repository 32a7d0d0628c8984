"""The first half of the first result: questions to documents, by `carrel lab run`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Scores = dict[str, Any]
_ROWS: Sequence[tuple[str, Callable[[Scores], str]]] = (
    ("points, all questions", lambda one: figure(one["score"])),
    ("questions that the files answer", lambda one: figure(one["answerable"])),
    ("questions that they do not", lambda one: figure(one["unanswerable"])),
    ("numbers right", lambda one: figure(one["number"])),
    ("contains the answer (text)", lambda one: figure(one["contains"])),
    ("declines what the files answer", lambda one: figure(one["false_refusals"])),
    ("seconds per answer (median)", lambda one: f"{(one['total_ms'] or 0) / 1000:.2f}"),
)


def tables(carrel: Callable[..., dict[str, Any]], adapter: str) -> list[str]:
    """Run the lab on its own sample and write the table. `carrel` runs a command."""
    folder = Path(carrel.folder)  # type: ignore[attr-defined]
    sample, out = folder / "sample", folder / "run"
    if not sample.exists():
        carrel("lab", "sample", str(sample))
    carrel("add", str(sample / "documents"), "--name", "Lab sample")
    chosen = ["--adapters", adapter] if adapter else []
    found = carrel("lab", "run", str(sample / "questions.csv"), "--collection", "Lab sample",
                   "--out", str(out), *chosen)  # fmt: skip
    return written(found)


def written(found: dict[str, Any]) -> list[str]:
    """The table of a run and what it says in words."""
    ways = found["ways"]
    names = [one["way"]["name"] for one in ways]
    lines = [
        f"**Knowledge**: {found['questions']} questions about the sample documents, 95 % bootstrap "
        "intervals.", "",
        f"| | {' | '.join(names)} |", f"|{'---|' * (len(names) + 1)}",
        *(f"| {name} | {' | '.join(cell(one) for one in ways)} |" for name, cell in _ROWS),
        f"| answers | {' | '.join(str(one['n']) for one in ways)} |", "",
        found["words"], "",
    ]  # fmt: skip
    return lines


def figure(value: dict[str, float] | None) -> str:
    """A figure with its interval, "" without one."""
    if value is None:
        return ""
    return f"{value['value']:.2f} ({value['low']:.2f} to {value['high']:.2f})"
