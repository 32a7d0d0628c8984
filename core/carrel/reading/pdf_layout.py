"""Finds headings and paragraphs on PDF pages from lines: where they stand, how large, how bold.

A PDF has no paragraphs, only placed glyphs. These rules are cheap and careful rather than complete:
a wrong split costs a passage its neighbour, a missed one costs nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from carrel.reading.decoding import one_line
from carrel.reading.layout import HeadingPath
from carrel.reading.messages import Block, BlockKind
from carrel.reading.pdf_outline import Entry

_LARGER = 1.1  # times the body's size: smaller differences are noise
_LEVELS = ((1.7, 1), (1.35, 2), (_LARGER, 3))
_BOLD_LEVEL = 4
_MAX_HEADING = 120  # characters of a heading's line
_MAX_HEADING_LINES = 3
_MAX_SHARE = 0.4  # of a page's lines: more are a poster or a slide, not headings
_MIN_OUTLINE = 3  # fewer bookmarks say nothing about a document's sections
_GAP = 1.45  # line pitches between paragraphs
_NO_END = (".", ",", ";", "-", "\xad")
_OTHER = re.compile(r"[^\w ]|[\d_]")
_ENDS = (".", "!", "?", ":", ".”", "。")
_WORD = re.compile(r"[^\W\d_]{2}")
_NUMBERED = re.compile(r"[(\[](?:\d{1,2}|[ivxIVX]{1,4}|[a-zA-Z])[)\]]\s*\W?")  # (1), [a], (iv) "
_NUMBERED_LARGER = 1.04  # a numbered line needs less to stand out
_LETTERS = re.compile(r"[\W\d_]+")


class Line(NamedTuple):
    """A line of a page: its range in the text, its left and bottom edge and height in points.

    A whole table is one line, as high as one of its rows.
    """

    start: int
    end: int
    left: float
    bottom: float
    height: float
    bold: bool
    kind: BlockKind = "paragraph"


class _Heading(NamedTuple):
    first: int
    last: int
    level: int
    title: str


class Layout:
    """What is known of a document's layout so far. Pages must come in order."""

    def __init__(self, outline: dict[int, list[Entry]]) -> None:
        known = sum(map(len, outline.values())) >= _MIN_OUTLINE
        self._outline = outline if known else None
        self._sizes: Counter[float] = Counter()
        self._path = HeadingPath()

    def learn(self, lines: list[Line]) -> None:
        """Count a page's lines towards the size of the body text."""
        for line in lines:
            self._sizes[_size(line)] += line.end - line.start

    def blocks(self, number: int, text: str, lines: list[Line]) -> list[Block]:
        """Return the headings, paragraphs and tables of a page."""
        if self._outline is not None:
            headings = self._named(self._outline.get(number, []), text, lines)
        else:
            headings = self._seen(text, lines)
        return list(self._walk(text, lines, headings))

    def _walk(self, text: str, lines: list[Line], headings: list[_Heading]) -> Iterator[Block]:
        splits = _paragraph_starts(text, lines)
        at = 0
        for heading in [*headings, _Heading(len(lines), len(lines), 0, "")]:
            yield from self._paragraphs(lines, at, heading.first, splits)
            at = max(at, heading.last)
            if heading.level:
                path = self._path.enter(heading.level, heading.title)
                if heading.first < heading.last:
                    start, end = lines[heading.first].start, lines[heading.last - 1].end
                    yield Block(kind="heading", start=start, end=end, headings=path)

    def _paragraphs(
        self, lines: list[Line], first: int, last: int, splits: set[int]
    ) -> Iterator[Block]:
        if first >= last:
            return
        cuts = [first, *(i for i in range(first + 1, last) if i in splits), last]
        path = self._path.path
        for a, b in pairwise(cuts):
            start, end = lines[a].start, lines[b - 1].end
            yield Block(kind=lines[a].kind, start=start, end=end, headings=path)

    def _named(self, entries: list[Entry], text: str, lines: list[Line]) -> list[_Heading]:
        """Find bookmarks among the lines; one not found counts from where the last one stood."""
        words = [
            "" if line.kind == "table" else _letters(text[line.start : line.end]) for line in lines
        ]
        found: list[_Heading] = []
        at = 0
        for entry in entries:
            first, last = _find(_letters(entry.title), words, at)
            at = max(at, last)
            found.append(_Heading(first, last, entry.level, entry.title))
        return found

    def _seen(self, text: str, lines: list[Line]) -> list[_Heading]:
        """Find headings by their size and weight."""
        if not lines or not self._sizes:
            return []
        body = max(self._sizes, key=lambda size: self._sizes[size])
        pitch = _pitch(lines)
        found: list[_Heading] = []
        for i, line in enumerate(lines):
            level = _level(text[line.start : line.end], line, body)
            if level == _BOLD_LEVEL and i and _drop(lines[i - 1], line) < 1.25 * pitch:
                level = 0
            if not level:
                continue
            if found and _continues(found[-1], lines, i, level):
                found[-1] = found[-1]._replace(last=i + 1)
            else:
                found.append(_Heading(i, i + 1, level, ""))
        rows = sum(text.count("\n", line.start, line.end) for line in lines)  # of tables
        if sum(h.last - h.first for h in found) > max(1, _MAX_SHARE * (len(lines) + rows)):
            return []
        titled = (h._replace(title=_title(text, lines, h)) for h in found)
        return [h for h in titled if h.title not in self._path.path]


def _title(text: str, lines: list[Line], heading: _Heading) -> str:
    return one_line(text[lines[heading.first].start : lines[heading.last - 1].end])


def _level(words: str, line: Line, body: float) -> int:
    """Return the level from 1 that a line's looks give it, 0 for body text."""
    if line.kind == "table":
        return 0
    size = _size(line)
    least = _NUMBERED_LARGER if _NUMBERED.match(words) else _LARGER
    if body <= 0 or (size < least * body and not line.bold) or not reads_like_a_heading(words):
        return 0
    for ratio, level in (*_LEVELS, (least, _LEVELS[-1][1])):
        if size >= ratio * body:
            return level
    return _BOLD_LEVEL if size >= body else 0


def reads_like_a_heading(words: str) -> bool:
    """Whether a line is short, begins like a name, ends unlike a sentence and is mostly words."""
    if len(words) > _MAX_HEADING or words.endswith(_NO_END):
        return False
    first = _NUMBERED.sub("", words, count=1)[:1] or words[0]
    begins = first.isdigit() or (first.isalpha() and not first.islower())
    return begins and len(_OTHER.sub("", words)) >= 0.6 * len(words) and bool(_WORD.search(words))


def _continues(heading: _Heading, lines: list[Line], i: int, level: int) -> bool:
    """Whether line i goes on with the heading that ended just before it."""
    last = lines[heading.last - 1]
    return (
        heading.last == i
        and heading.level == level
        and i - heading.first < _MAX_HEADING_LINES
        and _size(last) == _size(lines[i])
        and 0 < _drop(last, lines[i]) < 1.6 * lines[i].height
    )


def _find(title: str, words: list[str], start: int) -> tuple[int, int]:
    """Return the lines [first, last) that say a title; (start, start) when none does."""
    for first in range(start, len(words)):
        if not words[first]:
            continue
        said = words[first]
        last = first + 1
        while title.startswith(said) and said != title and last < len(words) and last - first < 4:
            said += words[last]
            last += 1
        if said == title:
            return first, last
    return start, start


def _paragraph_starts(text: str, lines: list[Line]) -> set[int]:
    """Return the indices of lines that begin a paragraph."""
    pitch = _pitch(lines)
    return {
        i + 1
        for i, (above, line) in enumerate(pairwise(lines))
        if _parts(above, line, pitch, text[above.start : above.end].endswith(_ENDS))
    }


def _parts(above: Line, line: Line, pitch: float, ended: bool) -> bool:
    drop = _drop(above, line)
    if "table" in (above.kind, line.kind):
        return True
    if (
        drop > _GAP * max(pitch, line.height)
        or abs(_size(above) - _size(line)) > 0.2 * above.height
    ):
        return True
    new_column = drop < -line.height
    indented = drop > 0.5 * line.height and line.left - above.left > 0.6 * line.height
    return ended and (new_column or indented)


def _pitch(lines: list[Line]) -> float:
    """Return the usual distance from one line to the next, in points."""
    drops = (_drop(a, b) for a, b in pairwise(lines))
    usual = [d for d, line in zip(drops, lines, strict=False) if 0 < d < 3 * line.height]
    return median(usual) if usual else 0.0


def _drop(above: Line, line: Line) -> float:
    return above.bottom - line.bottom


def _size(line: Line) -> float:
    return round(line.height * 2) / 2


def _letters(text: str) -> str:
    return _LETTERS.sub("", text).casefold()
