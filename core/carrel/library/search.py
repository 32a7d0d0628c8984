"""Finds the passages for a question: by words and by meaning, fused into one list.

The keyword index (BM25 over keyed terms) and the vectors (exact cosine) each give their best 100;
weighted reciprocal-rank fusion joins them; passages that say the same are shown once; what stands
in quotation marks, or looks like an identifier, is looked for letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from carrel.events import Hit, Signals
from carrel.library.batches import searched_text
from carrel.library.fusion import NEIGHBOUR_SHARE, Ranking, distinct, fuse, lifted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.library.passages import PassageRow
    from carrel.library.terms import TermHasher
    from carrel.ports import Embedder, Reranker, VectorIndex

Fetch = Callable[[Sequence[int]], Mapping[int, "PassageRow"]]

LIMIT = 100  # of each ranking
RERANKED = 30  # passages that a reranker, where there is one, reads: a second or so on two cores
_SPARE = 5  # passages beyond the wanted ones whose cosines are read early: some may be duplicates
WORDS_WEIGHT, MEANING_WEIGHT = 1.0, 1.0
PHRASE_WEIGHT = 1.0  # of what holds all words of a phrase; where it really stands comes first
HISTORY_WEIGHT = 0.5  # of rankings for the previous question joined to this one
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
    """The rankings of one question: ranks from 1, cosines, and the question's vector."""

    keyword_ranks: dict[int, int]
    vector_ranks: dict[int, int]
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
        reranker: Reranker | None = None,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._hasher = hasher
        self._fetch = fetch
        self._weights = words_weight, meaning_weight
        self._neighbour_share = neighbour_share
        self._reranker = reranker
        self._has_vectors = False

    def search(
        self,
        question: str,
        k: int = 10,
        documents: Sequence[int] | None = None,
        history: Sequence[str] | None = None,
    ) -> list[Hit]:
        """Return the k best passages, best first, with the signals that found them.

        `documents` restricts the search to these document ids (None: all). The last entry of
        `history`, the previous question, is searched together with this one and counts half.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="search") as beside:
            found = self._rank(question, documents, beside)
            rankings = self._rankings(found, 1.0)
            rankings += self._phrases(question, documents, beside)
            if history:
                wider = self._rank(f"{history[-1]} {question}", documents, beside)
                rankings += self._rankings(wider, HISTORY_WEIGHT)
            fused = fuse([one for one in rankings if one.passages and one.weight > 0])
            # The best by rank are nearly always the ones shown: read their vectors meanwhile.
            likely = [passage for passage, _ in fused[: k + _SPARE]]
            cosines = beside.submit(self._more_cosines, found, likely)
            rows = self._fetch([passage for passage, _ in fused])
            known = [(rows[passage], score) for passage, score in fused if passage in rows]
            ordered = self._reranked(question, self._lifted(known))
            ordered = _exact_first(ordered, exact_phrases(question))
            best = distinct(ordered, lambda pair: frozenset(self._hasher.stems(pair[0].text)), k)
            found.cosines.update(cosines.result())
        found.cosines.update(self._more_cosines(found, [row.passage_id for row, _ in best]))
        return self._hits(best, found)

    def _rank(self, question: str, documents: Sequence[int] | None, beside: Executor) -> _Found:
        """Search by words in the other thread while this one searches by meaning."""
        terms = self._hasher.of_query(question)
        words = beside.submit(self._index.search_terms, terms, LIMIT, documents) if terms else None
        embedder = self._ready_embedder()
        vector = embedder.encode_query(question) if embedder and question.strip() else None
        by_meaning = [] if vector is None else self._index.search_vectors(vector, LIMIT, documents)
        by_words = words.result() if words is not None else []
        return _Found(
            {passage: rank for rank, (passage, _) in enumerate(by_words, 1)},
            {passage: rank for rank, (passage, _) in enumerate(by_meaning, 1)},
            dict(by_meaning),
            vector,
        )

    def _phrases(
        self, question: str, documents: Sequence[int] | None, beside: Executor
    ) -> list[Ranking]:
        """Passages with all words of a phrase or identifier, which a long question's other words
        may crowd out."""
        sought = [self._hasher.of_query(one) for one in exact_phrases(question)[:_MOST_PHRASES]]
        found = beside.map(
            lambda terms: self._index.search_terms(terms, LIMIT, documents, every=True),
            [terms for terms in sought if terms],
        )
        return [Ranking([passage for passage, _ in ranked], PHRASE_WEIGHT) for ranked in found]

    def _ready_embedder(self) -> Embedder | None:
        """None while there are no vectors: loading an embedder would only delay the answer."""
        self._has_vectors = self._has_vectors or self._index.counts()[1] > 0
        if self._embedder is None or not self._has_vectors:
            return None
        return (
            self._embedder.get() if isinstance(self._embedder, EmbedderSource) else self._embedder
        )

    def _rankings(self, found: _Found, share: float) -> list[Ranking]:
        words, meaning = self._weights
        return [
            Ranking(list(found.keyword_ranks), words * share),
            Ranking(list(found.vector_ranks), meaning * share),
        ]

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

    def _more_cosines(self, found: _Found, passages: Sequence[int]) -> dict[int, float]:
        """The cosines of those of `passages` that only their words found."""
        missing = [passage for passage in passages if passage not in found.cosines]
        if found.vector is None or not missing or not isinstance(self._index, _KeepsVectors):
            return {}
        vectors = self._index.vectors_of(missing)
        return {passage: float(vector @ found.vector) for passage, vector in vectors.items()}

    def _hits(self, best: list[tuple[PassageRow, float]], found: _Found) -> list[Hit]:
        return [
            Hit(
                rank=rank, score=round(score, 4), passage_id=row.passage_id, document=row.document,
                title=row.title, headings=list(row.headings), page=row.page, start=row.start,
                end=row.end, text=row.text,
                signals=Signals(
                    keyword_rank=found.keyword_ranks.get(row.passage_id),
                    vector_rank=found.vector_ranks.get(row.passage_id),
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
