"""What the figures of the evidence mean with one embedder: weights and thresholds from data.

They stand in calibrations/NAME.toml, written by `python -m tests.bench.calibrating`, and belong to
the weights of one embedder. An embedder without such a file is judged by cosine alone.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import msgspec

from carrel.answering.closeness import Closeness


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of logistic regression over the figures of `Closeness`, and its constant."""

    passage: float
    beyond: float
    words: float
    rest: float
    constant: float


class Calibration(msgspec.Struct, frozen=True):
    """Of the embedder whose weights have this `sha256`. Below `refuse` (t1) the files do not hold
    the answer, from `accept` (t2) on they do; both are scores in [0, 1]. `measured` says on what
    data and with what result."""

    embedder: str
    sha256: str
    refuse: float
    accept: float
    weights: Weights
    measured: dict[str, str]

    def score(self, found: Iterable[Closeness]) -> float:
        """The probability that the files hold the answer, by the best of these sentences, in
        [0, 1]; where questions with and without an answer are equally frequent."""
        return sigmoid(max((self.logit(one) for one in found), default=-math.inf))

    def logit(self, one: Closeness) -> float:
        """The weighted sum of one sentence's figures."""
        w = self.weights
        return (
            w.constant + w.passage * one.passage + w.beyond * one.beyond + w.words * one.words
            + w.rest * one.rest
        )  # fmt: skip


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-value)), 0 for minus infinity."""
    return 1.0 / (1.0 + math.exp(-value)) if value > -700 else 0.0


def calibration_of(sha256: str) -> Calibration | None:
    """The calibration of the embedder made from these weights, None when there is none."""
    return _known().get(sha256)


@cache
def _known() -> dict[str, Calibration]:
    folder = files("carrel").joinpath("answering", "calibrations")
    texts = [one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")]
    found = [msgspec.convert(tomllib.loads(text), type=Calibration) for text in texts]
    return {one.sha256: one for one in found}
