"""How close a sentence comes to answering the question, not only to being about the same thing.

A passage of the right page is near every question about that page. What tells an answer from it is
the rest of the question: what it asks beyond the name of the thing. So a sentence is also compared
with the question after the direction of its document's title was taken out of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.answering.rarity import Weight, content_stems, coverage, rarity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.answering.candidates import Candidate
    from carrel.events import Hit
    from carrel.ports import Embedder


class Closeness(NamedTuple):
    """Four figures, 1 at most: cosine of the question with the `passage` around the sentence; with
    the sentence after the title was taken out of both (`beyond`); share of the question's `words`,
    by rarity, in the sentence; the same of the words that title and headings lack (`rest`)."""

    passage: float
    beyond: float
    words: float
    rest: float


class Near(NamedTuple):
    """A sentence's cosine with the question, embedded behind its title, and its closeness."""

    titled: float
    closeness: Closeness


def passage_stems(hit: Hit) -> frozenset[str]:
    """The content stems of a passage with its title and headings."""
    return frozenset(content_stems("\n".join([hit.title, *hit.headings, hit.text])))


def nearness(
    question: str,
    pool: Sequence[Candidate],
    hits: Sequence[Hit],
    embedder: Embedder,
    idf: Weight | None = None,
    query: NDArray[np.float32] | None = None,
) -> list[Near]:
    """One for each sentence of `pool`; rarity is counted over `hits` where `idf` is not given.

    All texts go through the embedder at once: two for each sentence and one for each title.
    """
    asked = embedder.encode_query(question) if query is None else query
    titles = list(dict.fromkeys(one.hit.title for one in pool))
    vectors = embedder.encode_passages(
        [
            *(f"{one.hit.title}: {one.plain}" for one in pool),
            *(one.plain for one in pool),
            *titles,
        ]
    )
    wanted = frozenset(content_stems(question))
    weight = rarity([passage_stems(hit) for hit in hits], idf)
    title_at = {title: 2 * len(pool) + at for at, title in enumerate(titles)}
    found = []
    for at, one in enumerate(pool):
        title = vectors[title_at[one.hit.title]] if one.hit.title.strip() else None
        own = Closeness(
            passage=one.hit.signals.cosine or 0.0,
            beyond=_beyond(asked, vectors[len(pool) + at], title),
            words=coverage(wanted, one.stems, weight),
            rest=_rest(wanted, one, weight),
        )
        found.append(Near(float(vectors[at] @ asked), own))
    return found


def _beyond(
    asked: NDArray[np.float32], said: NDArray[np.float32], title: NDArray[np.float32] | None
) -> float:
    """Cosine of two unit vectors after what they share with `title` was taken out of both."""
    import numpy as np

    if title is not None:
        asked = asked - (asked @ title) * title
        said = said - (said @ title) * title
    length = float(np.linalg.norm(asked) * np.linalg.norm(said))
    return float(asked @ said) / length if length > 1e-6 else 0.0


def _rest(wanted: frozenset[str], one: Candidate, weight: Weight) -> float:
    """The share of the words that the title and the headings lack; 1 when they lack none."""
    lacking = wanted - one.context
    return coverage(lacking, one.stems, weight) if lacking else 1.0
