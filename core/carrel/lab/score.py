"""Scores of a run that need no judge: every one is computed from the answers, by rule.

An answer's points lie in [0, 1]: token F1 for free text, right or wrong for a number, a label, yes
and no; where the files hold no answer, 1 for declining. A question without an answer in one way
(the model failed) is left out of that way, and counted as an error.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from carrel.events import Plain
from carrel.lab import texts
from carrel.lab.arms import Way
from carrel.lab.asking import Given
from carrel.lab.questions import Question
from carrel.lab.saved import Failed, Peak, Run, last_answers
from carrel.lab.task.metrics import Figure, mean, metrics


class Point(Plain, frozen=True):
    """The points of one answer, with what they are made of (None where it does not apply).

    `said_f1` is the F1 of what the model itself wrote, before Carrel checked it or put a quote in
    its place; `supported` tells that every claim has a source; `source_read` that the document with
    the answer was among the passages.
    """

    points: float
    refused: bool
    exact: bool | None = None
    f1: float | None = None
    said_f1: float | None = None
    contains: bool | None = None
    number: bool | None = None
    yes_no: bool | None = None
    label: bool | None = None
    supported: bool | None = None
    source_read: bool | None = None


class WayScores(Plain, frozen=True):
    """A way's scores over `n` answers; None where a score has no question that it applies to.

    Means with 95 % bootstrap intervals. `answerable` and `unanswerable` are the mean points of
    those questions; `false_refusals` is the share of answerable ones that were declined,
    `honest_refusals` of unanswerable ones; `supported` is over answers with files. Milliseconds are
    medians, tokens and joules means per question, `seconds` the sum, `peak_memory` bytes.
    """

    way: Way
    n: int
    errors: int
    failed: str
    score: Figure | None
    answerable: Figure | None
    unanswerable: Figure | None
    exact: Figure | None
    f1: Figure | None
    said_f1: Figure | None
    contains: Figure | None
    number: Figure | None
    yes_no: Figure | None
    label_accuracy: Figure | None
    label_macro_f1: Figure | None
    false_refusals: Figure | None
    honest_refusals: Figure | None
    supported: Figure | None
    source_read: Figure | None
    first_token_ms: float | None
    total_ms: float | None
    tokens_per_s: float | None
    prompt_tokens: float | None
    generated_tokens: float | None
    seconds: float
    joules: float | None
    peak_memory: int | None


def point(question: Question, given: Given, files: bool) -> Point:
    """The points of one answer."""
    refused = bool(given.refused_by) or not given.answer
    supported = None
    if files and not refused and question.kind != "label":
        supported = bool(given.sources) and not given.unsupported
    read = _source_read(question, given) if files else None
    if not question.answerable:
        return Point(points=float(refused), refused=refused, supported=supported, source_read=None)
    answer, right = given.answer, question.answers
    shared = Point(points=0.0, refused=refused, supported=supported, source_read=read)
    if question.kind == "number":
        matched = texts.number_match(answer, right)
        return _with(shared, float(matched), number=matched)
    if question.kind == "yes_no":
        matched = texts.yes_or_no(answer) in {one.casefold() for one in right}
        return _with(shared, float(matched), yes_no=matched)
    if question.kind == "label":
        matched = answer in right
        return _with(shared, float(matched), label=matched)
    value = texts.f1(answer, right)
    return _with(
        shared, value, f1=value, exact=texts.exact(answer, right),
        said_f1=texts.f1(given.said, right), contains=texts.contains(answer, right),
    )  # fmt: skip


def points_of(run: Run) -> dict[str, dict[str, Point]]:
    """The points by way and question id, without errors."""
    asked = {question.id: question for question in run.questions}
    files = {way.name: way.files for way in run.made.ways}
    found: dict[str, dict[str, Point]] = {way.name: {} for way in run.made.ways}
    for (way, id), given in last_answers(run.lines).items():
        if not given.error and way in files and id in asked:
            found[way][id] = point(asked[id], given, files[way])
    return found


def scores(run: Run) -> list[WayScores]:
    """The scores of every way, in order."""
    answers = last_answers(run.lines)
    all_points = points_of(run)
    return [_scores(run, way, answers, all_points[way.name]) for way in run.made.ways]


def _scores(
    run: Run, way: Way, answers: Mapping[tuple[str, str], Given], points: Mapping[str, Point]
) -> WayScores:
    asked = {question.id: question for question in run.questions}
    given = [answers[way.name, id] for id in points]
    there = {id: one for id, one in points.items() if asked[id].answerable}
    gone = {id: one for id, one in points.items() if not asked[id].answerable}

    def share(name: str) -> Figure | None:
        return _mean(getattr(one, name) for one in points.values())

    labels = [id for id in there if asked[id].kind == "label"]
    known = sorted({one for q in run.questions for one in (*q.labels, *_label_of(q))})
    found = metrics([asked[id].answers[0] for id in labels],
                    [answers[way.name, id].answer for id in labels], known)  # fmt: skip
    return WayScores(
        way=way, n=len(points), failed=_failed(run, way, len(points)),
        errors=sum(one.way == way.name and bool(one.error) for one in answers.values()),
        score=_mean(one.points for one in points.values()),
        answerable=_mean(one.points for one in there.values()),
        unanswerable=_mean(one.points for one in gone.values()),
        exact=share("exact"), f1=share("f1"), said_f1=share("said_f1"),
        contains=share("contains"), number=share("number"), yes_no=share("yes_no"),
        label_accuracy=found.accuracy if found else None,
        label_macro_f1=found.macro_f1 if found else None,
        false_refusals=_mean(one.refused for one in there.values()),
        honest_refusals=_mean(one.refused for one in gone.values()),
        supported=share("supported"), source_read=share("source_read"),
        first_token_ms=_median(given, lambda one: one.timings.first_token_ms),
        total_ms=_median(given, lambda one: one.timings.total_ms),
        tokens_per_s=_median(given, lambda one: one.timings.tokens_per_s),
        prompt_tokens=_average(given, lambda one: one.timings.prompt_tokens),
        generated_tokens=_average(given, lambda one: one.timings.generated_tokens),
        seconds=round(sum(one.timings.total_ms or 0 for one in given) / 1000, 1),
        joules=_average(given, lambda one: one.joules),
        peak_memory=max((one.bytes for one in run.lines
                         if isinstance(one, Peak) and one.way == way.name), default=None),
    )  # fmt: skip


def _with(shared: Point, points: float, **parts: bool | float | None) -> Point:
    return msgspec.structs.replace(shared, points=points, **parts)


def _source_read(question: Question, given: Given) -> bool | None:
    if not question.document or not given.read:
        return None
    named = os.path.basename(question.document)
    return any(
        one.document == question.document or os.path.basename(one.document) == named
        for one in given.read
    )


def _label_of(question: Question) -> Sequence[str]:
    return question.answers if question.kind == "label" else ()


def _failed(run: Run, way: Way, answered: int) -> str:
    """Why a way was given up, unless it was finished later."""
    if answered == len(run.questions):
        return ""
    reasons = [one.reason for one in run.lines if isinstance(one, Failed) and one.way == way.name]
    return reasons[-1] if reasons else ""


def _mean(values: Iterable[float | None]) -> Figure | None:
    return mean([float(one) for one in values if one is not None])


def _median(given: Sequence[Given], of: Callable[[Given], float | None]) -> float | None:
    found = [value for one in given if (value := of(one)) is not None]
    return round(statistics.median(found), 1) if found else None


def _average(given: Sequence[Given], of: Callable[[Given], float | None]) -> float | None:
    found = [value for one in given if (value := of(one)) is not None]
    return round(statistics.fmean(found), 1) if found else None
