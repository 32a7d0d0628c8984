"""Reads subtitles (SRT, WebVTT): what is said, in paragraphs that begin with their time."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading import problems
from carrel.reading.layout import Piece, stream
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.text import read_text

MAX_BYTES = 32_000_000
_TIME = re.compile(
    r"^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,]\d{1,3}\s*-->\s*(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}",
    re.M,
)
_TAG = re.compile(r"<[^<>\n]{0,100}>|\{\\[^{}\n]{0,100}\}")
_NUMBER = re.compile(r"\n\s*\d+\s*\Z")
_PARAGRAPH = 400  # characters after which a sentence's end ends a paragraph
_ENDS = (".", "!", "?", "…", "。", "”", '"')


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield what is said. Raises UserError: "empty", "broken" where no time is found, and what
    `read_text` raises."""
    text = read_text(fd, MAX_BYTES)
    if not _TIME.search(text):
        raise problems.broken("The file is named like subtitles but holds no times.")
    some = False
    for section in stream(_pieces(text)):
        if cancel.is_set():
            return
        some = True
        yield section
    if not some:
        raise problems.empty("The subtitles say nothing.")
    yield Extracted(title="", pages=None, engine="subtitles")


def _pieces(text: str) -> Iterator[Piece]:
    begun, said, length = "", list[str](), 0
    for time, words in _cues(text):
        if said and words == said[-1]:
            continue  # rolling captions say a line twice
        begun = begun or time
        said.append(words)
        length += len(words)
        if length >= _PARAGRAPH and (words.endswith(_ENDS) or length >= 4 * _PARAGRAPH):
            yield Piece("paragraph", f"[{begun}] {' '.join(said)}")
            begun, said, length = "", [], 0
    if said:
        yield Piece("paragraph", f"[{begun}] {' '.join(said)}")


def _cues(text: str) -> Iterator[tuple[str, str]]:
    """Begin and words of each cue."""
    times = list(_TIME.finditer(text))
    for at, found in enumerate(times):
        end = times[at + 1].start() if at + 1 < len(times) else len(text)
        first = text.find("\n", found.end(), end)
        words = text[first if first >= 0 else end : end]
        if at + 1 < len(times):
            words = _NUMBER.sub("", words.rstrip())
        words = " ".join(_TAG.sub("", words).split())
        if words:
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            yield f"{hours:02d}:{minutes:02d}:{seconds:02d}", words
