"""The sentences of the passages that were found, each with its exact place in its document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from carrel.answering.rarity import content_stems
from carrel.events import Hit
from carrel.sentences import sentences

LONGEST = 360
"""Characters; a longer "sentence" is a list, a table or run-together text and is cut at its lines
or clauses, because nobody reads such a quote."""

_BREAK = re.compile(r"\n+|(?<=[;:])\s+|(?<=,)\s+")
_WORD = re.compile(r"\w+")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Candidate:
    """A piece of a passage. `text == document_text[start:end]`; `order` counts within its hit."""

    hit: Hit
    order: int
    start: int
    end: int
    text: str

    @cached_property
    def stems(self) -> frozenset[str]:
        """Content stems of the sentence itself."""
        return frozenset(content_stems(self.text))

    @cached_property
    def context(self) -> frozenset[str]:
        """Content stems of the document's title and of the headings above the sentence."""
        return frozenset(content_stems(" ".join([self.hit.title, *self.hit.headings])))

    @property
    def plain(self) -> str:
        """The text with every run of white space as one space: for comparing and for embedding."""
        return _SPACES.sub(" ", self.text).strip()

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.text))


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """All sentences of `hits`, hit by hit in the given order; the same place is taken once."""
    taken: dict[str, list[tuple[int, int]]] = {}
    found = []
    for hit in hits:
        spans = taken.setdefault(hit.document, [])
        for order, (start, end) in enumerate(_pieces(hit.text)):
            place = (hit.start + start, hit.start + end)
            if any(place[0] < other[1] and other[0] < place[1] for other in spans):
                continue
            found.append(Candidate(hit, order, *place, hit.text[start:end]))
            spans.append(place)
    return found


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Trimmed, non-empty spans of the sentences of `text`, long ones cut into readable parts."""
    for start, end in sentences(text):
        parts = [(start, end)] if end - start <= LONGEST else _cut(text, start, end)
        for part in parts:
            trimmed = _trim(text, *part)
            if trimmed[0] < trimmed[1]:
                yield trimmed


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a long span at the last line or clause end that keeps each part within LONGEST."""
    while end - start > LONGEST:
        breaks = [m.end() for m in _BREAK.finditer(text, start, start + LONGEST)]
        lines = [at for at in breaks if text[at - 1] == "\n"]
        at = max(lines or breaks, default=0)
        if at <= start:
            space = text.rfind(" ", start + 1, start + LONGEST)
            at = space + 1 if space > start else start + LONGEST
        yield start, at
        start = at
    yield start, end


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
