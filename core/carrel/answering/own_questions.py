"""Questions that a fine-tuned model or an adapter answers by itself, because its card says so.

A card declares them by example. A question is taken for one of them when it means nearly the same
as an example or lies among them; the nearest card wins. Comparing vectors needs no training and
works for any subject that the embedder knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.ports import Embedder
    from carrel_models.declared import Declared

NEAR = 0.38
"""Least likeness. `python -m tests.bench.routed` prints what it does to 38 questions of three cards
and to 234 questions of none."""


class OwnQuestions:
    """Compares questions with declared examples; the examples' vectors are computed once."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[str, ...], NDArray[np.float32]] = {}

    def choose(
        self, question: str, declared: Sequence[Declared], embedder: Embedder
    ) -> Declared | None:
        """The card whose questions this one is like, None when it is like none.

        Likeness is half the cosine to the nearest example and half that to the middle of all: the
        first knows the exact question again, the second the subject.
        """
        if not declared or not question.strip():
            return None
        asked = embedder.encode_query(question)
        likeness = [_likeness(self._of(one, embedder), asked) for one in declared]
        best = max(likeness)
        return declared[likeness.index(best)] if best >= NEAR else None

    def _of(self, card: Declared, embedder: Embedder) -> NDArray[np.float32]:
        """The examples as questions: unit vectors (examples, dimensions)."""
        import numpy as np

        found = self._vectors.get(card.examples)
        if found is None:
            found = np.stack([embedder.encode_query(one) for one in card.examples])
            self._vectors[card.examples] = found
        return found


def _likeness(examples: NDArray[np.float32], asked: NDArray[np.float32]) -> float:
    import numpy as np

    middle = examples.mean(axis=0)
    to_middle = float(middle @ asked) / max(float(np.linalg.norm(middle)), 1e-9)
    return (float((examples @ asked).max()) + to_middle) / 2
