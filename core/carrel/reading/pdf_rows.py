"""Decides which printed lines of a table are one row: cells can go on over several lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from carrel.reading.pdf_columns import covered, is_number, parted
from carrel.reading.pdf_words import Word

_FULL = 0.6  # share of the columns that a row of its own fills, at least
_NUMBERS = 0.6  # share of the cells beside the first that are numbers where every line is a row
_HEADINGS = 3  # printed lines before the first number that can be a table's heading
_MANY = 4  # lines between two rules: so many under one label are rows rather than one cell
_LOOSE = 1.3  # times the smallest step from line to line: a row of its own begins
_OFTEN = 0.3  # share of the steps that are so wide where rows are set apart


class Printed(NamedTuple):
    """A printed line of a table: its baseline, and its words by column."""

    bottom: float
    height: float
    cells: dict[int, list[Word]]


Cells = list[list[list[Word]]]  # rows of cells of words
Say = Callable[[Sequence[Word]], str]


def words_of(group: Sequence[Printed], column: int) -> list[Word]:
    """The words of a row's cell."""
    return [word for line in group for word in line.cells.get(column, ())]


def printed(line: Sequence[Word], column: Callable[[Word], int]) -> Printed:
    """Sort the words of one baseline into columns."""
    cells: dict[int, list[Word]] = {}
    for word in line:
        cells.setdefault(column(word), []).append(word)
    lowest = min(line, key=lambda word: word.bottom)
    return Printed(lowest.bottom, max(word.height for word in line), cells)


def placed(
    lines: Sequence[Sequence[Word]], bounds: Sequence[float], gap: float, say: Say
) -> list[Printed]:
    """Sort baselines into columns by their edges.

    Before the first number, words over several columns are a heading and stand in each; later they
    belong to the first of them.
    """
    heading, found = True, []
    for line in lines:
        cells: dict[int, list[Word]] = {}
        parts = parted(line, bounds, gap)
        for part in parts:
            over = covered(part, bounds)
            heading = heading and not (over[0] > 0 and is_number(say(part)))
            for column in over if heading and len(parts) > 1 else over[:1]:
                cells.setdefault(column, []).extend(part)
        lowest, highest = min(word.bottom for word in line), max(word.height for word in line)
        found.append(Printed(lowest, highest, cells))
    return found


def every_line_is_a_row(lines: Sequence[Printed], say: Say) -> bool:
    """Whether the lines between two rules are rows after all: each fills most columns, mostly with
    numbers, and none stands beside the middle of two others."""
    columns = {column for line in lines for column in line.cells}
    rest = sorted(columns)[1:]
    if len(lines) < 2 or not rest:
        return False
    if len(lines) < _MANY and any(min(columns) not in line.cells for line in lines):
        return False
    cells = [line.cells[c] for line in lines for c in rest if c in line.cells]
    full = sum(len([c for c in rest if c in line.cells]) >= _FULL * len(rest) for line in lines)
    numbers = sum(is_number(say(cell)) for cell in cells)
    return full >= 0.75 * len(lines) and numbers >= _NUMBERS * len(cells)


def grouped(lines: Sequence[Printed], say: Say, only_heading: bool = False) -> list[list[Printed]]:
    """Group printed lines, from top to bottom, into rows."""
    steps = [a.bottom - b.bottom for a, b in pairwise(lines)]
    tight = min((s for s in steps if s > 0), default=0.0)
    loose = sum(step > _LOOSE * tight for step in steps)
    judge = _Judge(say, _edges(lines), loose >= max(1, _OFTEN * len(steps)))
    rows = judge.heading(lines, only_heading)
    for line in lines[sum(map(len, rows)) :]:
        near = rows and rows[-1][-1].bottom - line.bottom <= _LOOSE * tight
        if near and judge.goes_on(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _edges(lines: Sequence[Printed]) -> dict[int, float]:
    """How far to the right the text of each column goes."""
    edges: dict[int, float] = {}
    for line in lines:
        for column, words in line.cells.items():
            right = max(word.right for word in words)
            edges[column] = max(edges.get(column, right), right)
    return edges


class _Judge(NamedTuple):
    """What is known of a table's lines. `apart`: rows stand further apart than lines of a cell."""

    say: Say
    edges: dict[int, float]
    apart: bool

    def heading(self, lines: Sequence[Printed], whole: bool) -> list[list[Printed]]:
        """Group the lines of a heading: the `whole`, else those before the first row with a number,
        a few. A line goes on when it has no more columns than the one above."""
        numbers = [
            any(column and is_number(self.say(cell)) for column, cell in line.cells.items())
            for line in lines[: _HEADINGS + 1]
        ]
        rows: list[list[Printed]] = []
        last = len(lines) if whole else numbers.index(True) if True in numbers else 0
        for line in lines[:last]:
            if rows and line.cells.keys() <= rows[-1][0].cells.keys() and max(line.cells):
                rows[-1].append(line)
            else:
                rows.append([line])
        return rows

    def goes_on(self, row: Sequence[Printed], line: Printed) -> bool:
        """Whether a line is more of the row above."""
        last = row[-1]
        above = {column for one in row for column in one.cells}
        here = set(line.cells)
        begins = self.say(line.cells[0])[:1] if 0 in here else ""
        if above == {0} and begins and len(here) > 1:
            # The name of a row goes on in its second line, where the numbers stand.
            return begins.islower() and self._did_not_fit(last, line, 0)
        if not here <= above or self._numbers_clash(last, line):
            return False
        wrapped = [self._did_not_fit(last, line, column) for column in here]
        if here == {0}:
            return begins.islower() or (self.apart and all(wrapped))
        if self.apart:
            return here < above or any(wrapped)
        return all(wrapped) and any(self._begins_small(line, column) for column in here)

    def _begins_small(self, line: Printed, column: int) -> bool:
        return self.say(line.cells[column])[:1].islower()

    def _numbers_clash(self, last: Printed, line: Printed) -> bool:
        """Whether a number stands under a number, or beside a first cell that is empty."""
        numbers = [column for column, cell in line.cells.items() if is_number(self.say(cell))]
        clash = any(c in last.cells and is_number(self.say(last.cells[c])) for c in numbers)
        return clash or (bool(numbers) and 0 not in line.cells)

    def _did_not_fit(self, last: Printed, line: Printed, column: int) -> bool:
        """Whether the first word of a cell's line had no room at the end of the line above."""
        above, here = last.cells.get(column, ()), line.cells[column]
        if len(above) < 2:
            return bool(above) and self.say(above).endswith(("-", "\xad"))
        room = self.edges[column] - max(word.right for word in above)
        first = min(here, key=lambda word: word.start)
        return room < first.right - first.left + 0.25 * line.height
