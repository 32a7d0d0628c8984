"""`carrel task run`: one label for every row of a CSV file, in one or several ways."""

from __future__ import annotations

import argparse
import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from carrel.errors import Cancelled, UserError
from carrel.events import ModelUse
from carrel.lab.task import run
from carrel.lab.task.table import Table, read_labels, read_table
from carrel.lab.task.ways import FixedShots, ModelWay, NearestShots, Shots, Way, with_labels
from carrel.terminal.adapters import choices
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.lab.task.metrics import Figure
    from carrel.lab.task.neighbours import Examples


def task(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Label the rows, and show what each way did."""
    return _Run(core, arguments, output).all()


class _Run:
    """One command: what it was given, and what is loaded for it when it is needed."""

    def __init__(self, core: Core, arguments: argparse.Namespace, output: Output) -> None:
        self._core = core
        self._asked = arguments
        self._output = output
        self._cancel = threading.Event()
        table = read_table(arguments.table, arguments.column, arguments.gold, arguments.id)
        self._train = self._read_examples()
        labels = read_labels(arguments.labels) if arguments.labels else self._own_labels()
        self._task = run.Task(table, labels, arguments.gold, arguments.id)
        if self._train is not None:
            run.check_labels(self._task, self._train.gold, arguments.examples)
        self._examples: Examples | None = None
        self._use: ModelUse | None = None

    def all(self) -> int:
        """Run every way and show the result."""
        ways = list(dict.fromkeys(self._asked.way)) or ["zero-shot"]
        results: list[run.WayResult] = []
        with stopping(self._cancel):
            for name in ways:
                try:
                    results.append(self._one(name, len(ways) > 1))
                except Cancelled:
                    self._output.note("What is labelled is saved; the same command goes on.")
                    raise
        if self._output.json:
            table = self._task.table
            self._output.document(
                run.TaskResult(rows=len(table.texts), labels=len(self._task.labels),
                               model=self._use, ways=results)
            )  # fmt: skip
            return 0
        for one in results:
            self._show(one)
        return 0

    def _one(self, name: str, several: bool) -> run.WayResult:
        way, parts = self._way(name)
        out = run.file_of(self._asked.out, name, several)
        pace = _Pace(len(self._task.table.texts), self._output)
        with self._output.bar(f"{way.words} …") as bar:

            def tell(fraction: float) -> None:
                bar(fraction)
                pace(fraction)

            return run.run_way(self._task, name, way, out, parts, self._cancel, tell)

    def _way(self, name: str) -> tuple[Way, dict[str, str]]:
        """A way, and what a run with it is made of."""
        parts = {
            "way": name, "column": self._asked.column, "gold": self._asked.gold,
            "id": self._asked.id, "input": self._task.table.digest,
            "labels": _digest(self._task.labels),
        }  # fmt: skip
        if name != "zero-shot":
            parts["examples"] = self._train.digest if self._train is not None else ""
        if name == "neighbours":
            from carrel.lab.task.neighbours import Neighbours

            found = Neighbours(self._embedded())
            return found, {**parts, "embedder": self._embedder(), "neighbours": str(found.count)}
        return self._model_way(name, parts)

    def _model_way(self, name: str, parts: dict[str, str]) -> tuple[Way, dict[str, str]]:
        use = self._load()
        told = with_labels(self._asked.instruction, self._task.labels)
        shots = self._shots() if name == "few-shot" else None
        by: Literal["whole", "step"] = "step" if use.adapters or shots is not None else "whole"
        by = self._asked.by or by
        parts |= {
            "model": use.sha256 or use.id, "by": by, "instruction": told,
            "adapter": " ".join(f"{one.sha256}={one.scale:g}" for one in use.adapters),
        }  # fmt: skip
        if shots is not None:
            parts |= {"shots": shots.words, "embedder": self._embedder()}
        way = ModelWay(self._core.model, self._task.labels, told, shots, by=by)
        return way, parts

    def _load(self) -> ModelUse:
        if self._use is None:
            adapters = choices(self._asked.adapter)
            for _ in self._core.model.ensure(self._cancel, adapters=adapters):
                pass
            self._use = self._core.model.identified(self._cancel)
        if self._cancel.is_set() or self._use is None:
            raise Cancelled("Stopped while loading.")
        return self._use

    def _shots(self) -> Shots:
        found = self._embedded()
        if self._asked.shots == "nearest":
            return NearestShots(found)
        room = self._core.model.context // 2
        return FixedShots(found, self._task.labels, self._core.model, room)

    def _embedded(self) -> Examples:
        from carrel.lab.task.neighbours import Examples

        if self._train is None:
            raise UserError(
                "This way needs labelled examples.",
                "Name them with --examples TRAIN.csv --label-column COLUMN.", "no_examples",
            )  # fmt: skip
        if self._examples is None:
            embedder = self._core.library.any_embedder()
            self._examples = Examples(embedder, self._train.texts, self._train.gold)
            _ = self._examples.vectors  # now: later it would count as time of the first rows
        return self._examples

    def _embedder(self) -> str:
        embedder = self._core.library.any_embedder()
        return f"{embedder.id} {embedder.sha256}"

    def _read_examples(self) -> Table | None:
        asked = self._asked
        if not asked.examples:
            return None
        found = read_table(asked.examples, asked.column, asked.label_column)
        kept = [at for at, text in enumerate(found.texts) if text.strip() and found.gold[at]]
        if not kept:
            raise UserError(
                f"{asked.examples} has no row with a text and a label.",
                "Give it labelled rows.", "no_examples",
            )  # fmt: skip
        take: Callable[[Sequence[str]], list[str]] = lambda cells: [cells[at] for at in kept]  # noqa: E731
        return found._replace(ids=take(found.ids), texts=take(found.texts), gold=take(found.gold))

    def _own_labels(self) -> list[str]:
        if self._train is None:
            raise UserError(
                "There are no labels.", "Name them with --labels L.txt, one per line.", "labels"
            )
        return sorted({*self._train.gold})

    def _show(self, one: run.WayResult) -> None:
        line = self._output.line
        speed = f", {one.rows_per_s:.1f} rows a second" if one.rows_per_s else ""
        before = f", {one.rows - one.labelled:,} of them before" if one.rows > one.labelled else ""
        line(f"{one.way}: {one.rows:,} rows{before}{speed} ({one.words})")
        if one.empty:
            line(f"  {one.empty:,} rows have no text and got no label.")
        if one.metrics is not None:
            found = one.metrics
            line(
                f"  accuracy {_interval(found.accuracy)}, macro-F1 {_interval(found.macro_f1)}, "
                f"n={found.n:,}"
            )
            if found.unknown:
                line(f"  The gold label of {found.unknown:,} rows is none of the labels.")
        self._output.note(f"Written to {one.out}.")


class _Pace:
    """Says once how long it will take, after the first batch, when that is more than 90
    seconds."""

    def __init__(self, rows: int, output: Output) -> None:
        self._rows = rows
        self._output = output
        self._begun: tuple[float, float] | None = None
        self._said = False

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if self._begun is None:
            self._begun = (fraction, now)
        elif not self._said and fraction > self._begun[0]:
            self._said = True
            speed = (fraction - self._begun[0]) / max(now - self._begun[1], 1e-6)
            if (minutes := (1 - fraction) / speed / 60) > 1.5:
                self._output.note(
                    f"About {minutes:,.0f} minutes for what is left of {self._rows:,} rows. "
                    "It may be stopped: the same command goes on."
                )


def _interval(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
