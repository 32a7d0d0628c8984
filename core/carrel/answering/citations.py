"""Attaches to every sentence of an answer the passage sentence that supports it, or marks it.

Citations are made by code after the text, because models write them badly. The evidence for a
sentence is how much of its words (by rarity) a passage sentence holds and how near the two are in
meaning; a number that stands in no passage overrules both (`carrel.answering.support`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from carrel.answering.candidates import Candidate
from carrel.answering.refusal import is_refusal, is_refusal_sentence
from carrel.answering.support import Near, Passages, closest, find, prepare
from carrel.events import Citation, Hit, Plain
from carrel.sentences import sentences

if TYPE_CHECKING:
    from carrel.ports import Embedder

__all__ = ["CheckedAnswer", "attach", "is_refusal"]

COMPARED = 8
"""Passage sentences per answer sentence that are compared by embedding."""

_LIST_MARK = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)])\s+")


class CheckedAnswer(Plain, frozen=True, kw_only=True):
    """An answer with its citations in order of appearance and the spans no passage supports."""

    answer: str
    citations: list[Citation]
    unsupported: list[tuple[int, int]]


def attach(
    answer: str, hits: Sequence[Hit], embedder: Embedder | None = None, question: str = ""
) -> CheckedAnswer:
    """Hold each sentence of `answer` against the sentences of `hits`.

    A supported sentence gets one citation, or two when two passage sentences share its content;
    `quote == document_text[start:end]`, `n` counts distinct quotes from 1 in order of appearance,
    `support` is in [0, 1]. Sentences without support are `unsupported` as a whole; a single name
    that occurs in no passage marks its own span in a sentence that is supported otherwise.
    `embedder` adds similarity of meaning; `question` decides between passages that hold a short
    answer ("In 1954.") equally well.
    """
    spans = [_unmarked(answer, *span) for span in sentences(answer)]
    spans = [span for span in spans if span[0] < span[1]]
    passages = prepare(hits, question)
    texts = [answer[start:end] for start, end in spans]
    cited: list[tuple[tuple[int, int], Candidate, float]] = []
    unsupported: list[tuple[int, int]] = []
    nearness = _similarities(texts, passages, embedder)
    for span, text, near in zip(spans, texts, nearness, strict=True):
        if is_refusal_sentence(text):
            continue
        found = find(text, passages, near)
        cited.extend((span, passages.sentences[at], found.support) for at in found.quotes)
        unsupported.extend((span[0] + start, span[0] + end) for start, end in found.gaps)
    return CheckedAnswer(answer=answer, citations=_numbered(cited), unsupported=unsupported)


def _similarities(
    texts: Sequence[str], passages: Passages, embedder: Embedder | None
) -> list[Near]:
    """Per answer sentence: cosines with the few passage sentences that share most words with it."""
    if embedder is None or not texts or not passages.sentences:
        return [{} for _ in texts]
    chosen = [closest(text, passages, COMPARED) for text in texts]
    needed = sorted({place for places in chosen for place in places})
    vectors = embedder.encode_passages([*texts, *(passages.sentences[at].plain for at in needed)])
    row = {place: len(texts) + at for at, place in enumerate(needed)}
    return [
        {place: float(vectors[at] @ vectors[row[place]]) for place in places}
        for at, places in enumerate(chosen)
    ]


def _numbered(
    cited: Sequence[tuple[tuple[int, int], Candidate, float]],
) -> list[Citation]:
    numbers: dict[tuple[str, int, int], int] = {}
    made = []
    for (start, end), quote, support in cited:
        key = (quote.hit.document, quote.start, quote.end)
        made.append(
            Citation(
                n=numbers.setdefault(key, len(numbers) + 1),
                passage_id=quote.hit.passage_id,
                document=quote.hit.document,
                page=quote.hit.page,
                quote=quote.text,
                start=quote.start,
                end=quote.end,
                answer_start=start,
                answer_end=end,
                support=support,
            )
        )
    return made


def _unmarked(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without a list mark in front ("2. " is no claim)."""
    mark = _LIST_MARK.match(text, start, end)
    return (mark.end(), end) if mark else (start, end)
