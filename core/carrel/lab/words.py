"""What a run says in words: which way wins for what, by how much, and where nobody can say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carrel.lab.differences import Difference, differences, parts_of
from carrel.lab.saved import Costs, Run
from carrel.lab.score import WayScores
from carrel.lab.task.metrics import Figure

_PART = {
    "all": "all questions",
    "answerable": "questions that the files answer",
    "unanswerable": "questions that the files do not answer",
}

_KIND = {"text": "for text", "number": "for numbers", "yes_no": "for yes or no",
         "label": "for labels"}  # fmt: skip


def paragraph(run: Run, scores: Sequence[WayScores]) -> str:
    """One paragraph about the whole run."""
    told = [one for one in scores if one.n]
    if not told:
        return "Nothing has been answered yet."
    kinds = differences(run)
    parts = parts_of(run.questions)
    sentences = [_opening(run, told)]
    winners = [_winner(part, told, kinds) for part in parts if part in _PART]
    sentences += [one for one in winners if one]
    sentences += _by_kind([part for part in parts if part not in _PART], told, kinds)
    sentences += [*_refusals(told), *_speed(told), *_keeping_up(run, told)]
    sentences += [f"{one.way.name} was given up: {one.failed}" for one in scores if one.failed]
    errors = sum(one.errors for one in scores)
    if errors:
        sentences.append(f"{errors:,} answers failed and are left out.")
    return " ".join(sentences)


def value_of(one: WayScores, part: str) -> Figure | None:
    """A way's mean points on a part of the questions."""
    return {
        "all": one.score, "answerable": one.answerable, "unanswerable": one.unanswerable,
        "text": one.f1, "number": one.number, "yes_no": one.yes_no, "label": one.label_accuracy,
    }[part]  # fmt: skip


def interval(figure: Figure | None) -> str:
    """A figure with its 95 % interval, "" without one."""
    if figure is None:
        return ""
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def _opening(run: Run, told: Sequence[WayScores]) -> str:
    count, missing = len(run.questions), sum(not q.answerable for q in run.questions)
    of_them = f", {missing:,} of them without an answer in the files" if missing else ""
    whole = all(one.n == count for one in told) and len(told) == len(run.made.ways)
    state = "" if whole else " The run is not complete."
    drafts = " They are drafts that nobody confirmed." if run.made.drafts else ""
    return f"{count:,} questions{of_them}, {len(told)} ways.{drafts}{state}"


def _winner(part: str, told: Sequence[WayScores], kinds: Sequence[Difference]) -> str:
    """Who is ahead on a part of the questions, and of whom that is sure."""
    ranked = sorted(
        (one for one in told if value_of(one, part) is not None),
        key=lambda one: -_value(one, part),
    )
    if not ranked or len(ranked) < len(told):
        return ""  # a way has not come so far yet
    best = ranked[0]
    where = (
        f"On {_PART[part]} {best.way.name} has the most points, {interval(value_of(best, part))}"
    )
    if len(ranked) == 1:
        return f"{where}."
    sure: list[str] = []
    unsure: list[str] = []
    for other in ranked[1:]:
        found = _between(best.way.name, other.way.name, part, kinds)
        if found is None:
            continue
        ahead, sign = found
        told_ahead = f"{other.way.name} by {ahead.value:.2f} ({ahead.low:.2f} to {ahead.high:.2f})"
        (sure if sign > 0 else unsure).append(told_ahead)
    said = [f"{where}."]
    if sure:
        said.append(f"It is ahead of {_joined(sure)}.")
    if unsure:
        said.append(
            f"It leads {_joined(unsure)}, but that is too wide an interval, or too few questions, "
            "to say that it is better."
        )
    return " ".join(said)


def _by_kind(
    parts: Sequence[str], told: Sequence[WayScores], kinds: Sequence[Difference]
) -> list[str]:
    """The best way for each kind of answer, in one sentence."""
    said = []
    for part in parts:
        ranked = sorted(
            (one for one in told if value_of(one, part) is not None),
            key=lambda one: -_value(one, part),
        )
        if len(ranked) < 2:
            continue
        found = [_between(ranked[0].way.name, other.way.name, part, kinds) for other in ranked[1:]]
        sure = all(one is not None and one[1] > 0 for one in found)
        best = f"{ranked[0].way.name} {interval(value_of(ranked[0], part))}"
        said.append(f"{_KIND[part]} {best}, {'for sure' if sure else 'not for sure'}")
    return [f"By kind of answer the first is: {'; '.join(said)}."] if said else []


def _between(a: str, b: str, part: str, kinds: Sequence[Difference]) -> tuple[Figure, int] | None:
    """How far `a` is ahead of `b`, and the sign of what is sure."""
    for one in kinds:
        if one.part == part and (one.a, one.b) == (a, b):
            return one.ahead, one.sign()
        if one.part == part and (one.a, one.b) == (b, a):
            ahead = Figure(value=-one.ahead.value, low=-one.ahead.high, high=-one.ahead.low)
            return ahead, -one.sign()
    return None


def _refusals(told: Sequence[WayScores]) -> list[str]:
    said = [
        f"{one.way.name} {one.false_refusals.value:.0%}"
        + (f" and {one.honest_refusals.value:.0%}" if one.honest_refusals else "")
        for one in told
        if one.false_refusals is not None
    ]
    if not said:
        return []
    both = any(one.honest_refusals is not None for one in told)
    also = " and of those that it does not" if both else ""
    return [f"Declined of the questions that the files answer{also}: {_joined(said)}."]


def _speed(told: Sequence[WayScores]) -> list[str]:
    timed = [one for one in told if one.total_ms is not None]
    if len(timed) < 2:
        return []
    fast = min(timed, key=lambda one: one.total_ms or 0)
    slow = max(timed, key=lambda one: one.total_ms or 0)
    return [
        f"The fastest is {fast.way.name}, {_seconds(fast.total_ms)} for an answer (median); "
        f"the slowest {slow.way.name}, {_seconds(slow.total_ms)}."
    ]


def _keeping_up(run: Run, told: Sequence[WayScores]) -> list[str]:
    costs = costs_in(run)
    files = any(one.way.files for one in told)
    said = []
    if files and costs is not None and costs.changed_seconds is not None:
        said.append(
            f"With files a changed file is found after {costs.changed_seconds:.1f} s, and a "
            "forgotten one is gone from the answers at once."
        )
    if any(one.way.adapters for one in told):
        known = costs.training_seconds if costs is not None else {}
        stated = [f"{name} {seconds / 60:,.0f} minutes" for name, seconds in known.items()]
        cost = (
            f"another training (its card states: {_joined(stated)})" if stated
            else "another training (no card states how long that takes)"
        )  # fmt: skip
        said.append(f"What a tune has learned changes only by {cost}, and cannot be forgotten "
                    "row by row.")  # fmt: skip
    return said


def costs_in(run: Run) -> Costs | None:
    """The costs of a run, when they were measured."""
    return next((one for one in run.lines if isinstance(one, Costs)), None)


def _value(one: WayScores, part: str) -> float:
    figure = value_of(one, part)
    return figure.value if figure is not None else 0.0


def _seconds(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


Cell = Callable[[WayScores], str]

QUALITY: tuple[tuple[str, Cell], ...] = (
    ("points", lambda s: interval(s.score)),
    ("answerable", lambda s: interval(s.answerable)),
    ("unanswerable", lambda s: interval(s.unanswerable)),
    ("F1", lambda s: interval(s.f1)),
    ("F1 of the model's own words", lambda s: interval(s.said_f1)),
    ("exact", lambda s: interval(s.exact)),
    ("contains the answer", lambda s: interval(s.contains)),
    ("number right", lambda s: interval(s.number)),
    ("yes or no right", lambda s: interval(s.yes_no)),
    ("label right", lambda s: interval(s.label_accuracy)),
    ("label macro-F1", lambda s: interval(s.label_macro_f1)),
    ("false refusals", lambda s: interval(s.false_refusals)),
    ("honest refusals", lambda s: interval(s.honest_refusals)),
    ("supported by sources", lambda s: interval(s.supported)),
    ("source among the passages", lambda s: interval(s.source_read)),
)
"""Scores by name; higher is better but for false refusals."""

COSTS: tuple[tuple[str, Cell], ...] = (
    ("answers", lambda s: f"{s.n:,}"),
    ("errors", lambda s: f"{s.errors:,}" if s.errors else ""),
    ("first token, s (median)", lambda s: _plain(s.first_token_ms, 1000)),
    ("answer, s (median)", lambda s: _plain(s.total_ms, 1000)),
    ("tokens/s (median)", lambda s: _plain(s.tokens_per_s)),
    ("prompt tokens (mean)", lambda s: _plain(s.prompt_tokens)),
    ("generated tokens (mean)", lambda s: _plain(s.generated_tokens)),
    ("all answers, s", lambda s: _plain(s.seconds)),
    ("peak memory, MB", lambda s: _plain(s.peak_memory, 1e6)),
    ("energy, J (mean)", lambda s: _plain(s.joules)),
)


def rows(table: Sequence[tuple[str, Cell]], scores: Sequence[WayScores]) -> list[list[str]]:
    """The rows of a table that have a value for some way: a name, then a cell per way."""
    made = [[name, *(cell(one) for one in scores)] for name, cell in table]
    return [row for row in made if any(row[1:])]


def _plain(value: float | None, by: float = 1) -> str:
    if value is None:
        return ""
    scaled = value / by
    return f"{scaled:,.2f}" if scaled < 10 else f"{scaled:,.0f}"
