"""Draws tables on PDF pages in several styles, and what only looks like one."""

from __future__ import annotations

from collections.abc import Sequence

from tests.core.reading.pdf_maker import TextLine, line

SIZE = 10.0
PITCH = 14.0  # points from one printed line to the next
# Widths of Helvetica in thousandths of its size, after Adobe's metrics; the usual one for the rest.
_WIDTHS = {" ": 278, ".": 278, ",": 278, "i": 222, "l": 222, "t": 278, "r": 333, "m": 833, "-": 333}

_STOCK = (
    "the", "report", "of", "this", "year", "shows", "that", "many", "people", "were", "served",
    "in", "small", "towns", "and",
)  # fmt: skip


def width(words: str, size: float = SIZE) -> float:
    """How wide words are in Helvetica, in points; exact for digits, close for the rest."""
    return sum(_WIDTHS.get(c, 667 if c.isupper() else 556) for c in words) * size / 1000


def row(
    cells: Sequence[str], xs: Sequence[float], y: float, aligned: str = "", size: float = SIZE
) -> list[TextLine]:
    """One row of text. `aligned` has "l", "r" or "c" for each cell; `xs` are then the left edge,
    the right edge or the middle. A cell with line feeds goes on below."""
    drawn = []
    for cell, x, how in zip(cells, xs, aligned or "l" * len(cells), strict=True):
        for number, words in enumerate(cell.split("\n")):
            if words:
                left = x - width(words, size) * {"l": 0.0, "c": 0.5, "r": 1.0}[how]
                drawn.append(line(words, size, round(left, 2), y - number * PITCH))
    return drawn


def rows(
    table: Sequence[Sequence[str]], xs: Sequence[float], top: float, aligned: str = ""
) -> list[TextLine]:
    """Rows under each other, each as high as its highest cell."""
    drawn: list[TextLine] = []
    y = top
    for cells in table:
        drawn += row(cells, xs, y, aligned)
        y -= PITCH * max(cell.count("\n") + 1 for cell in cells)
    return drawn


def across(left: float, right: float, *ys: float) -> str:
    """Lines from left to right."""
    return "\n".join(f"{left} {y} m {right} {y} l S" for y in ys)


def down(bottom: float, top: float, *xs: float) -> str:
    """Lines from bottom to top."""
    return "\n".join(f"{x} {bottom} m {x} {top} l S" for x in xs)


def shaded(left: float, bottom: float, wide: float, high: float, grey: float = 0.9) -> str:
    """A filled rectangle."""
    return f"q {grey} g {left} {bottom} {wide} {high} re f Q"


def prose(left: float, top: float, lines: int, words: int = 6, seed: int = 0) -> list[TextLine]:
    """Lines of running text that fill a column, with words as long as they happen to be."""
    drawn = []
    for number in range(lines):
        at = seed + number * 5
        said = " ".join(_STOCK[(at + k * 3) % len(_STOCK)] for k in range(words))
        drawn.append(line(said, SIZE, left, top - number * PITCH))
    return drawn
