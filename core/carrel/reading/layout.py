"""Builds a document's text from pieces, keeps its heading path, and cuts it into sections.

A section is what crosses the line at once: it stays far under a frame's limit, whatever the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from carrel.reading.decoding import one_line
from carrel.reading.messages import Block, BlockKind, Section

MAX_SECTION = 200_000  # characters
MAX_BLOCKS = 1_000  # blocks of one section
MAX_BATCH = 4_000_000  # characters that are put together at once
_MAX_HEADING = 160


class Piece(NamedTuple):
    """A stretch of text before it has a place: kind, text, and its level when it is a heading."""

    kind: BlockKind
    text: str
    level: int = 0


class HeadingPath:
    """The headings that the reader of a document is under, outermost first."""

    def __init__(self) -> None:
        self._levels: list[int] = []
        self._titles: list[str] = []

    def enter(self, level: int, title: str) -> list[str]:
        """A heading of `level` (1 is outermost) begins; return the new path."""
        while self._levels and self._levels[-1] >= level:
            self._levels.pop()
            self._titles.pop()
        if shown := one_line(title, _MAX_HEADING):
            self._levels.append(level)
            self._titles.append(shown)
        return self.path

    @property
    def path(self) -> list[str]:
        """The heading path as it stands, at most 6 deep."""
        return self._titles[:6]


def stream(pieces: Iterable[Piece]) -> Iterator[Section]:
    """Yield the sections of a document as its pieces come, so that a long one is never silent."""
    path = HeadingPath()
    left = iter(pieces)
    gap = ""
    while batch := list(_some(left)):
        text, blocks = compose(batch, path, gap)
        if blocks:
            yield from sections(text, blocks)
            gap = "\n\n"


def unseen_pieces(texts: Iterable[str]) -> Iterator[Piece]:
    """What could not be seen, as pieces for the end of a document."""
    for text in texts:
        yield Piece("unseen", text)


def _some(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The next MAX_BLOCKS pieces, fewer of giant ones: a sheet can repeat one text without end."""
    size = 0
    for piece in islice(pieces, MAX_BLOCKS):
        yield piece
        size += len(piece.text)
        if size > MAX_BATCH:
            return


def compose(
    pieces: Iterable[Piece], path: HeadingPath | None = None, start: str = ""
) -> tuple[str, list[Block]]:
    """Join pieces with blank lines (list items with newlines); return the text and its blocks.

    The text begins with `start`; `path` is the heading path so far and is carried on.
    """
    path = path or HeadingPath()
    parts: list[str] = []
    blocks: list[Block] = []
    at = 0
    last: BlockKind = "paragraph"
    for piece in pieces:
        text = piece.text.strip("\n").rstrip() if piece.kind == "code" else piece.text.strip()
        if not text.strip():
            continue
        gap = ("\n" if piece.kind == last == "list" else "\n\n") if blocks else start
        parts += (gap, text)
        at += len(gap)
        headings = path.enter(piece.level, text) if piece.kind == "heading" else path.path
        blocks.append(Block(kind=piece.kind, start=at, end=at + len(text), headings=headings))
        at += len(text)
        last = piece.kind
    return "".join(parts), blocks


def sections(text: str, blocks: Iterable[Block], page: int | None = None) -> Iterator[Section]:
    """Cut a text and its blocks (in order, not overlapping) into sections that join without gaps.

    Cuts fall between blocks where they can; a block over MAX_SECTION characters is divided.
    """
    start = 0
    held: list[Block] = []
    for block in _divided(text, blocks):
        if held and (block.end - start > MAX_SECTION or len(held) >= MAX_BLOCKS):
            yield _section(text, start, held[-1].end, held, page)
            start, held = held[-1].end, []
        held.append(block)
    if held:
        yield _section(text, start, len(text), held, page)


def first_heading(blocks: Iterable[Block]) -> str:
    """Return the first heading among blocks, "" when there is none."""
    return next((b.headings[-1] for b in blocks if b.kind == "heading" and b.headings), "")


def cut_point(text: str, start: int, end: int, limit: int) -> int:
    """Return where to cut text[start:end] to at most `limit`: at a blank line, a line, a space."""
    if end - start <= limit:
        return end
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, start + limit // 2, start + limit)
        if found > 0:
            return found + len(mark)
    return start + limit


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without white space at its ends; start == end when there is nothing else."""
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    return start + left, max(start + left, start + len(part.rstrip()))


def _divided(text: str, blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        start = block.start
        while start < block.end:
            end = cut_point(text, start, block.end, MAX_SECTION // 2)
            first, last = trimmed(text, start, end)
            if first < last:
                yield Block(kind=block.kind, start=first, end=last, headings=block.headings)
            start = end


def _section(text: str, start: int, end: int, blocks: list[Block], page: int | None) -> Section:
    moved = [
        Block(kind=b.kind, start=b.start - start, end=b.end - start, headings=b.headings)
        for b in blocks
    ]
    return Section(text=text[start:end], page=page, blocks=moved)
