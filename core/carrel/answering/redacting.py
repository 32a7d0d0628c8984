"""Takes what comes from forgotten documents out of an answer that was saved.

Sentences that are cited from other documents alone stay; every other sentence of an answer whose
prompt held one of the forgotten ones goes, because a model may have repeated it without a citation.
"""

from __future__ import annotations

from collections.abc import Set
from typing import NamedTuple

import msgspec

from carrel.events import Answer
from carrel.sentences import sentences

REMOVED = "[removed]"


class Redacted(NamedTuple):
    """The answer without what is forgotten, and how many quotes went."""

    answer: Answer
    quotes: int


def redact(answer: Answer, forgotten: Set[str]) -> Redacted | None:
    """The answer without what comes from the documents at these paths; None when nothing does."""
    named = {
        *(one.document for one in answer.citations),
        *(one.document for one in answer.verbatim),
        *(one.document for one in answer.passages),
    }
    if named.isdisjoint(forgotten):
        return None
    text, places = _kept_sentences(answer, forgotten)
    citations = [
        msgspec.structs.replace(one, answer_start=start, answer_end=end)
        for one in answer.citations
        if one.document not in forgotten
        for start, end in [places.moved(one.answer_start, one.answer_end)]
        if start < end
    ]
    numbers = {n: i + 1 for i, n in enumerate(dict.fromkeys(one.n for one in citations))}
    verbatim = [one for one in answer.verbatim if one.document not in forgotten]
    quotes = len(answer.citations) - len(citations) + len(answer.verbatim) - len(verbatim)
    changed = msgspec.structs.replace(
        answer, answer=text, thinking="", verbatim=verbatim,
        citations=[msgspec.structs.replace(one, n=numbers[one.n]) for one in citations],
        passages=[one for one in answer.passages if one.document not in forgotten],
        unsupported=[
            moved for span in answer.unsupported if (moved := places.moved(*span))[0] < moved[1]
        ],
    )  # fmt: skip
    return Redacted(changed, quotes)


class _Places:
    """Where the sentences that stay were, and where they are."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, int, int]] = []  # start and end before, start now

    def keep(self, start: int, end: int, now: int) -> None:
        self._kept.append((start, end, now))

    def moved(self, start: int, end: int) -> tuple[int, int]:
        """A span of the old answer in the new one; an empty one when it is gone."""
        for first, last, now in self._kept:
            if first <= start and end <= last:
                return start - first + now, end - first + now
        return 0, 0


def _kept_sentences(answer: Answer, forgotten: Set[str]) -> tuple[str, _Places]:
    """The text with the other sentences replaced, several in a row by one mark."""
    places, parts, length, last = _Places(), list[str](), 0, ""
    before = 0
    for start, end in sentences(answer.answer):
        cited = [c for c in answer.citations if c.answer_start < end and c.answer_end > start]
        stays = bool(cited) and all(one.document not in forgotten for one in cited)
        part = answer.answer[start:end] if stays else REMOVED
        if not stays and last == REMOVED:
            before = end
            continue
        gap = answer.answer[before:start] if parts else ""
        parts += (gap, part)
        if stays:
            places.keep(start, end, length + len(gap))
        length += len(gap) + len(part)
        before, last = end, part
    return "".join(parts), places
