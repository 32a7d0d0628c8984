"""Tables of any length as pieces: a few rows each, and each with the header row before them.

So a passage that is cut from a long table still says what its columns are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from carrel.reading.layout import Piece

ROWS = 12  # of one piece
MAX_CELLS = 2_000_000  # of one document
_MAX_CELL = 10_000  # characters


def tables(rows: Iterable[Sequence[str]]) -> Iterator[Piece]:
    """Yield the rows as tables; the first row is taken as the header. Cells by " | ".

    Rows without any text are left out, and so is what comes after `MAX_CELLS` cells.
    """
    left, cells = _told(rows), 0
    header = next(left, None)
    if header is None:
        return
    head = line(header)
    part = list(islice(left, ROWS))
    if not part:
        yield Piece("table", head)
    while part and cells < MAX_CELLS:
        yield Piece("table", "\n".join([head, *map(line, part)]))
        cells += sum(len(row) for row in part)
        part = list(islice(left, ROWS))
    if part:
        yield Piece("paragraph", f"The rows after the first {MAX_CELLS:,} cells are not read.")


def line(row: Sequence[str]) -> str:
    """One row as a line; empty cells at its end are left out."""
    cells = [" ".join(cell[:_MAX_CELL].split()) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return " | ".join(cells)


def _told(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    return (row for row in rows if any(cell.strip() for cell in row))
