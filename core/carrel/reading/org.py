"""Reads Org files: headlines by their stars, source blocks, tables."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.outlined import Mark, lines_of, read_outlined

_HEADLINE = re.compile(r"(\*+)\s+(.*?)\s*$")
_STATE = re.compile(r"^(?:TODO|DONE|NEXT|WAITING|CANCELLED)\s+|^\[#[A-Z]\]\s+")
_TAGS = re.compile(r"\s+:[\w@#%:]+:$")
_BEGIN = re.compile(r"\s*#\+begin_(\w+)", re.I)
_TITLE = re.compile(r"^#\+title:[ \t]*(.+?)[ \t]*$", re.I | re.M)


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with its headlines, source blocks and tables."""
    yield from read_outlined(request, fd, cancel, marks, _title)


def marks(text: str) -> Iterator[Mark]:
    """What is not prose."""
    lines = lines_of(text)
    at = 0
    while at < len(lines):
        line = lines[at]
        last = at
        if found := _HEADLINE.match(line.text):
            yield Mark("heading", line.start, line.end, len(found[1]), headline(found[2]))
        elif opened := _BEGIN.match(line.text):
            end = f"#+end_{opened[1]}".casefold()
            while last + 1 < len(lines) and lines[last].text.strip().casefold() != end:
                last += 1
            yield Mark("code", line.start, lines[last].end)
        elif line.text.lstrip().startswith("|"):
            while last + 1 < len(lines) and lines[last + 1].text.lstrip().startswith("|"):
                last += 1
            yield Mark("table", line.start, lines[last].end)
        at = last + 1


def headline(words: str) -> str:
    """A headline's words without its state, priority and tags."""
    for pattern in (_STATE, _STATE, _TAGS):
        words = pattern.sub("", words)
    return words


def _title(text: str) -> str:
    found = _TITLE.search(text)
    return found[1] if found else ""
