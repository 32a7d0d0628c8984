"""What one tuning learns from and is measured with: answers in words, or labels."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from carrel.engine.labels import LabelTrie
from carrel.engine.teaching import teacher
from carrel.lab.tuning.evaluating import Figures, evaluate
from carrel.lab.tuning.examples import Example, read_examples, split
from carrel.lab.tuning.labelled import holds_labels, read_labelled, text_of
from carrel.lab.tuning.labelling import LabelFigures, evaluate_labels

HELD_OUT = 100
"""Examples that are held out at most; of rows with a label, which take less time, more."""
HELD_OUT_ROWS = 300


class Asked(NamedTuple):
    """A file, the names of its columns of texts and labels ("" where none were named), what a model
    is told before a text, the share that is held out, and the seed that says which."""

    path: str
    column: str = ""
    label: str = ""
    instruction: str = ""
    held_out: float = 0.1
    seed: int = 0


class Data(NamedTuple):
    """Examples to train on and to evaluate on; `labels` is empty where answers are words."""

    training: list[Example]
    held: list[Example]
    labels: Sequence[str] = ()


def read_data(base: Path, asked: Asked) -> Data:
    """Read a file for this base. Raises UserError: it cannot be read as what it seems to be, or the
    base cannot tell two labels apart."""
    if not (asked.column or asked.label or holds_labels(asked.path)):
        examples = read_examples(asked.path)
        return Data(*split(examples, asked.held_out, HELD_OUT, asked.seed))
    with teacher(str(base)) as one:
        found = read_labelled(
            asked.path, asked.column, asked.label, asked.instruction, one.count_tokens
        )
        LabelTrie(found.labels, [one.tokens(label) for label in found.labels])
    parts = split(found.examples, asked.held_out, HELD_OUT_ROWS, asked.seed, text_of)
    return Data(*parts, found.labels)


def measured(
    base: Path, adapter: Path, data: Data, cancel: threading.Event
) -> Iterator[tuple[str, Figures | LabelFigures]]:
    """What the base and then the adapter make of what was held out. Raises UserError and
    Cancelled."""
    if data.labels:
        yield from evaluate_labels(base, adapter, data.held, data.labels, cancel)
    else:
        yield from evaluate(base, adapter, data.held, cancel)
