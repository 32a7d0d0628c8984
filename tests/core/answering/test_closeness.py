"""What a sentence says beyond its title, and the score that is made of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from carrel.answering.calibration import calibration_of, sigmoid
from carrel.answering.candidates import candidates
from carrel.answering.closeness import nearness
from carrel.library.embedder_card import weights_sha256
from carrel.library.embedders import STARTER, starter_folder
from tests.core.answering.hits import hit

QUESTION = "ferry price"


class Plane:
    """Three directions: the ferry itself, its price, its colour."""

    id, sha256, dimensions, max_tokens = "plane", "1" * 64, 3, 256

    def __init__(self) -> None:
        self.texts: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        rows = [
            [
                1.0 * ("erry" in one),
                1.0 * ("pounds" in one or "price" in one),
                1.0 * ("blue" in one),
            ]
            for one in texts
        ]
        made = np.array(rows, dtype=np.float32)
        return np.asarray(made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9))

    def encode_query(self, text: str) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self.encode_passages([text])[0]
        return row


def test_beyond_its_title_only_the_sentence_that_answers_is_near() -> None:
    found = hit("The ferry is blue. The ferry costs nine pounds.", title="The ferry", cosine=0.8)
    plane = Plane()
    colour, price = nearness(QUESTION, candidates([found]), [found], plane)
    assert colour.closeness.beyond == pytest.approx(0.0, abs=1e-6)
    assert price.closeness.beyond == pytest.approx(1.0, abs=1e-6)
    assert colour.closeness.passage == price.closeness.passage == 0.8
    assert plane.texts.count("The ferry") == 1


def test_words_that_the_title_holds_are_no_news() -> None:
    found = hit("It costs nine pounds at any price.", title="Ferry", cosine=0.5)
    near = nearness(QUESTION, candidates([found]), [found], Plane())[0].closeness
    assert 0 < near.words < 1
    assert near.rest == 1.0


def test_a_passage_without_a_title_or_a_cosine_is_measured_too() -> None:
    found = hit("The price is nine pounds.", title=" ")
    near = nearness(QUESTION, candidates([found]), [found], Plane())[0].closeness
    assert near.passage == 0.0
    assert near.beyond == pytest.approx(math.sqrt(0.5), abs=1e-6)


def test_the_starter_embedder_has_a_calibration_of_its_own() -> None:
    found = calibration_of(weights_sha256(starter_folder()))
    assert found is not None
    assert found.embedder == STARTER
    assert 0 < found.refuse < found.accept < 1
    assert found.measured
    assert found.score([]) == 0.0
    assert calibration_of("0" * 64) is None


def test_the_sigmoid_is_safe_far_out() -> None:
    assert (sigmoid(0.0), sigmoid(-1e9), sigmoid(1e9)) == (0.5, 0.0, 1.0)
