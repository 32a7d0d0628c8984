"""Plain-text formats with marks of structure: blocks over the source text, which stays as it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from carrel.reading.decoding import one_line
from carrel.reading.layout import HeadingPath, first_heading, sections
from carrel.reading.messages import Block, BlockKind, Extract, Extracted, Section
from carrel.reading.text import paragraphs, read_text

MAX_BYTES = 32_000_000


class Mark(NamedTuple):
    """A stretch [start, end) of the source that is not prose. A heading has a level from 1 and its
    words; "skip" is a stretch that is nobody's text, such as a comment."""

    kind: BlockKind | str
    start: int
    end: int
    level: int = 0
    title: str = ""


class Line(NamedTuple):
    """A line of the source with its place; `end` is that of its words, without the newline."""

    start: int
    end: int
    text: str


def lines_of(text: str) -> list[Line]:
    """The lines of a text."""
    found, at = [], 0
    for line in text.split("\n"):
        found.append(Line(at, at + len(line), line))
        at += len(line) + 1
    return found


def read_outlined(
    request: Extract,
    fd: int,
    cancel: threading.Event,
    marks: Callable[[str], Iterable[Mark]],
    title_of: Callable[[str], str] = lambda text: "",
) -> Iterator[Section | Extracted]:
    """Yield the source with what `marks` found in it, in order and without overlap; between marks
    stand paragraphs. Raises what `read_text` raises."""
    text = read_text(fd, MAX_BYTES)
    blocks = outline(text, marks(text))
    for section in sections(text, blocks):
        if cancel.is_set():
            return
        yield section
    title = one_line(title_of(text)) or first_heading(blocks) or ""
    yield Extracted(title=title, pages=None, engine=request.format)


def outline(text: str, marks: Iterable[Mark]) -> list[Block]:
    """Blocks of a text: its marks, and the paragraphs between them, under their headings."""
    path = HeadingPath()
    blocks: list[Block] = []
    at = 0
    for mark in marks:
        if mark.start < at or mark.end <= mark.start:
            continue
        blocks += _prose(text, at, mark.start, path.path)
        at = mark.end
        if mark.kind == "heading":
            headings = path.enter(mark.level, mark.title)
            blocks.append(Block("heading", mark.start, mark.end, headings))
        elif mark.kind != "skip":
            blocks.append(Block(mark.kind, mark.start, mark.end, path.path))  # type: ignore[arg-type]
    return [*blocks, *_prose(text, at, len(text), path.path)]


def _prose(text: str, start: int, end: int, headings: list[str]) -> Iterator[Block]:
    for block in paragraphs(text[start:end]):
        yield Block("paragraph", start + block.start, start + block.end, headings)
