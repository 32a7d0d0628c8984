"""A task run: every row of a table gets a label, in one or several ways, each with its own file.

Rows are labelled in batches; a batch is on the disk before the next begins, so a run that was
stopped or killed goes on behind the last batch that was written.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.events import Message, ModelUse, Plain
from carrel.lab.task.metrics import Metrics, metrics
from carrel.lab.task.saved import RunFile, cells, header
from carrel.lab.task.table import Table
from carrel.lab.task.ways import BATCH, Way


class WayResult(Plain, frozen=True):
    """What one way did: `rows` are in the file `out`, `labelled` of them in this run (the others
    before), `empty` have no text and so no label. `metrics` needs gold labels and all rows."""

    way: str
    words: str
    out: str
    rows: int
    labelled: int
    empty: int
    seconds: float
    rows_per_s: float | None
    metrics: Metrics | None


class TaskResult(Message, frozen=True):
    """What `carrel task run --json` prints."""

    rows: int
    labels: int
    model: ModelUse | None
    ways: list[WayResult]


class Task(NamedTuple):
    """What is labelled, with the names of its columns; `gold` and `id` may be ""."""

    table: Table
    labels: list[str]
    gold: str = ""
    id: str = ""


Tell = Callable[[float], None]


def run_way(
    task: Task,
    name: str,
    way: Way,
    out: str,
    parts: dict[str, str],
    cancel: threading.Event,
    tell: Tell,
) -> WayResult:
    """Label every row that `out` does not have yet. `parts` is what the run is made of (see
    `RunFile`); `tell` gets the share that is done.

    Raises UserError (what is written stays), and Cancelled when `cancel` was set.
    """
    table = task.table
    file = RunFile(out, parts, header(task.id, table.column, task.gold))
    begun, start = file.rows, time.monotonic()
    try:
        while file.rows < len(table.texts):
            tell(file.rows / len(table.texts))
            _batch(task, way, file, cancel)
    finally:
        file.close()
    tell(1.0)
    seconds = time.monotonic() - start
    labelled = file.rows - begun
    return WayResult(
        way=name, words=way.words, out=file.path, rows=file.rows, labelled=labelled,
        empty=sum(not text.strip() for text in table.texts), seconds=round(seconds, 3),
        rows_per_s=round(labelled / seconds, 3) if labelled and seconds > 0 else None,
        metrics=metrics(table.gold, file.labels(), task.labels) if table.gold else None,
    )  # fmt: skip


def _batch(task: Task, way: Way, file: RunFile, cancel: threading.Event) -> None:
    """Label the next rows and write them."""
    table, first = task.table, file.rows
    places = range(first, min(first + BATCH, len(table.texts)))
    full = [at for at in places if table.texts[at].strip()]
    try:
        found = list(way.guesses([table.texts[at] for at in full], cancel)) if full else []
    except WorkerDied as error:
        raise UserError(
            f"{error} {first:,} of {len(table.texts):,} rows are saved in {file.path}.",
            f"Run the same command again: it goes on with row {first + 1:,}.", "model_died",
        ) from error  # fmt: skip
    if cancel.is_set():
        raise Cancelled(f"Stopped after {first:,} rows.")
    guesses = dict(zip(full, found, strict=True))
    file.add([
        cells(table.ids[at], table.texts[at], table.gold[at : at + 1], guesses.get(at))
        for at in places
    ])  # fmt: skip


def file_of(out: str, way: str, several: bool) -> str:
    """Where a way writes: OUT.csv, or OUT.WAY.csv when several ways are compared."""
    path = Path(out)
    return str(path.with_name(f"{path.stem}.{way}{path.suffix}")) if several else out


def check_labels(task: Task, given: Sequence[str], path: str) -> None:
    """Raise UserError when labelled examples use a label that is none of the task's."""
    known = set(task.labels)
    for number, label in enumerate(given, start=1):
        if label not in known:
            raise UserError(
                f"Row {number} of {path} has the label {label!r}, which is none of the labels.",
                "Add it to the labels, or correct the row.", "labels",
            )  # fmt: skip
