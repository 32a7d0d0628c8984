"""Tells tables from what only looks like one: columns of prose, lists, contents, formulas, code.

A wrong table is worse than none: text that is left alone is still read and found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from carrel.reading.pdf_columns import is_number
from carrel.reading.pdf_rows import Printed
from carrel.reading.pdf_words import Word

Texts = Sequence[Sequence[str]]

_FILLED = 0.3  # share of a table's places that say something
_TURNED = 3  # characters of a word that tell whether it is turned
_SPACE_FILLED = 0.5  # the same without drawn lines, rows of one cell apart
_LONG_CELL = 60  # words of the middle cell: longer ones are the boxes of a page's layout
_PROSE_LINES = 4  # lines of a column that can be told to be prose
_PROSE = 0.6  # of them are as wide as the column
_PROSE_WORDS = 3  # and have so many words
_ROWS = 3  # of a table without drawn lines
_WORD_ROWS = 5  # of one without numbers
_LONGEST = 60  # characters of the usual cell of a table without drawn lines
_MARKER = re.compile(r"[(\[]?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)\]]$|[^\w\s]$|[Oo§]$")
_LEADERS = re.compile(r"(?:[.·…] ?){4,}|…")
_EQUATION = re.compile(r"\([A-Z]?\d{1,3}(?:[.-]\d{1,3})*[a-z]?\)$")
_SENSE = re.compile(r"[^\W\d_]{2}")
_CODE = re.compile(r"[{};]\s*$|^\s*(?:#|//|/\*)|\w\(.*\)|[=!<>]=|->|::|</?[a-z]+")


def is_table(texts: Texts) -> bool:
    """Whether rows of cells are two by two at least, mostly filled, and no boxes of prose."""
    if len(texts) < 2 or max(map(len, texts)) < 2:
        return False
    cells = [cell for row in texts for cell in row]
    filled = sorted(len(cell.split()) for cell in cells if cell)
    wide = sum(len({cell for cell in row if cell}) > 1 for row in texts)
    return (
        wide > 1 and len(filled) >= _FILLED * len(cells) and filled[len(filled) // 2] < _LONG_CELL
    )


def is_upright(words: Sequence[Word], text: Callable[[Word], str]) -> bool:
    """Whether most words lie as they are read; those of diagrams are often turned."""
    long = [word for word in words if len(text(word)) >= _TURNED]
    turned = sum(word.height > word.right - word.left for word in long)
    return 3 * turned <= len(long)


def is_prose(lines: Sequence[Printed]) -> bool:
    """Whether two columns or more, and the larger part of all, are running text: most of their
    lines are as wide as the column."""
    columns: dict[int, list[tuple[float, int]]] = {}
    for line in lines:
        for column, words in line.cells.items():
            wide = max(w.right for w in words) - min(w.left for w in words)
            columns.setdefault(column, []).append((wide, len(words)))
    running = 0
    for found in columns.values():
        widest = max(wide for wide, _ in found)
        full = sum(wide >= 0.85 * widest and count >= _PROSE_WORDS for wide, count in found)
        running += len(found) >= _PROSE_LINES and full >= _PROSE * len(found)
    return running > 1 and 2 * running > len(columns)


def is_told_by_space(texts: Texts) -> bool:
    """Whether rows without drawn lines are a table: several, of short cells, with numbers, and
    neither a list, nor contents, nor formulas, nor code."""
    rows = [row for row in texts if sum(map(bool, row)) > 1]
    if len(rows) < _ROWS or 2 * len(rows) < len(texts):
        return False
    cells = [cell for row in rows for cell in row if cell]
    if len(cells) < _SPACE_FILLED * sum(map(len, rows)):
        return False
    if sorted(map(len, cells))[len(cells) // 2] > _LONGEST:
        return False
    sense = sum(bool(_SENSE.search(cell)) or is_number(cell) for cell in cells)
    scattered = sum(len(cell.split()) > 1 and all(map(is_number, cell.split())) for cell in cells)
    if scattered > 0.2 * len(cells):
        return False  # the numbers of a chart
    if sense < 0.7 * len(cells) or _is_list(rows) or _is_contents(rows) or _is_code(rows):
        return False
    if any("@" in cell for cell in cells):
        return False  # authors beside each other
    numbers = [
        column for column in range(1, max(map(len, rows)))
        if _most(is_number(row[column]) for row in rows[1:] if column < len(row) and row[column])
    ]  # fmt: skip
    return bool(numbers) or (len(rows) >= _WORD_ROWS and _regular(rows))


def _regular(rows: Texts) -> bool:
    """Whether nearly every row of words fills nearly every column with few of them."""
    cells = [cell for row in rows for cell in row]
    short = sum(0 < len(cell.split()) <= 6 for cell in cells)
    return short >= 0.85 * len(cells)


def _is_list(rows: Texts) -> bool:
    """Whether one column is the marks of a list, or the numbers of equations."""
    for column in range(max(map(len, rows))):
        cells = [row[column] for row in rows if column < len(row) and row[column]]
        marks = sum(bool(_MARKER.match(cell) and not cell.isalnum()) for cell in cells)
        equations = sum(bool(_EQUATION.match(cell)) for cell in cells)
        others = max(map(len, rows)) - 1
        if column == 0 and others == 1 and marks >= 0.5 * len(cells):
            return True
        if column == others and equations >= 0.6 * len(cells) and others == 1:
            return True
    return False


def _is_contents(rows: Texts) -> bool:
    """Whether rows end in dots and a page, or in pages that only grow."""
    if sum(any(_LEADERS.search(cell) for cell in row) for row in rows) >= 0.3 * len(rows):
        return True
    pages = [row[-1] for row in rows if row[-1]]
    numbers = [int(page) for page in pages if page.isdecimal() and len(page) < 5]
    growing = all(a <= b for a, b in pairwise(numbers))
    words = _most(bool(_SENSE.search(row[-2])) for row in rows if len(row) > 1)
    return words and growing and len(numbers) >= 0.8 * len(rows) and len(rows[0]) <= 3


def _is_code(rows: Texts) -> bool:
    return sum(bool(_CODE.search(" ".join(row))) for row in rows) >= 0.5 * len(rows)


def _most(facts: Iterable[bool]) -> bool:
    found = list(facts)
    return bool(found) and sum(found) > 0.6 * len(found)
