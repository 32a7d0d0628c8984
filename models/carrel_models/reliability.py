"""Whether what a model writes about passages can be relied on: measured where it was, by its size
where it was not.

Carrel shows the files' own sentences before any model speaks. A model whose answers hold what was
asked less often than those sentences do adds mistakes, not answers; the sentences stand then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from carrel_models.starter import starter_facts

if TYPE_CHECKING:
    from carrel_models.card import ModelCard

LEAST = 0.70
"""Share of answers that must hold what was asked. The first verbatim sentence alone has .71 on 300
questions of Natural Questions (`python tests/bench/answering.py verbatim`)."""
SIZES = ((3_500_000_000, 0.71), (1_000_000_000, 0.41), (0, 0.20))
"""Smallest number of parameters, and the share of correct answers that is published for models from
there on which answer from passages on a processor: 4B .71 (8B .72), 1.5B .41. Models called 4B have
3.8 to 4.1 billion. Under a billion: below the starter's figure when it was first measured, .38."""


class Reliability(NamedTuple):
    """`correct` is the share of answers that hold what was asked, with the right passage at hand;
    `measured` tells a figure of this very model from one for models of its size."""

    correct: float
    measured: bool

    @property
    def enough(self) -> bool:
        """Whether generated text may be the answer without being asked for."""
        return self.correct >= LEAST


def reliability_of(card: ModelCard) -> Reliability:
    """What is known of a model by itself; what an adapter makes of it is not known."""
    starter = starter_facts()
    if card.starter or (card.sha256 and card.sha256 == starter.sha256):
        return Reliability(starter.holds_answer, measured=True)
    parameters = card.parameters or 0
    figure = next(figure for least, figure in SIZES if parameters >= least)
    return Reliability(figure, measured=False)
