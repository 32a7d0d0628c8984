"""Reads subtitles (SRT, WebVTT, SubStation Alpha, MicroDVD, SubViewer): what is said, in
paragraphs that begin with their time."""

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
# SubStation Alpha: layer, start, end, style, name, three margins, effect, words.
_DIALOGUE = re.compile(
    r"^Dialogue:[^,\n]*,\s*(\d{1,3}):(\d{1,2}):(\d{2})\.\d{1,3},(?:[^,\n]*,){7}([^\n]*)", re.M
)
_FRAMES = re.compile(r"^\{(\d{1,8})\}\{\d{0,8}\}([^\n]*)", re.M)  # MicroDVD
_VIEWER = re.compile(  # SubViewer
    r"^(\d{1,3}):(\d{1,2}):(\d{2})\.\d{1,3},\d{1,3}:\d{1,2}:\d{2}\.\d{1,3}[ \t]*\n([^\n]*)", re.M
)
_RATE = 23.976  # frames a second, of films: what a file that names none was made for
_BREAK = re.compile(r"\\[Nnh]|\[br\]|\|")
_TAG = re.compile(r"<[^<>\n]{0,100}>|\{[\\a-zA-Z][^{}\n]{0,200}\}")
_NUMBER = re.compile(r"\n\s*\d+\s*\Z")
_PARAGRAPH = 400  # characters after which a sentence's end ends a paragraph
_ENDS = (".", "!", "?", "…", "。", "”", '"')


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield what is said. Raises UserError: "empty", "broken" where no time is found, and what
    `read_text` raises."""
    text = read_text(fd, MAX_BYTES)
    cues = _cues_of(text)
    if cues is None:
        raise problems.broken("The file is named like subtitles but holds no times.")
    some = False
    for section in stream(_pieces(cues)):
        if cancel.is_set():
            return
        some = True
        yield section
    if not some:
        raise problems.empty("The subtitles say nothing.")
    yield Extracted(title="", pages=None, engine="subtitles")


def _cues_of(text: str) -> Iterator[tuple[str, str]] | None:
    """Begin and words of each cue, None where the text holds none."""
    if _TIME.search(text):
        return _cues(text)
    for pattern in (_DIALOGUE, _VIEWER):
        if pattern.search(text):
            return (
                (_clock(*found.groups()[:3]), words)
                for found in pattern.finditer(text)
                if (words := _spoken(found[4]))
            )
    return _framed(text) if _FRAMES.search(text) else None


def _framed(text: str) -> Iterator[tuple[str, str]]:
    """Cues timed in frames; the first may say how many of them are a second."""
    rate = _RATE
    for number, found in enumerate(_FRAMES.finditer(text)):
        words = _spoken(found[2])
        if not number and re.fullmatch(r"\d{2}(?:\.\d{1,3})?", words):
            rate = max(float(words), 1)
        elif words:
            seconds = int(int(found[1]) / rate)
            yield _clock(seconds // 3600, seconds // 60 % 60, seconds % 60), words


def _spoken(words: str) -> str:
    return " ".join(_TAG.sub("", _BREAK.sub(" ", words)).split())


def _clock(*parts: str | int | None) -> str:
    hours, minutes, seconds = (int(part or 0) for part in parts)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def _pieces(cues: Iterator[tuple[str, str]]) -> Iterator[Piece]:
    begun, said, length = "", list[str](), 0
    for time, words in cues:
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
            yield _clock(*found.groups()), words
