"""The best sentences of the best passages, word for word: what people see before a model speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.answering.candidates import Candidate, candidates
from carrel.answering.closeness import Closeness, Near, nearness
from carrel.answering.rarity import Weight, content_stems, coverage, rarity
from carrel.events import Hit, Verbatim

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.ports import Embedder

PASSAGES = 8
"""Sentences are taken from this many best passages; lower ones rarely hold the best sentence."""
LIMIT = 3
"""Quotes that are shown."""
ENCODED = 8
"""At most this many sentences are embedded: under 100 ms on two idle cores with the starter
embedder, the dearest part of this step (words alone take 3 ms)."""
NEAR = 0.65
"""Quotes of at least this share of the best one's score make up an answer of quotes. Of 400
questions of nq_oracle, ten passages each, .930 keep the gold answer in it (.948 with all three),
and one in seven quotes falls away."""
FEWEST_WORDS = 4

WORDS = 0.5
MEANING = 0.5
BEYOND = 0.5
PASSAGE = 0.5
KIND = 0.15
RANK = 0.1
"""Weights of the score: overlap of words, cosine of the sentence (embedded behind its title),
cosine of its passage, the kind of thing asked for, 1 / rank of the passage. On 300 questions of
nq_oracle, eight passages each, the gold answer stood in the first quote for .670 without MEANING
and for .713 with it (.25 to .75 alike), in the first three for .953 and .960."""

_ENDS = re.compile(r"[.!?。！？…:;][\"'”’»)\]]*$")
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|"
    r"million|billion|once|twice|half)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:1\d{3}|20\d{2}|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b|"
    r"\b\d{1,2}[./:]\d{1,2}",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[\w,)] )[A-ZÀ-ÖØ-Þ]\w+")
_ASKS = (
    (re.compile(r"\b(?:when|what (?:year|date|day|month|time)|which year)\b", re.I), _DATE),
    (re.compile(r"\bhow (?:many|much|old|long|far|tall|high|big|often|large)\b", re.I), _NUMBER),
    (re.compile(r"\b(?:who|whom|whose|where|which (?:city|country|state))\b", re.I), _NAME),
)
"""What a question asks for, and how a sentence that may hold it looks (English)."""


class Ranked(NamedTuple):
    """A sentence with its score, and how close it comes to answering (None without an embedder)."""

    candidate: Candidate
    score: float
    closeness: Closeness | None

    def quote(self) -> Verbatim:
        """The sentence as a quote."""
        return _verbatim(self.candidate, self.score)


def best_sentences(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder | None = None,
    idf: Weight | None = None,
    limit: int = LIMIT,
    query: NDArray[np.float32] | None = None,
) -> list[Verbatim]:
    """The `limit` sentences of `hits` (best first) that answer `question` best; see `ranked`."""
    best = ranked(question, hits, embedder, idf, query) if limit > 0 else []
    return [one.quote() for one in best[:limit]]


def ranked(
    question: str,
    hits: Sequence[Hit],
    embedder: Embedder | None = None,
    idf: Weight | None = None,
    query: NDArray[np.float32] | None = None,
) -> list[Ranked]:
    """The sentences of `hits` (best first) that lead by words, the best answer first.

    The score adds the rarity-weighted share of the question's words (titles and headings count),
    the cosine similarity (only for the sentences that lead by words, where `embedder` is given), a
    little for the kind of thing that is asked for (a date, a number, a name) and for the passage's
    rank. `idf` takes a stem; without it rarity is counted over the sentences. `query` is the
    question's unit vector if it is already known. `text == document_text[start:end]` always.
    """
    pool = _distinct([c for c in candidates(hits[:PASSAGES]) if is_quotable(c)])
    if not pool:
        return []
    scores = _by_words(question, pool, idf)
    lead = sorted(range(len(pool)), key=lambda i: -scores[i])[:ENCODED]
    if embedder is None:
        return [Ranked(pool[i], scores[i], None) for i in lead]
    near = nearness(question, [pool[i] for i in lead], hits, embedder, idf, query)
    found = [
        Ranked(pool[i], scores[i] + _meaning(one), one.closeness)
        for i, one in zip(lead, near, strict=True)
    ]
    return sorted(found, key=lambda one: -one.score)


def _meaning(near: Near) -> float:
    return MEANING * near.titled + BEYOND * near.closeness.beyond


def is_quotable(candidate: Candidate) -> bool:
    """Whether the text can stand alone as a quote: not a heading, not a fragment of a few words."""
    text = candidate.plain
    if text in candidate.hit.headings or text == candidate.hit.title:
        return False
    if _is_row(text):
        return any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
    if text.isupper() and candidate.words < 2 * FEWEST_WORDS and not any(map(str.isdigit, text)):
        return False  # a title, a running head
    if candidate.words >= 2 * FEWEST_WORDS or _is_unspaced(text):
        return True
    complete = bool(_ENDS.search(text)) or ":" in text or any(c.isdigit() for c in text)
    return candidate.words >= FEWEST_WORDS and complete


def _is_row(text: str) -> bool:
    """Whether this is a row of a table with more than one cell: "Body supplies | | 30"."""
    return " | " in text.strip("| ")


def near_best(quotes: Sequence[Verbatim]) -> list[Verbatim]:
    """Those of the quotes, best first, that may answer as well as the best one does."""
    return [one for one in quotes if one.score >= NEAR * quotes[0].score]


def _is_unspaced(text: str) -> bool:
    """Scripts without spaces between words (Chinese, Japanese, Thai) are judged by length."""
    return len(text) >= 12 and sum(ord(c) > 0x0E00 and c.isalpha() for c in text) > len(text) // 2


def _distinct(pool: list[Candidate]) -> list[Candidate]:
    """The same words in two files are quoted once, from the better passage."""
    first: dict[str, Candidate] = {}
    for candidate in pool:
        first.setdefault(candidate.plain.casefold(), candidate)
    return list(first.values())


def _by_words(question: str, pool: Sequence[Candidate], idf: Weight | None) -> list[float]:
    wanted = content_stems(question)
    weight = rarity((c.stems for c in pool), idf)
    asked = question.casefold()
    kinds = [looks for asks, looks in _ASKS if asks.search(question)]
    best_rank = min(c.hit.rank for c in pool)
    scores = []
    for c in pool:
        score = WORDS * coverage(wanted, c.stems | c.context, weight)
        score += PASSAGE * max(0.0, c.hit.signals.cosine or 0.0)
        score += KIND * any(_says_more(looks, c.text, asked) for looks in kinds)
        score += RANK / (1 + c.hit.rank - best_rank)
        scores.append(score)
    return scores


def _says_more(looks: re.Pattern[str], text: str, asked: str) -> bool:
    """Whether `text` holds something of that look which the question does not already say."""
    return any(found.group().casefold() not in asked for found in looks.finditer(text))


def _verbatim(candidate: Candidate, score: float) -> Verbatim:
    return Verbatim(
        document=candidate.hit.document,
        page=candidate.hit.page,
        text=candidate.text,
        start=candidate.start,
        end=candidate.end,
        passage_id=candidate.hit.passage_id,
        score=round(score, 4),
    )
