"""Puts the tables of a PDF page into its text, row by row, and its map with them.

The words of a table leave the places where pdfium gave them; the table stands where the first was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carrel.reading.layout import trimmed
from carrel.reading.pdf_columns import height_of
from carrel.reading.pdf_layout import Line
from carrel.reading.pdf_tables import Table
from carrel.reading.pdf_words import Word

NOWHERE = -1
"""What a character map holds for a character that is not drawn: a bar between cells, say."""


def retold(
    text: str, char_map: list[int], lines: Sequence[Line], tables: Sequence[Table]
) -> tuple[str, list[int], list[Line]]:
    """Return a page's text, map and lines with its tables in place, each as one line of `kind`
    table: a row on each line of its text, with " | " between cells."""
    if not tables:
        return text, char_map, list(lines)
    page = _Page(text, char_map)
    taken = {word.start: (word.end, at) for at, table in enumerate(tables) for word in table.words}
    told: set[int] = set()
    for line in lines:
        rest: list[tuple[int, int]] = []
        for start, end, table in _stretches(text, line, taken):
            if table is None:
                rest.append((start, end))
            elif table not in told:
                page.add_line(line, rest)
                rest = []
                told.add(table)
                page.add_table(tables[table])
        page.add_line(line, rest)
    return "".join(page.parts), page.map, page.lines


def _stretches(
    text: str, line: Line, taken: dict[int, tuple[int, int]]
) -> Iterator[tuple[int, int, int | None]]:
    """Yield the parts of a line: ranges that stay, and words with the table that has them."""
    at = line.start
    for start in sorted(start for start in taken if line.start <= start < line.end):
        first, last = trimmed(text, at, start)
        if first < last:
            yield first, last, None
        end, table = taken[start]
        yield start, end, table
        at = end
    first, last = trimmed(text, at, line.end)
    if first < last:
        yield first, last, None


class _Page:
    """A page's text in the making."""

    def __init__(self, text: str, char_map: list[int]) -> None:
        self._text, self._map = text, char_map
        self.parts: list[str] = []
        self.map: list[int] = []
        self.lines: list[Line] = []

    def add_line(self, line: Line, ranges: Sequence[tuple[int, int]]) -> None:
        if not ranges:
            return
        start = self._begin()
        for at, (first, last) in enumerate(ranges):
            if at:
                self._put(" ")
            self._keep(first, last)
        self.lines.append(line._replace(start=start, end=len(self.map)))

    def add_table(self, table: Table) -> None:
        start = self._begin()
        for number, row in enumerate(table.rows):
            if number:
                self._put("\n")
            used = max((at for at, cell in enumerate(row) if cell), default=-1) + 1
            for column, cell in enumerate(row[:used]):
                if column:
                    self._put(" | ")
                self._cell(cell)
        start = min(trimmed("".join(self.parts), start, len(self.map)))
        words = table.words
        left, bottom = min(w.left for w in words), min(w.bottom for w in words)
        high = height_of(words)
        self.lines.append(Line(start, len(self.map), left, bottom, high, False, "table"))

    def _cell(self, words: Sequence[Word]) -> None:
        for at, word in enumerate(words):
            if at and self._text[words[at - 1].end - 1] != "\xad":
                self._put(" ")
            self._keep(word.start, word.end)

    def _begin(self) -> int:
        if self.parts:
            self._put("\n")
        return len(self.map)

    def _put(self, text: str) -> None:
        self.parts.append(text)
        self.map += [NOWHERE] * len(text)

    def _keep(self, first: int, last: int) -> None:
        self.parts.append(self._text[first:last])
        self.map += self._map[first:last] or range(first, last)
