"""The options of `carrel task`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

WAYS = ("zero-shot", "few-shot", "neighbours")


def add_task(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    task = command("task", "give every row of a CSV file one of a set of labels")
    task.add_argument("action", choices=("run",))
    task.add_argument("table", metavar="IN.csv")
    task.add_argument("--column", required=True, help="the column with the texts")
    task.add_argument("--labels", default="", metavar="L.txt",
                      help="the labels, one per line; default: those of the examples")  # fmt: skip
    task.add_argument("--out", required=True, metavar="OUT.csv",
                      help="written as it goes; the same command goes on with it")  # fmt: skip
    task.add_argument("--adapter", action="append", metavar="A[=SCALE]")
    task.add_argument("--way", action="append", choices=WAYS, default=[],
                      help="may be repeated to compare (zero-shot)")  # fmt: skip
    task.add_argument("--examples", default="", metavar="TRAIN.csv", help="labelled rows")
    task.add_argument("--label-column", default="label", metavar="COLUMN",
                      help="the column of the examples with their labels (label)")  # fmt: skip
    task.add_argument("--gold", default="", metavar="COLUMN", help="the right labels, to measure")
    task.add_argument("--id", default="", metavar="COLUMN", help="names the rows")
    task.add_argument("--instruction", default="", metavar="TEXT",
                      help="for the model; {labels} becomes the list of labels")  # fmt: skip
    task.add_argument("--shots", choices=("fixed", "nearest"), default="nearest",
                      help="few-shot: the same examples for all rows, or each row's nearest"
                      " (nearest)")  # fmt: skip
    task.add_argument("--by", choices=("whole", "step"), default="",
                      help="how a label's probability is made: whole is the better one for a model"
                      " without a tune or examples, step is much faster")  # fmt: skip
