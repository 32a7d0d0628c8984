"""Finds the columns of a table from the space between its words, and what kind cells are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import inf
from statistics import median

from carrel.reading.pdf_words import Word

GAP = 0.6  # of the text's height: two words of one cell stand nearer (justified text excepted)
_SPACE = 0.33  # of the height: a space between two words
_WIDER = 1.25  # times the other spaces of a line: the edge of a column
_FEW = 8  # lines of a table: with fewer no line may cross the space between two columns
_CROSSING = 0.1  # share of lines that may, with more
_NUMBER = re.compile(
    r"(?:[^\w\s]|[A-Z]{1,3}(?=[$€£¥])|[A-Z]{3}(?=\d)){0,4}\d[\d.,:/'+±^-]*(?:[^\w\s]|[a-zA-Z]{1,3}\b){0,3}$"
)
_NOTHING = re.compile(r"(?:[-–—−.]{1,3}|n/?a|nil)$", re.I)  # what stands where a number is missing

_BEFORE = frozenset(("$", "€", "£", "¥", "US$", "CHF", "EUR", "USD", "$(", "("))
_AFTER = frozenset(("%", ")", ")%", "%)", "€"))
_LONGEST_NUMBER = 40  # characters

Segments = list[list[Word]]


def is_number(text: str) -> bool:
    """Whether a cell holds a number with its unit and signs, or the mark of a missing one."""
    text = "".join(text[:_LONGEST_NUMBER].split())
    return bool(_NUMBER.match(text) or _NOTHING.match(text))


def height_of(words: Sequence[Word]) -> float:
    """The usual height of words, in points; at least 1."""
    return max(1.0, median(word.height for word in words)) if words else 1.0


def segments(line: Sequence[Word], gap: float) -> Segments:
    """Part the words of a baseline (left to right) where they stand `gap` points apart."""
    parts: Segments = []
    reach = 0.0
    for word in line:
        if parts and word.left - reach < gap:
            parts[-1].append(word)
            reach = max(reach, word.right)
        else:
            parts.append([word])
            reach = word.right
    return parts


def parted(line: Sequence[Word], bounds: Sequence[float], gap: float) -> Segments:
    """Part a baseline, also at the edge of a column when the space there is wider than others."""
    return [one for part in segments(line, gap) for one in _at_edges(part, bounds)]


def _at_edges(part: list[Word], bounds: Sequence[float]) -> Iterator[list[Word]]:
    spaces = [b.left - a.right for a, b in pairwise(part)]
    start = 0
    for at, space in enumerate(spaces, 1):
        a, b = part[at - 1], part[at]
        others = [*spaces[: at - 1], *spaces[at:]] or [_SPACE * a.height]
        if space > _WIDER * max(others) and any(a.right < x < b.left for x in bounds):
            yield part[start:at]
            start = at
    yield part[start:]


def gutters(lines: Sequence[Sequence[Word]], gap: float) -> list[float]:
    """Return where the columns of baselines part: x between them, from left to right.

    A gutter is at least `gap` points wide and next to no line crosses it; lines with few parts
    (titles, headers over several columns, cells that go on) are not asked.
    """
    everything = [segments(line, gap) for line in lines]
    counts = [len(parts) for parts in everything if len(parts) > 1]
    if not counts:
        return []
    usual = median(counts)
    asked = [parts for parts in everything if len(parts) > 1 and 2 * len(parts) >= usual]
    allowed = 0 if len(asked) < _FEW else int(_CROSSING * len(asked))
    spaces: list[tuple[float, float]] = []
    for left, right in _clear(asked, allowed):
        both = sum(1 for parts in asked if _has_both(parts, (left + right) / 2))
        if right - left < gap or both < 2:
            continue
        if spaces and len(asked) > 2 and _lines_between(asked, spaces[-1][1], left) < 2:
            left = spaces.pop()[0]  # a heading in the middle over two columns
        spaces.append((left, right))
    return [_middle(left, right, everything, gap / 2) for left, right in spaces]


def _lines_between(lines: Sequence[Segments], left: float, right: float) -> int:
    """How many lines have words in a column."""
    return sum(
        any(left <= part[0].left and part[-1].right <= right for part in parts) for parts in lines
    )


def _middle(left: float, right: float, lines: Sequence[Segments], least: float) -> float:
    """The middle of a gutter, less what words of any line take of it from either side."""
    first, last = left, right
    for part in (part for parts in lines for part in parts):
        start, end = part[0].left, max(word.right for word in part)
        if start < left < end < right:
            first = max(first, end)
        elif left < start < right < end:
            last = min(last, start)
    return (first + last) / 2 if last - first >= least else (left + right) / 2


def _clear(lines: Sequence[Segments], allowed: int) -> Iterator[tuple[float, float]]:
    """Yield the stretches that at most `allowed` lines cover, between the text's two edges."""
    events: list[tuple[float, int]] = []
    for parts in lines:
        for part in parts:
            events += ((part[0].left, 1), (max(word.right for word in part), -1))
    covering, since = 0, None
    for x, change in sorted(events):
        before, covering = covering, covering + change
        if before > allowed >= covering:
            since = x
        elif before <= allowed < covering and since is not None:
            yield since, x
            since = None


def _has_both(parts: Segments, x: float) -> bool:
    return parts[0][0].left < x < parts[-1][-1].right


def without_signs(
    lines: Sequence[Sequence[Word]], places: Sequence[float], say: Callable[[Sequence[Word]], str]
) -> list[float]:
    """Leave out the gutters between numbers and the signs that stand apart from them: "$" at the
    left of their column, "%" or ")" at its right."""
    kept = list(places)
    for at, place in enumerate(places):
        left = places[at - 1] if at else -inf
        right = places[at + 1] if at + 1 < len(places) else inf
        before = {say([w]) for line in lines for w in line if left < w.middle[0] < place}
        after = {say([w]) for line in lines for w in line if place < w.middle[0] < right}
        if (before and before <= _BEFORE) or (after and after <= _AFTER):
            kept.remove(place)
    return kept


def fits(line: Sequence[Word], lines: Sequence[Sequence[Word]], gap: float) -> bool:
    """Whether a line can be one more of a table: it fills most columns, and they stay apart."""
    columns = len(gutters(lines, gap)) + 1
    filled = len(segments(sorted(line, key=lambda word: word.left), gap))
    return columns < 2 * filled and len(gutters([*lines, line], gap)) + 1 == columns


def column_at(bounds: Sequence[float], x: float) -> int:
    """The column of a place; `bounds` are the columns' edges, one more than columns."""
    return max(0, min(bisect_right(bounds, x), len(bounds) - 1) - 1)


def covered(part: Sequence[Word], bounds: Sequence[float]) -> range:
    """The columns over which a part of a line stands."""
    first, last = part[0].left, max(word.right for word in part)
    slack = 0.15 * (last - first)
    return range(column_at(bounds, first + slack), column_at(bounds, last - slack) + 1)


def steps(lines: Sequence[Sequence[Word]]) -> list[float]:
    """The distances from each baseline to the next, in points."""
    return [a[0].bottom - b[0].bottom for a, b in pairwise(lines)]
