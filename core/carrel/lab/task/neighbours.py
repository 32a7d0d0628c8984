"""Labelled examples in the embedder's space: the nearest ones, and what label they vote for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from carrel.lab.task.ways import BATCH, BEST, Guess

if TYPE_CHECKING:
    from carrel.ports import Embedder

COUNTS = (1, 3, 5, 10, 20)
"""Numbers of neighbours that are tried on the examples themselves."""
_SHARPNESS = 20.0  # a vote counts exp(_SHARPNESS * cosine): .05 nearer counts e times as much
_TRIED = 2000  # examples that each number is tried on, at most


class Examples:
    """Texts with labels, embedded when they are first needed."""

    def __init__(self, embedder: Embedder, texts: Sequence[str], labels: Sequence[str]) -> None:
        self._embedder = embedder
        self.embedder_id = embedder.id
        self.texts = list(texts)
        self.labels = list(labels)
        self._vectors: NDArray[np.float32] | None = None

    @property
    def vectors(self) -> NDArray[np.float32]:
        """Unit vectors, one row per example."""
        if self._vectors is None:
            self._vectors = self._embedder.encode_passages(self.texts)
        return self._vectors

    def nearest(
        self, texts: Sequence[str], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Places of the `count` nearest examples of each text, nearest first, and their cosines;
        both (len(texts), count)."""
        cosines = self._embedder.encode_passages(list(texts)) @ self.vectors.T
        return _top(cosines, min(count, len(self.texts)))


class Neighbours:
    """The nearest examples vote, each with exp(20 * cosine); what they give a label, over all
    votes, is its probability. How many vote is the number that labels the examples themselves best,
    each one left out in turn."""

    def __init__(self, examples: Examples, count: int = 0) -> None:
        """`count` 0 chooses."""
        self._examples = examples
        self.count = count or chosen_count(examples)
        self.words = f"the {self.count} nearest examples vote ({examples.embedder_id}, cosine)"

    def guesses(self, texts: Sequence[str], cancel: threading.Event) -> Iterator[Guess]:
        """See `Way`. Raises UserError when the embedder cannot be loaded."""
        for at in range(0, len(texts), BATCH):
            if cancel.is_set():
                return
            places, cosines = self._examples.nearest(texts[at : at + BATCH], self.count)
            for row, near in zip(places, cosines, strict=True):
                yield _guess(_votes([self._examples.labels[one] for one in row], near))


def chosen_count(examples: Examples) -> int:
    """The number of COUNTS with the best accuracy on the examples, each one left out in turn (at
    most 2,000 of them, evenly spread); the smaller one on a tie."""
    usable = [count for count in COUNTS if count < len(examples.texts)]
    if len(usable) < 2:
        return COUNTS[0]
    step = max(1, len(examples.texts) // _TRIED)
    tried = np.arange(0, len(examples.texts), step)
    cosines = examples.vectors[tried] @ examples.vectors.T
    cosines[np.arange(len(tried)), tried] = -np.inf  # not itself
    places, near = _top(cosines, max(usable))

    def right(count: int) -> int:
        return sum(
            _guess(_votes([examples.labels[one] for one in row[:count]], close[:count])).best[0][0]
            == examples.labels[at]
            for at, row, close in zip(tried, places, near, strict=True)
        )

    return max(usable, key=right)


def _votes(labels: Sequence[str], cosines: NDArray[np.float32]) -> dict[str, float]:
    weights = np.exp(_SHARPNESS * (cosines.astype(np.float64) - float(cosines[0])))
    votes: dict[str, float] = {}
    for label, weight in zip(labels, weights / weights.sum(), strict=True):
        votes[label] = votes.get(label, 0.0) + float(weight)
    return votes


def _guess(votes: dict[str, float]) -> Guess:
    ranked = sorted(votes.items(), key=lambda one: -one[1])
    return Guess(ranked[:BEST], sum(vote for _, vote in ranked[BEST:]))


def _top(cosines: NDArray[np.float32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Columns of the `count` largest values of each row, the largest first, and the values."""
    places = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
    values = np.take_along_axis(cosines, places, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(places, order, axis=1), np.take_along_axis(values, order, axis=1)
