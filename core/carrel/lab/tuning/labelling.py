"""What an adapter changed for labels: the held-out rows, labelled as `carrel task run` does it.

Both the base and the adapter choose label-constrained, step by step (see `carrel.engine.labels`):
nothing that a model writes has to be parsed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from carrel.engine.inline import InlineModel
from carrel.errors import Cancelled
from carrel.events import Plain
from carrel.lab.task.metrics import Figure, metrics
from carrel.lab.task.ways import ModelWay
from carrel.lab.tuning.evaluating import with_and_without
from carrel.lab.tuning.examples import Example
from carrel.lab.tuning.labelled import text_of


class LabelFigures(Plain, frozen=True):
    """Over `n` held-out rows, with 95 % bootstrap intervals."""

    n: int
    accuracy: Figure
    macro_f1: Figure

    def words(self) -> str:
        """One line for people."""
        return (
            f"n={self.n}  accuracy {_interval(self.accuracy)}  macro-F1 {_interval(self.macro_f1)}"
        )


def evaluate_labels(
    base: Path,
    adapter: Path,
    held: Sequence[Example],
    labels: Sequence[str],
    cancel: threading.Event,
) -> Iterator[tuple[str, LabelFigures]]:
    """What `with_and_without` yields. Raises UserError and Cancelled."""
    return with_and_without(
        base, adapter, cancel, lambda model: _figures(model, held, labels, cancel)
    )


def _figures(
    model: InlineModel, held: Sequence[Example], labels: Sequence[str], cancel: threading.Event
) -> LabelFigures:
    way = ModelWay(model, labels, held[0].messages[0].text, by="step")
    given = [guess.best[0][0] for guess in way.guesses([text_of(one) for one in held], cancel)]
    if cancel.is_set() or len(given) < len(held):
        raise Cancelled
    found = metrics([one.answer for one in held], given, labels)
    assert found is not None  # every example has a label
    return LabelFigures(n=found.n, accuracy=found.accuracy, macro_f1=found.macro_f1)


def _interval(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
