"""Finds the passages for a question: by words and by meaning, fused into one list.

The keyword index (BM25 over keyed terms) and the vectors (exact cosine) each give their best 100;
a weighted mean of their scores joins them; passages beside a better one rise towards it; passages
that say the same are shown once; what stands in quotation marks, or looks like an identifier, is
looked for letter by letter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from carrel.events import Hit, Signals
from carrel.library import proximity
from carrel.library.batches import searched_text
from carrel.library.fusion import NEIGHBOUR_SHARE, blend, distinct, lifted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.library.passages import PassageRow
    from carrel.library.terms import TermHasher
    from carrel.ports import Embedder, Reranker, VectorIndex

Fetch = Callable[[Sequence[int]], Mapping[int, "PassageRow"]]

LIMIT = 100  # of each ranking
RERANKED = 30  # passages that a reranker, where there is one, reads: a second or so on two cores
WORDS_WEIGHT, MEANING_WEIGHT = 0.35, 0.65
HISTORY_WEIGHT = 1.0  # of scores for the previous question joined to this one
_QUOTED = re.compile(
    r"\"([^\"\n]{2,200})\"|“([^”\n]{2,200})”|„([^“”\n]{2,200})[“”]|«([^»\n]{2,200})»"
)
# Words that are names in a program, a part list or a law: a digit among letters, an underscore, a
# dot or slash inside, a capital inside, numbers joined by hyphens or slashes, or five digits.
_IDENTIFIER = re.compile(
    r"(?<![\w.])(?=\S{3,})(?:\w+(?:[_./:-]\w+)*[_/]\w+(?:[_./:-]\w+)*|[A-Za-z]+-?\d[\w.-]*\w|"
    r"\d+[A-Za-z][\w-]+|\d+(?:[-/]\d+)+|\d{5,}|[a-z]+[A-Z]\w+|\w+\.[a-z]\w+)"
)
_EITHER = re.compile(r"[^\W\d_]+/[^\W\d_]+")  # "and/or", "input/output": words, no name
_MOST_PHRASES = 4  # looked for on their own; each costs a search by words
# "A-12" does not stand in "A-12-5" nor in "BA-12", though it does before a full stop.
_NO_WORD_BEFORE, _NO_WORD_AFTER = r"(?<!\w)(?<!\w[-/.])", r"(?!\w|[-/.]\w)"
_SPACE = re.compile(r"\s+")


@runtime_checkable
class EmbedderSource(Protocol):
    """Something that has the embedder ready when it is first needed."""

    def get(self) -> Embedder: ...


@runtime_checkable
class _KeepsVectors(Protocol):
    def vectors_of(self, passages: Sequence[int]) -> dict[int, NDArray[np.float32]]: ...


class _Found(NamedTuple):
    """What was found for one question: BM25 scores and ids by cosine, best first; the cosines of
    all candidates that have a vector; and the question's vector."""

    words: dict[int, float]
    nearest: list[int]
    cosines: dict[int, float]
    vector: NDArray[np.float32] | None


class Searcher:
    """Searches one library. `embedder` may be None, itself, or a source that loads it when vectors
    are there to be searched; `fetch` returns the catalogue's rows for passage ids."""

    def __init__(
        self,
        index: VectorIndex,
        embedder: Embedder | EmbedderSource | None,
        hasher: TermHasher,
        fetch: Fetch,
        *,
        words_weight: float = WORDS_WEIGHT,
        meaning_weight: float = MEANING_WEIGHT,
        neighbour_share: float = NEIGHBOUR_SHARE,
        proximity_bonus: float = proximity.BONUS,
        reranker: Reranker | None = None,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._hasher = hasher
        self._fetch = fetch
        self._weights = words_weight, meaning_weight
        self._neighbour_share = neighbour_share
        self._proximity = proximity_bonus
        self._reranker = reranker
        self._has_vectors = False

    def search(
        self,
        question: str,
        k: int = 10,
        documents: Sequence[int] | None = None,
        history: Sequence[str] | None = None,
        meaning: float = 1.0,
    ) -> list[Hit]:
        """Return the k best passages, best first, with the signals that found them.

        `documents` restricts the search to these document ids (None: all). The last entry of
        `history`, the previous question, is searched together with this one and counts as much.
        `meaning` is a factor on the weight of the vectors, below 1 where they say little.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="search") as beside:
            looks = [self._rank(question, documents, beside)]
            if history:
                looks.append(self._rank(f"{history[-1]} {question}", documents, beside))
            candidates = dict.fromkeys(
                passage for look in looks for passage in (*look.words, *look.nearest)
            )
            candidates |= dict.fromkeys(self._phrases(question, documents, beside))
            cosines = beside.submit(self._more_cosines, looks, list(candidates))
            rows = self._fetch(list(candidates))
            cosines.result()
        scores = self._scores(looks, meaning)
        known = [
            (rows[passage], scores.get(passage, 0.0)) for passage in candidates if passage in rows
        ]
        known = self._drawn_together(question, known)
        ordered = self._reranked(question, self._lifted(known))
        ordered = _exact_first(ordered, exact_phrases(question))
        best = distinct(ordered, lambda pair: frozenset(self._hasher.stems(pair[0].text)), k)
        return self._hits(best, looks[0])

    def _rank(self, question: str, documents: Sequence[int] | None, beside: Executor) -> _Found:
        """Search by words in the other thread while this one searches by meaning."""
        terms = self._hasher.of_query(question)
        words = beside.submit(self._index.search_terms, terms, LIMIT, documents) if terms else None
        embedder = self._ready_embedder()
        vector = embedder.encode_query(question) if embedder and question.strip() else None
        by_meaning = [] if vector is None else self._index.search_vectors(vector, LIMIT, documents)
        by_words = words.result() if words is not None else []
        nearest = [passage for passage, _ in by_meaning]
        return _Found(dict(by_words), nearest, dict(by_meaning), vector)

    def _phrases(
        self, question: str, documents: Sequence[int] | None, beside: Executor
    ) -> list[int]:
        """Passages with all words of a phrase or identifier, which a long question's other words
        may crowd out."""
        sought = [self._hasher.of_query(one) for one in exact_phrases(question)[:_MOST_PHRASES]]
        found = beside.map(
            lambda terms: self._index.search_terms(terms, LIMIT, documents, every=True),
            [terms for terms in sought if terms],
        )
        return [passage for ranked in found for passage, _ in ranked]

    def _ready_embedder(self) -> Embedder | None:
        """None while there are no vectors: loading an embedder would only delay the answer."""
        self._has_vectors = self._has_vectors or self._index.counts()[1] > 0
        if self._embedder is None or not self._has_vectors:
            return None
        return (
            self._embedder.get() if isinstance(self._embedder, EmbedderSource) else self._embedder
        )

    def _scores(self, looks: Sequence[_Found], meaning: float) -> dict[int, float]:
        """Passage id -> score in [0, 1]; the look with history counts HISTORY_WEIGHT."""
        shares = [1.0, HISTORY_WEIGHT][: len(looks)]
        weights = self._weights[0], self._weights[1] * meaning
        scores: dict[int, float] = defaultdict(float)
        for look, share in zip(looks, shares, strict=True):
            words = look.words if self._weights[0] else {}
            cosines = look.cosines if self._weights[1] else {}
            for passage, score in blend(words, cosines, weights).items():
                scores[passage] += share * score / sum(shares)
        return scores

    def _drawn_together(
        self, question: str, known: list[tuple[PassageRow, float]]
    ) -> list[tuple[PassageRow, float]]:
        """Raise the best by how closely they keep the question's words together. Scores stay
        within [0, 1]."""
        wanted = proximity.pairs(self._hasher.stems(question, stop_words=False))
        if not wanted or not self._proximity:
            return known
        raised = []
        for at, (row, score) in enumerate(sorted(known, key=lambda pair: -pair[1])):
            looked_at = at < proximity.LOOKED_AT
            close = looked_at and proximity.closeness(
                wanted, self._hasher.stems(searched_text(row))
            )
            raised.append((row, (score + self._proximity * close) / (1 + self._proximity)))
        return raised

    def _lifted(self, known: Sequence[tuple[PassageRow, float]]) -> list[tuple[PassageRow, float]]:
        """Order anew, with passages raised towards better ones beside them."""
        scores = {(row.document_id, row.ordinal): score for row, score in known}
        now = lifted(scores, self._neighbour_share)
        pairs = [(row, now[row.document_id, row.ordinal]) for row, _ in known]
        return sorted(pairs, key=lambda pair: -pair[1])

    def _reranked(
        self, question: str, pairs: list[tuple[PassageRow, float]]
    ) -> list[tuple[PassageRow, float]]:
        """The first ones in the reranker's order; scores stay with their places."""
        first = pairs[:RERANKED]
        if self._reranker is None or not first:
            return pairs
        judged = self._reranker.score(question, [searched_text(row) for row, _ in first])
        order = sorted(range(len(first)), key=lambda at: -float(judged[at]))
        rows = [first[at][0] for at in order]
        return [(row, score) for row, (_, score) in zip(rows, first, strict=True)] + pairs[
            RERANKED:
        ]

    def _more_cosines(self, looks: Sequence[_Found], passages: Sequence[int]) -> None:
        """Add to the looks the cosines of those of `passages` that they did not find by meaning."""
        missing = [one for one in passages if any(one not in look.cosines for look in looks)]
        if not missing or not isinstance(self._index, _KeepsVectors):
            return
        asked = [(look, look.vector) for look in looks if look.vector is not None]
        vectors = self._index.vectors_of(missing) if asked else {}
        for look, question in asked:
            for passage, vector in vectors.items():
                look.cosines.setdefault(passage, float(vector @ question))

    def _hits(self, best: list[tuple[PassageRow, float]], found: _Found) -> list[Hit]:
        keyword_ranks = {passage: rank for rank, passage in enumerate(found.words, 1)}
        vector_ranks = {passage: rank for rank, passage in enumerate(found.nearest, 1)}
        return [
            Hit(
                rank=rank, score=round(score, 4), passage_id=row.passage_id, document=row.document,
                title=row.title, headings=list(row.headings), page=row.page, start=row.start,
                end=row.end, text=row.text,
                signals=Signals(
                    keyword_rank=keyword_ranks.get(row.passage_id),
                    vector_rank=vector_ranks.get(row.passage_id),
                    cosine=_rounded(found.cosines.get(row.passage_id)),
                ),
            )
            for rank, (row, score) in enumerate(best, 1)
        ]  # fmt: skip


def exact_phrases(question: str) -> list[str]:
    """Return what is asked for letter by letter: phrases in quotation marks, identifiers."""
    quoted = ["".join(groups) for groups in _QUOTED.findall(question)]
    rest = _QUOTED.sub(" ", question)
    return [*quoted, *(one for one in _IDENTIFIER.findall(rest) if not _EITHER.fullmatch(one))]


def _exact_first(
    pairs: list[tuple[PassageRow, float]], phrases: list[str]
) -> list[tuple[PassageRow, float]]:
    """Order by how many of the phrases stand in the passage; equal ones stay in order."""
    if not phrases:
        return pairs
    wanted = [
        re.compile(f"{_NO_WORD_BEFORE}{re.escape(_plain(p))}{_NO_WORD_AFTER}") for p in phrases
    ]

    def missing(pair: tuple[PassageRow, float]) -> int:
        row, _ = pair
        text = _plain(" ".join((row.title, *row.headings, row.text)))
        return sum(phrase.search(text) is None for phrase in wanted)

    return sorted(pairs, key=missing)


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).casefold().strip()


def _rounded(cosine: float | None) -> float | None:
    return None if cosine is None else round(cosine, 4)
