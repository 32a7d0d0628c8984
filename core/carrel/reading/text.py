"""Reads plain text and logs: blocks are its paragraphs."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading import problems, source
from carrel.reading.decoding import clean, decode
from carrel.reading.layout import sections, trimmed
from carrel.reading.messages import Block, BlockKind, Extract, Extracted, Section

MAX_BYTES = 64_000_000
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the file's text, exact but for encoding, newlines and control characters."""
    text = read_text(fd, MAX_BYTES)
    for section in sections(text, paragraphs(text)):
        if cancel.is_set():
            return
        yield section
    yield Extracted(title="", pages=None, engine="text")


def read_text(fd: int, limit: int) -> str:
    """Return the clean text of a file of any encoding.

    Raises UserError: "empty", "binary", "too_large", "unsupported".
    """
    text = clean(decode(source.read_all(fd, limit)))
    if not text.strip():
        raise problems.empty("The file holds no text, only spaces.")
    return text


def paragraphs(text: str, kind: BlockKind = "paragraph", end: int | None = None) -> Iterator[Block]:
    """Yield the stretches of text[:end] between blank lines."""
    end = len(text) if end is None else end
    first = 0
    while first < end:
        gap = _BLANK_LINES.search(text, first, end)
        start, last = trimmed(text, first, gap.start() if gap else end)
        if start < last:
            yield Block(kind=kind, start=start, end=last, headings=[])
        first = gap.end() if gap else end
