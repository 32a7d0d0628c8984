"""Cells that span several columns or rows: what they say holds for every place they cover."""

from __future__ import annotations

LONGEST = 50
"""Columns or rows that one cell is repeated over; a layout that spans a thousand says nothing."""
WIDEST = 1_000
"""Columns up to which cells are repeated; a row of many that each span many is no table."""


class Spans:
    """Fills in the rows of one table, top to bottom."""

    def __init__(self) -> None:
        self._below: dict[
            int, tuple[str, int]
        ] = {}  # column -> words, and rows that still get them

    def row(self, cells: list[tuple[str, int, int]]) -> list[str]:
        """The full row of cells given as (words, columns, rows that they span)."""
        below, self._below = self._below, {}
        filled: list[str] = []
        for words, columns, rows in cells:
            self._covered(filled, below)
            for _ in range(_bounded(columns) if len(filled) < WIDEST else 1):
                if _bounded(rows) > 1 and len(filled) < WIDEST:
                    self._below[len(filled)] = words, _bounded(rows) - 1
                filled.append(words)
        self._covered(filled, below)
        for column in sorted(below):
            if column >= len(filled):  # the row ends before what still covers it
                filled += [""] * (column - len(filled))
                self._covered(filled, below)
        return filled

    def _covered(self, filled: list[str], below: dict[int, tuple[str, int]]) -> None:
        """Add what cells of rows above say here."""
        while (found := below.get(len(filled))) is not None:
            words, rows = found
            if rows > 1:
                self._below[len(filled)] = words, rows - 1
            filled.append(words)


def number(text: str | None) -> int:
    """The number of a span as it is written, 1 where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


def _bounded(count: int) -> int:
    return min(max(count, 1), LONGEST)
