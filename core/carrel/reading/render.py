"""Draws a PDF page as PNG and finds the boxes of character ranges on it."""

from __future__ import annotations

import math
from contextlib import closing
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.reading import pgm, png, problems
from carrel.reading.boxes import Box, merge_lines
from carrel.reading.messages import PageImage, RenderPage
from carrel.reading.pdf_document import load_page, opened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pypdfium2 import PdfBitmap, PdfPage, PdfTextPage
    from pypdfium2._helpers.bitmap import PdfPosConv

MAX_PIXELS = 4_000_000
MAX_RECTANGLES = 2_000  # of one range
_POINTS = 72  # of an inch


def render(request: RenderPage, fd: int) -> tuple[PageImage, bytes]:
    """Return a page's image and its PNG.

    The width is the wish, less where the page would take more than 4 megapixels. Boxes are as the
    page is shown: rotation and crop box are applied. For recognition it is a grey PGM at 300 dots
    per inch. Raises UserError: "broken", "encrypted", "no_page" when the document has no such page.
    """
    with opened(fd) as document:
        if not 1 <= request.page <= len(document):
            raise UserError(
                f"The document has {len(document)} pages; there is no page {request.page}.",
                "Index the file again if it has changed.",
                "no_page",
            )
        with closing(load_page(document, request.page)) as page:
            if request.gray:
                return _gray(page)
            scale = _scale(page, request.width, MAX_PIXELS)
            bitmap = page.render(scale=scale, rev_byteorder=True)
            with closing(bitmap):
                boxes = _boxes(page, bitmap, request.ranges)
                image = PageImage(width=bitmap.width, height=bitmap.height, boxes=boxes)
                return image, png.encode(_pixels(bitmap))


def _gray(page: PdfPage) -> tuple[PageImage, bytes]:
    import numpy as np

    width = math.ceil(page.get_size()[0] / _POINTS * pgm.DPI)
    bitmap = page.render(scale=_scale(page, width, pgm.MAX_PIXELS), grayscale=True)
    with closing(bitmap):
        rows = np.frombuffer(bitmap.buffer, dtype=np.uint8).reshape(bitmap.height, bitmap.stride)
        image = PageImage(width=bitmap.width, height=bitmap.height, boxes=[])
        return image, pgm.encode(rows[:, : bitmap.width])


def _scale(page: PdfPage, width: int, most: int) -> float:
    """Return pixels per point for a wished width, bounded in both directions."""
    wide, high = (float(side) for side in page.get_size())
    if not (0.1 < wide < 1e6 and 0.1 < high < 1e6):
        raise problems.broken("The page has no usable size.")
    scale = min(max(width, 1) / wide, math.sqrt(most / (wide * high)))
    while math.ceil(wide * scale) * math.ceil(high * scale) > most:
        scale *= 0.99
    return scale


def _pixels(bitmap: PdfBitmap) -> NDArray[np.uint8]:
    import numpy as np

    rows = np.frombuffer(bitmap.buffer, dtype=np.uint8).reshape(bitmap.height, bitmap.stride)
    pixels: NDArray[np.uint8] = rows[:, : 3 * bitmap.width].reshape(bitmap.height, bitmap.width, 3)
    return pixels


def _boxes(
    page: PdfPage, bitmap: PdfBitmap, ranges: list[tuple[int, int]]
) -> list[tuple[float, float, float, float]]:
    if not ranges:
        return []
    place = bitmap.get_posconv(page)
    with closing(page.get_textpage()) as chars:
        count = chars.count_chars()
        found: list[Box] = []
        for first, last in ranges:
            first, last = max(0, first), min(last, count)
            if first < last:
                found += merge_lines(_rectangles(chars, place, first, last))
    return [(b.left, b.top, b.right - b.left, b.bottom - b.top) for b in found]


def _rectangles(chars: PdfTextPage, place: PdfPosConv, first: int, last: int) -> list[Box]:
    boxes = []
    for index in range(min(chars.count_rects(first, last - first), MAX_RECTANGLES)):
        left, bottom, right, top = chars.get_rect(index)
        (x0, y0), (x1, y1) = place.to_bitmap(left, top), place.to_bitmap(right, bottom)
        boxes.append(Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    return boxes
