"""Reads AsciiDoc: titles by their equal signs, listings, tables; comments are left out."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.outlined import Line, Mark, lines_of, read_outlined

_TITLE = re.compile(r"(={1,6})\s+(\S.*?)\s*=*\s*$")
_FENCES = {"----": "code", "....": "code", "|===": "table", ",===": "table", "////": "skip"}


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with its titles, listings and tables."""
    yield from read_outlined(request, fd, cancel, marks)


def marks(text: str) -> Iterator[Mark]:
    """What is not prose."""
    lines = lines_of(text)
    at = 0
    while at < len(lines):
        line = lines[at]
        last = at
        if found := _TITLE.match(line.text):
            yield Mark("heading", line.start, line.end, len(found[1]), found[2])
        elif kind := _fence(line.text):
            last = _closed(lines, at)
            yield Mark(kind, line.start, lines[last].end)
        elif line.text.startswith("//"):
            yield Mark("skip", line.start, line.end)
        at = last + 1


def _fence(text: str) -> str:
    """What a delimiter line opens: at least four of its sign, "" when it is none."""
    text = text.rstrip()
    if text in ("|===", ",==="):
        return "table"
    if len(text) >= 4 and len(set(text)) == 1:
        return _FENCES.get(text[:4], "")
    return ""


def _closed(lines: list[Line], at: int) -> int:
    """The line that closes what a delimiter opened; the last one when nothing does."""
    mark = lines[at].text.rstrip()
    for last in range(at + 1, len(lines)):
        if lines[last].text.rstrip() == mark:
            return last
    return len(lines) - 1
