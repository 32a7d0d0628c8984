"""What the window asks of the lab: which runs there are, what came of one, to answer like it."""

from __future__ import annotations

from carrel.events import Message, Plain


class ListRuns(Message, frozen=True):
    """-> RunList, the last one first."""


class ShowRun(Message, frozen=True):
    """-> RunShown: the run in a folder, which is on the list from then on."""

    folder: str


class LeaveOutRun(Message, frozen=True):
    """-> RunList without this folder; its files stay where they are."""

    folder: str


class UseRun(Message, frozen=True):
    """-> RunUsed: answer from now on as a way of this run did; "" is the one with most points."""

    folder: str
    way: str = ""


class RunRow(Plain, frozen=True):
    """A run on the list. `problem` says why it cannot be read, "" as a rule."""

    folder: str
    questions: int = 0
    ways: int = 0
    complete: bool = False
    problem: str = ""


class RunList(Message, frozen=True):
    runs: list[RunRow]


class RunTable(Plain, frozen=True):
    """Rows of text below `head`, which begins with an empty cell: a column for each way."""

    title: str
    head: list[str]
    rows: list[list[str]]


class RunShown(Message, frozen=True):
    """A run in words and figures. `report` is the path of its page, "" while there is none; `best`
    the way with the most points, "" while nothing is answered."""

    folder: str
    words: str
    ways: list[str]
    best: str
    tables: list[RunTable]
    notes: list[str]
    report: str


class RunUsed(Message, frozen=True):
    """What is in use now. The settings are to be shown with these values."""

    way: str
    model: str
    settings: dict[str, str]


LabRequest = ListRuns | ShowRun | LeaveOutRun | UseRun
LabReply = RunList | RunShown | RunUsed
