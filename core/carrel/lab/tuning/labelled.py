"""Reads what a model learns to label from: a table with a column of texts and one of labels.

Each row becomes the very chat that `carrel task run` sends for it, so that a model is tuned on what
it will see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from carrel.errors import UserError
from carrel.lab.task.table import read_bytes, read_table, rows_of
from carrel.lab.task.ways import LONGEST, chat, cut, with_labels
from carrel.lab.tuning.examples import Example
from carrel.reading.decoding import clean, decode

TEXT, LABEL = "text", "label"
"""The columns, where none are named."""


class Labelled(NamedTuple):
    """Examples whose answers are labels, all labels in order, and what stands before each text."""

    examples: list[Example]
    labels: list[str]
    instruction: str


def holds_labels(path: str) -> bool:
    """Whether a table without questions has the columns `text` and `label`. Raises UserError when
    it cannot be read."""
    text = clean(decode(read_bytes(path)))
    if text.lstrip().startswith("{"):
        return False
    header = {name.strip() for name in rows_of(path, text, TEXT)[0]}
    return {TEXT, LABEL} <= header and "question" not in header


def read_labelled(
    path: str,
    column: str,
    label: str,
    instruction: str,
    count_tokens: Callable[[Sequence[str]], list[int]],
) -> Labelled:
    """The rows that have a text and a label, each once; a long text is cut as in a task run.

    `instruction` "" takes the usual one. Raises UserError: the file is missing or empty, lacks a
    column, its quoting is broken, or it has fewer than two labels.
    """
    table = read_table(path, column or TEXT, label or LABEL)
    rows = [row for row in zip(table.texts, table.gold, strict=True) if row[0].strip() and row[1]]
    labels = sorted({given for _, given in rows})
    if len(labels) < 2:
        raise UserError(
            f"The rows of {path} that have a text have {len(labels) or 'no'} "
            f"label{'' if len(labels) == 1 else 's'}.",
            "Give it rows of at least two labels.", "labels",
        )  # fmt: skip
    told = with_labels(instruction, labels)
    examples = [
        Example(tuple(chat(told, cut(text, LONGEST, count_tokens))), given) for text, given in rows
    ]
    return Labelled(list(dict.fromkeys(examples)), labels, told)


def text_of(one: Example) -> str:
    """The text that is to be labelled."""
    return one.messages[-1].text
