"""Finds the lines and the edges of shaded areas that are drawn on a PDF page.

A page may draw without end, so the work is bounded: what comes after the limits is not looked at,
and a page with more than MAX_RULES different rules is a drawing and has none.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.reading.pdf_objects import Drawn, Matrix, matrix_of

if TYPE_CHECKING:
    from pypdfium2.raw import FPDF_PAGEOBJECT

MAX_SEGMENTS = 10_000
MAX_RULES = 300  # across, and as many down
_THIN = 3.0  # points: a filled area no thicker than this is a line
_SHORT = 4.0  # points: what is shorter is a dot, a dash or an ornament
_STRAIGHT = 0.5  # points by which the ends of a level or upright line differ
_SAME = 1.5  # points between lines that are drawn as one
_GAP = 3.0  # points between the parts of one line
WHITE = 250  # of 255: a fill that light is the paper

_BOX_SIDES = 6  # with one of no length, and the one that closes it

_Place = tuple[float, float]
_Line = tuple[_Place, _Place]
_Sides = list[tuple[_Line, bool]]  # each, and whether it is a curve


class Rule(NamedTuple):
    """A straight line: where it lies (y when it goes across, x when it goes down) and its two ends
    on the other axis, in points from the page's lower left."""

    at: float
    first: float
    last: float


class Rules(NamedTuple):
    """The rules of a page by direction, each sorted by place; lines drawn in parts are joined."""

    across: list[Rule]
    down: list[Rule]


class _Fill(NamedTuple):
    """A filled rectangle in one colour."""

    left: float
    right: float
    colour: tuple[int, ...]
    bottom: float
    top: float


def drawn(objects: Sequence[Drawn]) -> Rules:
    """Return the rules of a page by its objects; none where there are too many for a table."""
    across: list[Rule] = []
    down: list[Rule] = []
    fills: list[_Fill] = []
    lines = list(_lines(objects, fills))
    for (x0, y0), (x1, y1) in [*lines, *_edges(fills)]:
        wide, high = abs(x1 - x0), abs(y1 - y0)
        if high <= _STRAIGHT and wide >= _SHORT:
            across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif wide <= _STRAIGHT and high >= _SHORT:
            down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    rules = Rules(joined(across), joined(down))
    return Rules([], []) if max(map(len, rules)) > MAX_RULES else rules


def joined(rules: Iterable[Rule]) -> list[Rule]:
    """Join the rules that lie on one line and touch or overlap."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules):
        if groups and rule.at - groups[-1][0].at <= _SAME:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    found = []
    for group in groups:
        at = sum(rule.at for rule in group) / len(group)
        first, last = None, 0.0
        for rule in sorted(group, key=lambda rule: rule.first):
            if first is not None and rule.first <= last + _GAP:
                last = max(last, rule.last)
                continue
            if first is not None:
                found.append(Rule(at, first, last))
            first, last = rule.first, rule.last
        if first is not None:
            found.append(Rule(at, first, last))
    return found


def _lines(objects: Sequence[Drawn], fills: list[_Fill]) -> Iterator[_Line]:
    """Yield the page's lines; its filled rectangles go to `fills`."""
    from pypdfium2 import raw

    left = MAX_SEGMENTS
    for path, kind, matrix in objects:
        if kind != raw.FPDF_PAGEOBJ_PATH:
            continue
        count = raw.FPDFPath_CountSegments(path)
        left -= max(count, 1)
        if left < 0:
            return
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(path, fill, stroke)
        places = matrix.after(matrix_of(path))
        for sides in _outlines(path, count, places):
            if stroke.value:
                yield from (side for side, is_curve in sides if not is_curve)
            elif fill.value and (box := _box(sides)) is not None:
                yield from _filled(path, box, fills)


def _filled(
    path: FPDF_PAGEOBJECT, box: tuple[float, float, float, float], fills: list[_Fill]
) -> Iterator[_Line]:
    """Yield a thin area as a line; another goes to `fills`."""
    left, bottom, right, top = box
    if top - bottom <= _THIN:
        yield (left, (top + bottom) / 2), (right, (top + bottom) / 2)
    elif right - left <= _THIN:
        yield ((left + right) / 2, bottom), ((left + right) / 2, top)
    elif (colour := _colour(path)) is not None:
        fills.append(_Fill(round(left), round(right), colour, bottom, top))


def _outlines(path: FPDF_PAGEOBJECT, count: int, matrix: Matrix) -> Iterator[_Sides]:
    """Yield the parts of a path, each with its sides in the order they are drawn."""
    from pypdfium2 import raw

    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    sides: _Sides = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        place = matrix.place(x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if sides:
                yield sides
            start, sides = place, []
        else:
            sides.append(((last, place), kind == raw.FPDF_SEGMENT_BEZIERTO))
        last = place
        if raw.FPDFPathSegment_GetClose(segment):
            sides.append(((last, start), False))
            last = start
    if sides:
        yield sides


def _box(sides: _Sides) -> tuple[float, float, float, float] | None:
    """Return the left, bottom, right and top of a filled rectangle, None for another shape."""
    if not 3 <= len(sides) <= _BOX_SIDES or any(is_curve for _, is_curve in sides):
        return None
    places = [place for side, _ in sides for place in side]
    level = [abs(a[0] - b[0]) <= _STRAIGHT or abs(a[1] - b[1]) <= _STRAIGHT for (a, b), _ in sides]
    xs, ys = zip(*places, strict=True)
    return (min(xs), min(ys), max(xs), max(ys)) if all(level) else None


def _colour(path: FPDF_PAGEOBJECT) -> tuple[int, ...] | None:
    """Return the colour that a path is filled with, None when it cannot be told from paper."""
    from pypdfium2 import raw

    parts = [ctypes.c_uint() for _ in range(4)]
    raw.FPDFPageObj_GetFillColor(path, *parts)
    red, green, blue, opacity = (part.value for part in parts)
    return None if min(red, green, blue) >= WHITE or not opacity else (red, green, blue)


def _edges(fills: list[_Fill]) -> Iterator[_Line]:
    """Yield the edges of filled areas; two of one colour on top of each other are one area, as the
    lines of a shaded paragraph are."""
    areas: list[_Fill] = []
    for fill in sorted(fills):
        last = areas[-1] if areas else None
        if last and fill[:3] == last[:3] and fill.bottom - last.top <= _SAME:
            areas[-1] = last._replace(top=max(last.top, fill.top))
        else:
            areas.append(fill)
    for left, right, _, bottom, top in areas:
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        yield from zip(corners, corners[1:] + corners[:1], strict=True)
