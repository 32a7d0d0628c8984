"""Finds the text of a PDF page that nobody who looks at the page can see.

That is text that is drawn invisibly (but for the words that text recognition lays over a picture),
smaller than a point, white on paper, or outside of the page. First each text object is asked, which
is cheap; only when one is suspect are the page's characters asked which object they are of.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.reading.pdf_objects import PLAIN, Drawn, Matrix, matrix_of
from carrel.reading.pdf_rules import WHITE

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage
    from pypdfium2.raw import FPDF_PAGEOBJECT

_SMALLEST = 1.0  # points
_STROKED = (1, 2, 5, 6)  # render modes that draw an outline (PDF 32000-1, table 106)
_INVISIBLE = 3
_RUNS = re.compile(r"(\S+)|\s+")
_WIDE = 6.0  # points: a line so wide can be the ground of a text

_Bounds = tuple[float, float, float, float]  # left, bottom, right, top


class _Ground(NamedTuple):
    """Something drawn on the page that text can stand on; `order` is when it is drawn."""

    order: int
    bounds: _Bounds
    is_picture: bool
    is_white: bool


def unseen(
    page: PdfPage, objects: Sequence[Drawn], chars: PdfTextPage, text: str, char_map: list[int]
) -> set[int]:
    """Return the offsets of a page's text whose characters cannot be seen; white space aside."""
    from pypdfium2 import raw

    suspects = _Judge(page, objects).suspects()
    addresses = {ctypes.addressof(one.contents) for one in suspects}
    if not addresses:
        return set()
    found: set[int] = set()
    for at, character in enumerate(text):
        if character.isspace():
            continue
        one = raw.FPDFText_GetTextObject(chars.raw, char_map[at] if char_map else at)
        if one and ctypes.addressof(one.contents) in addresses:
            found.add(at)
    return found


def parted(text: str, char_map: list[int], gone: set[int]) -> tuple[str, list[int], str]:
    """Return a page's text and map without some characters, and the words that these are. White
    space after them goes too, unless it parts what is left."""
    kept: list[int] = []
    is_after = False
    for found in _RUNS.finditer(text):
        run = range(*found.span())
        if found[1]:
            kept += (at for at in run if at not in gone)
            is_after = run[-1] in gone
            continue
        last = text[kept[-1]] if kept else "\n"
        parts = last != "\n" if "\n" in found[0] else not last.isspace()
        if parts or not is_after:
            kept += run
    words = "".join(c if at in gone or c.isspace() else "\n" for at, c in enumerate(text))
    indices = [char_map[at] for at in kept] if char_map else kept
    return "".join(text[at] for at in kept), indices, " ".join(words.split())


class _Judge:
    """Judges the text objects of one page; what text stands on is looked for when one asks."""

    def __init__(self, page: PdfPage, objects: Sequence[Drawn]) -> None:
        from pypdfium2 import raw

        self._objects = objects
        self._grounds: list[_Ground] | None = None
        self._sides = [ctypes.c_float() for _ in range(4)]
        self._colour = [ctypes.c_uint() for _ in range(4)]
        self._length, self._matrix = ctypes.c_float(), raw.FS_MATRIX()
        box = raw.FS_RECTF()
        raw.FPDF_GetPageBoundingBox(page.raw, box)
        self._box = box.left, box.bottom, box.right, box.top

    def suspects(self) -> list[FPDF_PAGEOBJECT]:
        """Return the text objects that cannot be seen. A page can have thousands, nearly all of
        them dark, upright and on the page: those are passed with three calls each."""
        from pypdfium2 import raw

        mode_of, colour_of, bounds_of = (
            raw.FPDFTextObj_GetTextRenderMode, raw.FPDFPageObj_GetFillColor,
            raw.FPDFPageObj_GetBounds,
        )  # fmt: skip
        is_text = raw.FPDF_PAGEOBJ_TEXT
        red, green, blue, opacity = self._colour
        left, bottom, right, top = self._sides
        holder, (first, low, last, high, smallest) = PLAIN, _inside(PLAIN, self._box)
        found = []
        for order, (one, kind, matrix) in enumerate(self._objects):
            if kind != is_text:
                continue
            if matrix is not holder:
                holder, (first, low, last, high, smallest) = matrix, _inside(matrix, self._box)
            is_plain = (
                mode_of(one) == 0
                and colour_of(one, red, green, blue, opacity)
                and red.value < WHITE
                and opacity.value
                and bounds_of(one, left, bottom, right, top)
                and left.value < last
                and bottom.value < high
                and right.value > first
                and top.value > low
                and top.value - bottom.value >= smallest <= right.value - left.value
            )
            if not is_plain and self._is_unseen(one, matrix, order):
                found.append(one)
        return found

    def _is_unseen(self, one: FPDF_PAGEOBJECT, matrix: Matrix, order: int) -> bool:
        bounds = left, bottom, right, top = self._bounds(one, matrix)
        if left >= right or bottom >= top:
            return False  # spaces
        page = self._box
        if right <= page[0] or left >= page[2] or top <= page[1] or bottom >= page[3]:
            return True
        is_thin = top - bottom < _SMALLEST or right - left < _SMALLEST  # a dot, or tiny
        if is_thin and self._size(one) * _scale(matrix) < _SMALLEST:
            return True
        return self._is_colourless(one, bounds, order)

    def _size(self, text: FPDF_PAGEOBJECT) -> float:
        """The size of a text's letters in points of what it stands in."""
        from pypdfium2 import raw

        m = self._matrix
        raw.FPDFTextObj_GetFontSize(text, self._length)
        raw.FPDFPageObj_GetMatrix(text, m)
        return abs(self._length.value) * math.sqrt(abs(m.a * m.d - m.b * m.c))

    def _is_colourless(self, one: FPDF_PAGEOBJECT, bounds: _Bounds, order: int) -> bool:
        from pypdfium2 import raw

        mode = raw.FPDFTextObj_GetTextRenderMode(one)
        if mode == _INVISIBLE:
            return not any(ground.is_picture for ground in self._under(bounds))
        if mode in _STROKED or not raw.FPDFPageObj_GetFillColor(one, *self._colour):
            return False
        *colours, opacity = (part.value for part in self._colour)
        if not opacity or min(colours) < WHITE:
            return not opacity
        below = [ground for ground in self._under(bounds) if ground.order < order]
        return not below or below[-1].is_white

    def _under(self, bounds: _Bounds) -> list[_Ground]:
        """What is drawn where the middle of a text is, in the order of drawing."""
        if self._grounds is None:
            self._grounds = list(self._all_grounds())
        x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
        return [
            ground
            for ground in self._grounds
            if ground.bounds[0] <= x <= ground.bounds[2]
            and ground.bounds[1] <= y <= ground.bounds[3]
        ]

    def _all_grounds(self) -> Iterator[_Ground]:
        from pypdfium2 import raw

        for order, (one, kind, matrix) in enumerate(self._objects):
            if kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
                is_picture = kind == raw.FPDF_PAGEOBJ_IMAGE
                yield _Ground(order, self._bounds(one, matrix), is_picture, False)
            elif kind == raw.FPDF_PAGEOBJ_PATH and (white := _paints(one, matrix)) is not None:
                yield _Ground(order, self._bounds(one, matrix), False, white)

    def _bounds(self, one: FPDF_PAGEOBJECT, matrix: Matrix) -> _Bounds:
        from pypdfium2 import raw

        raw.FPDFPageObj_GetBounds(one, *self._sides)
        left, bottom, right, top = (side.value for side in self._sides)
        if matrix is PLAIN:
            return left, bottom, right, top
        places = [matrix.place(x, y) for x in (left, right) for y in (bottom, top)]
        xs, ys = zip(*places, strict=True)
        return min(xs), min(ys), max(xs), max(ys)


def _inside(m: Matrix, box: _Bounds) -> tuple[float, float, float, float, float]:
    """The page's box and the smallest size as they are inside of a form; of a form that is turned,
    a size that no text has."""
    if m.b or m.c or m.a <= 0 or m.d <= 0:
        return *box, math.inf
    left, bottom, right, top = box
    sides = (left - m.e) / m.a, (bottom - m.f) / m.d, (right - m.e) / m.a, (top - m.f) / m.d
    return *sides, _SMALLEST / min(m.a, m.d)


def _paints(path: FPDF_PAGEOBJECT, matrix: Matrix) -> bool | None:
    """Whether what a path paints is white; None when no text can stand on it."""
    from pypdfium2 import raw

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    width = ctypes.c_float()
    if fill.value:
        get = raw.FPDFPageObj_GetFillColor
    elif (
        stroke.value
        and raw.FPDFPageObj_GetStrokeWidth(path, width)
        and width.value * _scale(matrix.after(matrix_of(path))) >= _WIDE
    ):
        get = raw.FPDFPageObj_GetStrokeColor
    else:
        return None
    parts = [ctypes.c_uint() for _ in range(4)]
    get(path, *parts)
    *colours, opacity = (part.value for part in parts)
    return min(colours) >= WHITE if opacity else None


def _scale(m: Matrix) -> float:
    return math.sqrt(abs(m.a * m.d - m.b * m.c))
