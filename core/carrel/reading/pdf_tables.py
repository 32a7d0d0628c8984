"""Finds and reads the tables of a PDF page: drawn ones by their lines, others by their columns.

First it is asked, at little cost, where a table may stand; only there words are looked at. The
work on one page is bounded, and a table that goes over a bound stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from carrel.reading.pdf_aligned import Run, aligned
from carrel.reading.pdf_columns import GAP, column_at, fits, gutters, height_of, without_signs
from carrel.reading.pdf_grid import SAME, Grid, bounds_of, edges, inner
from carrel.reading.pdf_grid_rows import bands_of, rows_of
from carrel.reading.pdf_regions import Region, between, ruled
from carrel.reading.pdf_rows import Cells, grouped, placed, words_of
from carrel.reading.pdf_rules import Rules, drawn
from carrel.reading.pdf_table_checks import is_prose, is_table, is_told_by_space, is_upright
from carrel.reading.pdf_turn import turned_rules
from carrel.reading.pdf_words import Word, Words, baselines, told

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

    from carrel.reading.pdf_layout import Line
    from carrel.reading.pdf_objects import Drawn

MAX_WORDS = 5_000  # of one page that are looked at
MAX_LOOKS = 20_000  # at words, when parts of a page lie in each other
MAX_CELLS = 4_000  # of one table
MAX_REGIONS = 50  # of one page
_APART = 2.5  # heights of text from a line to the next, with one printed line or none between

_LETTER = re.compile(r"[^\W\d_]")
_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


class Table(NamedTuple):
    """A table: its rows of cells of words in reading order (empty ones too), and its words. Words
    of a cell over several places stand in each."""

    rows: Cells
    words: list[Word]


def find(
    objects: Sequence[Drawn],
    chars: PdfTextPage,
    text: str,
    char_map: list[int],
    lines: Sequence[Line],
    turns: int = 0,
) -> list[Table]:
    """Return the tables of a page, which draws `objects`. `lines` are those of its text, turned by
    so many quarters."""
    words = Words(chars, text, char_map, MAX_WORDS, turns)
    finder = _Finder(text, words, lines)
    finder.look_at_rules(turned_rules(drawn(objects), turns))
    finder.look_at_lines()
    return finder.found


class _Finder:
    def __init__(self, text: str, words: Words, lines: Sequence[Line]) -> None:
        self.found: list[Table] = []
        self._text, self._words, self._lines = text, words, lines
        self._budget = MAX_LOOKS
        self._taken: set[int] = set()  # where the words of tables start

    def look_at_rules(self, rules: Rules) -> None:
        for region in ruled(rules)[:MAX_REGIONS]:
            across = edges([rule.at for rule in region.rules.across])
            # A line above and one below alone are a frame, or the head and the foot of a page.
            if len(across) > 2 or inner(region.area, bounds_of(*region)):
                for part in self._parts(region):
                    self._keep(self._from_grid(part))

    def look_at_lines(self) -> None:
        free = [line for line in self._lines if not self._is_taken(line)]
        for run in aligned(self._text, free, self._words.box):
            self._keep(self._from_columns(run))

    def _is_taken(self, line: Line) -> bool:
        """Whether a line has words of a table."""
        return any(word.start in self._taken for word in self._words.known(line))

    def _keep(self, table: Table | None) -> None:
        if table is None or any(word.start in self._taken for word in table.words):
            return
        self._taken.update(word.start for word in table.words)
        self.found.append(table)

    def _inside(self, region: Region) -> list[Word]:
        area = region.area
        near = [
            line
            for line in self._lines
            if area.bottom - line.height <= line.bottom <= area.top + line.height
        ]
        if self._budget <= 0:
            return []
        words = self._words.of(near)
        self._budget -= len(words)
        return [word for word in words if area.holds(word) and word.start not in self._taken]

    def _parts(self, region: Region) -> Iterator[Region]:
        """Part a region across where text without columns, or nothing, stands between two of its
        lines, and more of it than in a row."""
        words = self._inside(region)
        high = height_of(words)
        area = region.area
        heights = edges([area.top, area.bottom, *(r.at for r in region.rules.across)])[::-1]
        between_lines: list[list[Word]] = [[] for _ in heights]
        below_top = [-height for height in heights]
        for word in words:
            between_lines[column_at(below_top, -word.middle[1])].append(word)
        top = heights[0]
        for (above, below), inside in zip(pairwise(heights), between_lines, strict=False):
            lines = baselines(inside)
            crossed = any(
                r.first < above - SAME and r.last > below + SAME for r in region.rules.down
            )
            several = len(lines) > 1 or above - below > _APART * high
            if several and not crossed and not gutters(lines, GAP * high):
                if top > above:
                    yield between(region, top, above)
                top = below
        if top > heights[-1]:
            yield between(region, top, heights[-1])

    def _from_grid(self, region: Region) -> Table | None:
        words = self._inside(region)
        if not words or len(region.rules.across) < 2:
            return None
        if not is_upright(words, self._words.text):
            return None
        gap = GAP * height_of(words)
        grid = Grid(region.area, region.rules, words, gap, self._say, MAX_CELLS)
        if not grid.sound:
            return None
        bands = bands_of(grid, words)
        if grid.open and is_prose([line for band in bands for line in band]):
            return None
        return self._table(rows_of(grid, words, bands, self._say), words, grid.open)

    def _from_columns(self, run: Run) -> Table | None:
        words = self._words.of(run.lines)
        gap = GAP * height_of(words)
        lines = baselines(words)
        for bands in (run.before[::-1], run.after):
            for band in bands:
                more = sorted(self._words.of(band), key=lambda word: word.left)
                if not fits(more, lines, gap):
                    break
                words += more
                lines = baselines(words)
        bounds = [-inf, *without_signs(lines, gutters(lines, gap), self._say), inf]
        if len(bounds) < 3 or len(lines) * len(bounds) > MAX_CELLS:
            return None
        found = placed(lines, bounds, gap, self._say)
        if is_prose(found):
            return None
        rows = [
            [words_of(group, column) for column in range(len(bounds) - 1)]
            for group in grouped(found, self._say)
        ]
        return self._table(rows, words, by_space=True)

    def _table(self, rows: Cells, words: list[Word], by_space: bool) -> Table | None:
        rows = [row for row in rows if any(row)]
        used = _columns(rows)
        if _from_right(self._say(words)):
            used.reverse()
        rows = [[told(row[c]) for c in used] for row in rows]
        texts = [[self._say(cell) for cell in row] for row in rows]
        if not is_table(texts) or (by_space and not is_told_by_space(texts)):
            return None
        return Table(rows, words)

    def _say(self, words: Sequence[Word]) -> str:
        return " ".join(self._words.text(word) for word in words)


def _columns(rows: Cells) -> list[int]:
    """The columns that say something beside their neighbours: lines drawn double, and shaded parts
    inside cells, make others."""
    kept: list[int] = []
    count = max(map(len, rows), default=0)
    for column in range(count):
        beside = [*kept[-1:], *range(column + 1, min(column + 2, count))]
        if any(row[column] for row in rows) and not any(
            all(not row[column] or row[column] == row[other] for row in rows) for other in beside
        ):
            kept.append(column)
    return kept


def _from_right(text: str) -> bool:
    """Whether a text is in a script that goes from right to left: so do its columns."""
    return 2 * len(_RIGHT.findall(text)) > len(_LETTER.findall(text))
