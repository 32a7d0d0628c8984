"""Rarity weights and coverage."""

from __future__ import annotations

import pytest

from carrel.answering.rarity import content_stems, coverage, rarity


def test_function_words_are_left_out_and_words_are_stemmed() -> None:
    assert content_stems("What are the landlord's deposits?") == content_stems("landlord's deposit")


def test_a_word_in_fewer_units_weighs_more_and_an_unseen_one_most() -> None:
    weight = rarity([{"boiler", "fault"}, {"boiler"}, {"boiler"}])
    assert weight("unseen") > weight("fault") > weight("boiler") > 0


def test_a_given_idf_replaces_the_count() -> None:
    assert rarity([{"a"}], lambda stem: 7.0)("a") == 7.0


def test_coverage_is_a_share_of_weight() -> None:
    def weight(stem: str) -> float:
        return {"rare": 3.0}.get(stem, 1.0)

    assert coverage(["rare", "plain", "plain"], {"rare"}, weight) == pytest.approx(0.75)
    assert coverage([], {"rare"}, weight) == 0.0
