"""What text recognition read on a picture of a page: its text, and where each word stands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from carrel.events import Plain
from carrel.reading.boxes import Box, merge_lines
from carrel.reading.messages import Block, Section

LEAST_CONFIDENCE = 50.0
"""Mean confidence of a page's letters, in percent, below which they are taken for noise. Of 21
drawn pages, print had 87 to 95 and diagrams, of which few words were right, 47 to 77."""

MOST_WORDS = 20_000  # of one page
_WORD_LEVEL = "5"  # of tesseract's table: page, block, paragraph, line, word
_JOINED = re.compile(r"[^\W\d_]-$")


class RecognizedPage(Plain, frozen=True):
    """A page that was recognized: `width` and `height` of the picture in pixels, its text, the
    [start, end) of its paragraphs, and of each word [start, end, left, top, width, height].

    `confidence` is the mean over the letters in percent; `problem` says why there is no text.
    """

    width: int
    height: int
    text: str = ""
    paragraphs: list[tuple[int, int]] = []
    words: list[tuple[int, int, int, int, int, int]] = []
    confidence: float = 0.0
    problem: str = ""

    def section(self, page: int) -> Section:
        """The page as a reader sends it."""
        blocks = [
            Block(kind="paragraph", start=start, end=end, headings=[])
            for start, end in self.paragraphs
        ]
        return Section(text=self.text, page=page, blocks=blocks)

    def boxes(self, start: int, end: int, width: int) -> list[tuple[float, float, float, float]]:
        """Where [start, end) of the text stands on the page drawn `width` pixels wide: one
        [left, top, width, height] per line."""
        scale = width / self.width
        found = [
            Box(left * scale, top * scale, (left + wide) * scale, (top + high) * scale)
            for first, last, left, top, wide, high in self.words
            if first < end and last > start
        ]
        return [
            (one.left, one.top, one.right - one.left, one.bottom - one.top)
            for one in merge_lines(found)
        ]


class _Word(NamedTuple):
    text: str
    line: tuple[str, ...]  # block, paragraph, line
    box: tuple[int, int, int, int]
    confidence: float


def page_from_table(table: str, width: int, height: int) -> RecognizedPage:
    """Make a page of tesseract's TSV. Rows that are not as they should be are passed over."""
    words = list(_words(table))[:MOST_WORDS]
    letters = sum(len(word.text) for word in words)
    if not letters:
        return RecognizedPage(width=width, height=height, problem="No words were recognized.")
    confidence = round(sum(len(word.text) * word.confidence for word in words) / letters, 1)
    if confidence < LEAST_CONFIDENCE:
        why = f"What was recognized is hardly text (confidence {confidence:.0f} %)."
        return RecognizedPage(width=width, height=height, confidence=confidence, problem=why)
    return _page(words, width, height, confidence)


def _page(words: Sequence[_Word], width: int, height: int, confidence: float) -> RecognizedPage:
    text = ""
    paragraphs: list[tuple[int, int]] = []
    placed: list[tuple[int, int, int, int, int, int]] = []
    before: _Word | None = None
    for word in words:
        same_paragraph = before is not None and before.line[:2] == word.line[:2]
        if before is None or not same_paragraph:
            text += "\n\n" if text else ""
            paragraphs.append((len(text), len(text)))
        elif before.line == word.line:
            text += " "
        elif _JOINED.match(text[-2:]) and word.text[0].islower():
            text = text[:-1] + "\xad"  # a word that was broken at the line's end, as in a PDF
        else:
            text += "\n"
        start = len(text)
        text += word.text
        placed.append((start, len(text), *word.box))
        paragraphs[-1] = (paragraphs[-1][0], len(text))
        before = word
    return RecognizedPage(
        width=width, height=height, text=text, paragraphs=paragraphs, words=placed,
        confidence=confidence,
    )  # fmt: skip


def _words(table: str) -> Iterator[_Word]:
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = " ".join((row.get("text") or "").split())
        if row.get("level") != _WORD_LEVEL or not text:
            continue
        try:
            left, top, width, height = (int(row[n]) for n in ("left", "top", "width", "height"))
            confidence = min(max(float(row["conf"]), 0.0), 100.0)
        except (TypeError, ValueError):
            continue
        place = tuple(row[name] for name in ("block_num", "par_num", "line_num"))
        yield _Word(text, place, (left, top, width, height), confidence)
