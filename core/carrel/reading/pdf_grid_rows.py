"""Reads the rows of a table that has drawn lines: between two lines stand one row or several."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from carrel.reading.pdf_grid import Grid
from carrel.reading.pdf_rows import (
    Cells,
    Printed,
    Say,
    every_line_is_a_row,
    grouped,
    printed,
    words_of,
)
from carrel.reading.pdf_words import Word, baselines

_HEADING = 3  # printed lines above the second rule that are a heading
_CLOSED_LINES = 3  # printed lines that the middle row between two rules has at most
_RULED_ROWS = 3  # rows between rules, where a table with lines down has a rule for each
_RULED_LINES = 6  # printed lines of one row, in a table where it is most of all
_CLOSED_ROWS = 4  # rows between rules, where a table without lines down has a rule for each


def bands_of(grid: Grid, words: Sequence[Word]) -> list[list[Printed]]:
    """The printed lines of each row of a grid that are not in cells over several rows."""
    inside: list[list[Word]] = [[] for _ in range(grid.rows)]
    for word in words:
        row = grid.place(word)[0]
        if not grid.is_tall(grid.place(word)):
            inside[row].append(word)
    return [
        [printed(line, lambda word: grid.owner(*grid.place(word))[1]) for line in baselines(row)]
        for row in inside
    ]


def rows_of(grid: Grid, words: Sequence[Word], bands: list[list[Printed]], say: Say) -> Cells:
    """The rows of a grid: one for each row of lines, more where several rows stand between two
    lines; a cell that goes over several places stands in each."""
    tall: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        if grid.is_tall(place := grid.place(word)):
            tall.setdefault(grid.owner(*place), []).append(word)
    sizes = [len(band) for band in bands if band]
    first = next((row for row, band in enumerate(bands) if band), 0)
    rows: Cells = []
    for row, band in enumerate(bands):
        if grid.open and row == first and len(sizes) > 1 and len(band) <= _HEADING:
            groups = grouped(band, say, only_heading=True)
        else:
            groups = _rows_between(band, _is_closed(grid, sizes, len(band)), say) or [[]]
        for group in groups:
            cells = []
            for column in range(grid.columns):
                owner = grid.owner(row, column)
                wide = words_of(group, owner[1])
                cells.append(tall.get(owner, []) if grid.is_tall((row, column)) else wide)
            begins = any(tall.get((row, column)) for column in range(grid.columns))
            if group or begins:
                rows.append(cells)
    return rows


def _is_closed(grid: Grid, sizes: list[int], size: int) -> bool:
    """Whether lines part the rows of a table from each other: then what stands between two is one
    row, unless it is most of the table. `sizes` are the printed lines between each two."""
    if grid.open:
        return len(sizes) >= _CLOSED_ROWS and median(sizes) <= _CLOSED_LINES
    return len(sizes) >= _RULED_ROWS and (size <= _RULED_LINES or 2 * size <= sum(sizes))


def _rows_between(band: list[Printed], closed: bool, say: Say) -> list[list[Printed]]:
    if not closed:
        return grouped(band, say)
    if every_line_is_a_row(band, say):
        return [[line] for line in band]
    return [band] if band else []
