"""Finds lines of a PDF page with wide gaps in them, which a table without drawn lines has.

A few lines are measured, and then those that are short of characters: a full line of prose has no
room for a gap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from carrel.reading.pdf_layout import Line
from carrel.reading.pdf_words import Word

_ROWS = 3  # printed lines with gaps that a table has at least
_BETWEEN = 2  # lines without one that may stand among them
_SAMPLES = 6  # lines whose longest word tells how wide a character is
_TABLES = 4  # a page where one line of so many has gaps is measured as a whole
_SPARSE = 0.85  # of the characters of a page's long lines
_LONG = 0.9  # of a page's lines have no more characters than a long one
_STRETCH = 1.3  # times the width that its characters take: a line with gaps
_NEXT = 3.5  # heights from one line of a table to the next, at most
_BEFORE, _AFTER = 2, 1  # neighbours that may belong to a run
_LARGER = 1.1  # times the height of the line above: a heading parts two tables
_LEVEL = 0.3  # heights by which two lines on one baseline differ
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]")
_LETTERS = re.compile(r"\S+")
_NUMBERS = re.compile(r"(?<!\S)\W{0,2}\d[\d.,]*\W{0,2}(?!\S)")

Boxes = Callable[[int, int], "Word | None"]


class Run(NamedTuple):
    """Lines with gaps, and the neighbours that may belong to them: each the lines of one band."""

    before: list[list[Line]]
    lines: list[Line]
    after: list[list[Line]]


class _Band(NamedTuple):
    """Lines of the text that stand beside each other."""

    lines: list[Line]
    size: int  # of its text, in characters


def aligned(text: str, lines: Sequence[Line], boxes: Boxes) -> Iterator[Run]:
    """Yield runs of lines where a table may stand, each in the order of the text and with its
    neighbours: up to two lines before it that may be its heading, and one after it.

    `boxes` gives the box of a range of the text, from its first character to its last.
    """
    bands = list(_bands(lines))
    if len(bands) < _ROWS:
        return
    unit = _unit(text, lines, boxes)
    some = [_is_stretched(text, band, unit, boxes) for band in bands[:: 1 + len(bands) // _SAMPLES]]
    sizes = sorted(band.size for band in bands)
    long = _SPARSE * sizes[int(_LONG * (len(sizes) - 1))]
    every = _TABLES * sum(some) >= len(some)  # the page is full of tables
    run: list[int] = []
    gaps = last = 0
    for at, band in enumerate(bands):
        worth = every or band.size <= long or _has_numbers(text, band)
        wide = worth and _is_stretched(text, band, unit, boxes)
        if run and not _goes_on(bands, run, at, wide, at - last):
            if gaps >= _ROWS:
                yield _run(bands, run[0], last)
            run, gaps = [], 0
        if wide or run:
            run.append(at)
        if wide:
            gaps, last = gaps + 1, at
    if gaps >= _ROWS:
        yield _run(bands, run[0], last)


def _goes_on(bands: Sequence[_Band], run: list[int], at: int, wide: bool, since: int) -> bool:
    above, band = bands[run[-1]], bands[at]
    near = since <= _BETWEEN and not _is_larger(above, band)
    line, top = band.lines[0], bands[run[0]].lines[0].bottom
    # A cell of several lines is told before the cell beside its first: up again, but not over
    # the table.
    back = above.lines[0].bottom < line.bottom <= min(top, above.lines[0].bottom + _reach(line))
    return (_follows(above, band) or back) and (wide or near)


def _run(bands: Sequence[_Band], first: int, last: int) -> Run:
    for at in range(last + 1, min(len(bands), last + 2 + _BETWEEN)):
        if _is_beside(bands[at], bands[last]):
            last = at  # what lies between is more of a cell of the last row
            break
    before, after = first, last + 1
    while before > max(0, first - _BEFORE) and _is_next(bands[before - 1], bands[before]):
        before -= 1
    while after < min(len(bands), last + 1 + _AFTER) and _is_next(bands[after - 1], bands[after]):
        after += 1
    return Run(
        [band.lines for band in bands[before:first]],
        [line for band in bands[first : last + 1] for line in band.lines],
        [band.lines for band in bands[last + 1 : after]],
    )


def _is_beside(one: _Band, other: _Band) -> bool:
    line = one.lines[0]
    return abs(line.bottom - other.lines[0].bottom) <= _LEVEL * line.height


def _is_next(above: _Band, band: _Band) -> bool:
    return _follows(above, band) and _LARGER * band.lines[0].height > above.lines[0].height


def _bands(lines: Sequence[Line]) -> Iterator[_Band]:
    held: list[Line] = []
    for line in lines:
        if line.height <= 0:
            continue
        if held and abs(held[0].bottom - line.bottom) > _LEVEL * line.height:
            yield _Band(held, sum(one.end - one.start for one in held))
            held = []
        held.append(line)
    if held:
        yield _Band(held, sum(one.end - one.start for one in held))


def _has_numbers(text: str, band: _Band) -> bool:
    return len(_NUMBERS.findall(text, band.lines[0].start, band.lines[-1].end)) > 1


def _unit(text: str, lines: Sequence[Line], boxes: Boxes) -> float:
    """The usual width of a character, as a share of its line's height; 0 when nothing tells."""
    found = []
    for line in lines[:: max(1, len(lines) // _SAMPLES)]:
        words = _LETTERS.finditer(text, line.start, line.end)
        longest = max(words, key=lambda word: word.end() - word.start())
        box = boxes(*longest.span())
        if box is not None and box.height > 0:
            found.append((box.right - box.left) / box.height / _units(text, *longest.span()))
    return median(found) if found else 0.0


def _units(text: str, start: int, end: int) -> int:
    return end - start + len(_WIDE.findall(text, start, end))


def _is_stretched(text: str, band: _Band, unit: float, boxes: Boxes) -> bool:
    """Whether a line is wider than its characters."""
    found = [box for line in band.lines if (box := boxes(line.start, line.end)) is not None]
    if not found or not unit:
        return False
    wide = max(box.right for box in found) - min(box.left for box in found)
    high = max(box.height for box in found)
    units = sum(_units(text, line.start, line.end) for line in band.lines)
    return wide > (_STRETCH * units + 1) * unit * high


def _is_larger(above: _Band, band: _Band) -> bool:
    """Whether a line is a heading among smaller ones."""
    return band.lines[0].height > _LARGER * above.lines[0].height


def _follows(above: _Band, band: _Band) -> bool:
    line = band.lines[0]
    return 0 < above.lines[0].bottom - line.bottom <= _reach(line)


def _reach(line: Line) -> float:
    """How far the next line of a table is, at most, in points."""
    return _NEXT * line.height
