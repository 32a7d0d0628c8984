"""Finds the words of a PDF page's lines: where each stands, and which share a baseline."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.reading.pdf_turn import turned

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

    from carrel.reading.pdf_layout import Line

# A soft hyphen stands where a word was broken at a line's end: what follows is on the next line.
_WORD = re.compile("[^\\s\xad]+\xad?")
_SAME_LINE = 0.5  # of the lesser height: words that overlap by more share a baseline


class Word(NamedTuple):
    """A word: its range in the page's text, and its box in points from the lower left."""

    start: int
    end: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre of its box."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    @property
    def height(self) -> float:
        return self.top - self.bottom


class Area(NamedTuple):
    """A part of a page, in points from the lower left."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def size(self) -> float:
        return (self.right - self.left) * (self.top - self.bottom)

    def holds(self, word: Word) -> bool:
        """Whether a word's centre lies inside."""
        x, y = word.middle
        return self.left <= x <= self.right and self.bottom <= y <= self.top


class Words:
    """The words of a page. Each line is looked at once, and only when it is asked for."""

    def __init__(
        self, chars: PdfTextPage, text: str, char_map: list[int], most: int, turns: int = 0
    ) -> None:
        """No more than `most` words of the page are looked at. Boxes are turned by `turns`
        quarters (see pdf_turn)."""
        self._turns = turns
        self._chars, self._text, self._map, self._left = chars, text, char_map, most
        self._known: dict[int, list[Word]] = {}

    def of(self, lines: Iterable[Line]) -> list[Word]:
        """Return the words of lines, in the order of the text."""
        return [word for line in lines for word in self._line(line)]

    def known(self, line: Line) -> list[Word]:
        """Return the words of a line if it was looked at before."""
        return self._known.get(line.start, [])

    def text(self, word: Word) -> str:
        return self._text[word.start : word.end]

    def _line(self, line: Line) -> list[Word]:
        found = self._known.get(line.start)
        if found is None:
            found = self._known[line.start] = []
            for match in _WORD.finditer(self._text, line.start, line.end):
                self._left -= 1
                if self._left >= 0 and (word := self.box(*match.span())) is not None:
                    found.append(word)
        return found

    def box(self, start: int, end: int) -> Word | None:
        """The box from the first to the last character of a range on one line, None without one."""
        first = self._box(start)
        last = self._box(end - 1) if end - start > 1 else first
        if last is not None and first is not None and last[2] <= last[0]:
            last = first  # a hyphen that pdfium put in has no width
        if first is None or last is None:
            return None
        return Word(
            start, end, min(first[0], last[0]), min(first[1], last[1]),
            max(first[2], last[2]), max(first[3], last[3]),
        )  # fmt: skip

    def _box(self, at: int) -> tuple[float, float, float, float] | None:
        from pypdfium2 import raw

        box = raw.FS_RECTF()
        index = self._map[at] if self._map else at
        if not raw.FPDFText_GetLooseCharBox(self._chars.raw, index, ctypes.byref(box)):
            return None
        return turned((box.left, box.bottom, box.right, box.top), self._turns)


def baselines(words: Sequence[Word]) -> list[list[Word]]:
    """Group words that stand beside each other, from top to bottom; each group left to right."""
    lines: list[list[Word]] = []
    ends: list[tuple[float, float]] = []  # bottom and top of each line's first word
    for word in sorted(words, key=lambda word: (-word.middle[1], word.left)):
        if lines:
            bottom, top = ends[-1]
            shared = min(top, word.top) - max(bottom, word.bottom)
            if shared > _SAME_LINE * min(top - bottom, word.height):
                lines[-1].append(word)
                continue
        lines.append([word])
        ends.append((word.bottom, word.top))
    for line in lines:
        line.sort(key=lambda word: word.left)
    return lines


def told(words: Sequence[Word]) -> list[Word]:
    """Return the words of a cell as they are read: line by line, each in the order of the text."""
    return [word for line in baselines(words) for word in sorted(line, key=lambda word: word.start)]
