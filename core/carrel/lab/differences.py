"""Differences between two ways, or between two runs, over the questions that both answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from carrel.errors import UserError
from carrel.events import Message, Plain
from carrel.lab.questions import KINDS, Question
from carrel.lab.saved import Run
from carrel.lab.score import Point, points_of
from carrel.lab.task.metrics import Figure, mean


class Difference(Plain, frozen=True):
    """How many points `a` is ahead of `b` on `n` shared questions: the mean difference with its 95
    % interval (paired bootstrap over questions), on a part of the questions (see `parts_of`)."""

    a: str
    b: str
    part: str
    n: int
    ahead: Figure

    def sign(self) -> int:
        """1 where `a` is ahead for sure, -1 where it is behind for sure, else 0."""
        if self.n < FEWEST:
            return 0
        return (self.ahead.low > 0) - (self.ahead.high < 0)


FEWEST = 6
"""Questions from which a difference can be sure: fewer that all point one way come about by chance
too often (sign test, 2 * 0.5^5 > 0.05), and their bootstrap interval is too narrow."""
PARTS = ("all", "answerable", "unanswerable", *KINDS)


def parts_of(questions: Iterable[Question]) -> list[str]:
    """The parts into which these questions fall: those with and without an answer, where there are
    both, and the kinds of those with one, where there are several."""
    asked = list(questions)
    there = [one for one in asked if one.answerable]
    found = [*PARTS[1:3]] if 0 < len(there) < len(asked) else []
    kinds = [kind for kind in KINDS if any(one.kind == kind for one in there)]
    return [PARTS[0], *found, *(kinds if len(kinds) > 1 else [])]


def in_part(question: Question, part: str) -> bool:
    """Whether a question belongs to a part."""
    if part in PARTS[:3]:
        return part == "all" or question.answerable == (part == "answerable")
    return question.answerable and question.kind == part


def differences(run: Run) -> list[Difference]:
    """Every pair of ways on every part of the questions that there is."""
    points = points_of(run)
    names = [way.name for way in run.made.ways]
    return [one for a, b in combinations(names, 2)
            for one in _parts(run, a, b, points[a], points[b])]  # fmt: skip


class Compared(Message, frozen=True):
    """Two runs of the same questions: `later` against `earlier`, by way. `worse` are the ways whose
    points fell for sure; `changed` are the questions whose points changed, by way."""

    earlier: str
    later: str
    differences: list[Difference]
    worse: list[str]
    changed: dict[str, list[str]]
    questions: int
    only_earlier: list[str] = []
    only_later: list[str] = []


def compared(earlier: Run, later: Run) -> Compared:
    """Hold the ways of the same name of two runs against each other. Raises UserError when they
    share no way or no question."""
    before, now = points_of(earlier), points_of(later)
    ways = [name for name in before if name in now]
    asked = {(q.id, q.question) for q in earlier.questions}
    shared = [q.id for q in later.questions if (q.id, q.question) in asked]
    if not ways or not shared:
        raise UserError(
            f"The two runs share no {'question' if ways else 'way'}.",
            "Compare runs of the same question set.", "nothing_shared",
        )  # fmt: skip
    both = set(shared)
    found: list[Difference] = []
    changed: dict[str, list[str]] = {}
    for name in ways:
        a = {id: one for id, one in now[name].items() if id in both}
        b = {id: one for id, one in before[name].items() if id in both}
        found += _parts(later, name, name, a, b)
        changed[name] = [id for id in a if id in b and a[id].points != b[id].points]
    return Compared(
        earlier=earlier.folder, later=later.folder, differences=found, changed=changed,
        worse=sorted({one.a for one in found if one.sign() < 0}), questions=len(shared),
        only_earlier=[name for name in before if name not in now],
        only_later=[name for name in now if name not in before],
    )  # fmt: skip


def _parts(
    run: Run, name_a: str, name_b: str, a: Mapping[str, Point], b: Mapping[str, Point]
) -> Iterator[Difference]:
    asked = {question.id: question for question in run.questions}
    shared = [id for id in a if id in b]
    for part in parts_of(run.questions):
        ids = [id for id in shared if in_part(asked[id], part)]
        ahead = _ahead(ids, a, b)
        if ahead is not None:
            yield Difference(a=name_a, b=name_b, part=part, n=len(ids), ahead=ahead)


def _ahead(ids: Sequence[str], a: Mapping[str, Point], b: Mapping[str, Point]) -> Figure | None:
    return mean([a[id].points - b[id].points for id in ids])
