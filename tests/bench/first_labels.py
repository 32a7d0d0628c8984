"""The second half of the first result: labels for banking77, by `carrel task run`."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from carrel.lab.costs import stated_training
from carrel.lab.task.metrics import Figure, figure_of
from carrel_models.digests import sha256_of

SEED = 1
RESAMPLES = 2000


class Wanted(NamedTuple):
    """A folder with train.csv and test.csv, an adapter, and how many test rows all ways and the
    fast ways label: the first of one random order."""

    data: Path
    adapter: Path
    rows: int
    many: int


class Way(NamedTuple):
    """A way, with the options that `carrel task run` takes for it."""

    name: str
    options: Sequence[str]
    tuned: bool = False
    fast: bool = False


WAYS = (
    Way("base", ("--way", "zero-shot")),
    Way("base + 8 nearest examples", ("--way", "few-shot")),
    Way("tuned", ("--way", "zero-shot"), tuned=True, fast=True),
    Way("tuned + 8 nearest examples", ("--way", "few-shot"), tuned=True),
    Way("nearest examples alone", ("--way", "neighbours"), fast=True),
)


def tables(carrel: Callable[..., dict[str, Any]], wanted: Wanted) -> list[str]:
    """Label the rows in every way and write the table. `carrel` runs a command."""
    folder = Path(carrel.folder)  # type: ignore[attr-defined]
    test = _shuffled(wanted.data / "test.csv")
    some = _written(folder / f"rows-{wanted.rows}.csv", test[: wanted.rows])
    all_rows = _written(folder / f"rows-{wanted.many}.csv", test[: wanted.many])
    found: dict[str, dict[str, Any]] = {}
    many: dict[str, dict[str, Any]] = {}
    for way in WAYS:
        found[way.name] = _run(carrel, wanted, way, some, folder)
        if way.fast and wanted.many > wanted.rows:
            many[way.name] = _run(carrel, wanted, way, all_rows, folder)
    right = {name: _right(Path(one["out"])) for name, one in found.items()}
    return [*_table(found, many), "", *_words(right, wanted), ""]


def _run(
    carrel: Callable[..., dict[str, Any]], wanted: Wanted, way: Way, rows: Path, folder: Path
) -> dict[str, Any]:
    """What one way did, as `--json` tells it; what was told once is kept beside the rows."""
    mark = f"-{sha256_of(wanted.adapter)[:8]}" if way.tuned else ""
    out = folder / f"{rows.stem}-{way.name.replace(' ', '-')}{mark}.csv"
    kept = out.with_suffix(".json")
    if kept.exists():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    chosen = ["--adapter", str(wanted.adapter)] if way.tuned else []
    done = carrel(
        "task", "run", str(rows), "--column", "text", "--gold", "category", "--out", str(out),
        "--examples", str(wanted.data / "train.csv"), "--label-column", "category",
        *way.options, *chosen,
    )  # fmt: skip
    (one,) = done["ways"]
    kept.write_text(json.dumps(one), encoding="utf-8")
    return dict(one)


def _table(found: dict[str, dict[str, Any]], many: dict[str, dict[str, Any]]) -> list[str]:
    lines = [
        "**Labels**: rows of banking77's test part, 77 labels, 95 % bootstrap intervals.", "",
        "| | n | accuracy | macro-F1 | seconds per row |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name, one in found.items():
        lines += [_line(name, each) for each in (one, many.get(name)) if each is not None]
    return lines


def _line(name: str, one: dict[str, Any]) -> str:
    metrics, speed = one["metrics"], one["rows_per_s"]
    seconds = f"{1 / speed:.3f}" if speed and one["labelled"] == one["rows"] else ""
    figures = " | ".join(_interval(metrics[which]) for which in ("accuracy", "macro_f1"))
    return f"| {name} | {metrics['n']:,} | {figures} | {seconds} |"


def _words(right: dict[str, np.ndarray], wanted: Wanted) -> list[str]:
    """How far the tuned model is ahead of each other way on the same rows, and what it took."""
    said = []
    for name in right:
        if name == "tuned":
            continue
        ahead = _ahead(right["tuned"], right[name])
        verdict = "for sure" if ahead.low > 0 else "behind for sure" if ahead.high < 0 else "unsure"
        said.append(
            f"of {name} by {ahead.value:+.3f} ({ahead.low:+.3f} to {ahead.high:+.3f}, {verdict})"
        )
    trained = stated_training(wanted.adapter)
    cost = f"{trained / 60:,.0f} minutes of training" if trained else "an unstated training"
    return [
        f"On the same {len(right['tuned']):,} rows the tuned model is ahead {'; '.join(said)}. "
        f"It took {cost} (once, and again when the labels change); examples are used at once."
    ]


def _ahead(ours: np.ndarray, others: np.ndarray) -> Figure:
    """The difference of two accuracies on the same rows, with a bootstrap interval over rows."""
    differences = ours.astype(float) - others
    rng = np.random.default_rng(0)
    drawn = [
        float(differences[rng.integers(0, len(ours), len(ours))].mean()) for _ in range(RESAMPLES)
    ]
    return figure_of(float(differences.mean()), drawn)


def _right(out: Path) -> np.ndarray:
    with out.open(encoding="utf-8-sig", newline="") as file:
        return np.array([row["label"] == row["category"] for row in csv.DictReader(file)])


def _shuffled(file: Path) -> list[tuple[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(lines)]
    random.Random(SEED).shuffle(rows)
    return rows


def _written(file: Path, rows: Sequence[tuple[str, str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("text", "category"), *rows])
    return file


def _interval(value: dict[str, float]) -> str:
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"
