"""Numbers, dates and names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.answering.facts import capitalizes_nouns, facts, is_known, known


@pytest.mark.parametrize(
    ("claim", "source", "same"),
    [
        ("1200 euros", "1,200 euros", True),
        ("20 minutes", "twenty minutes", True),
        ("twenty minutes", "20 minutes", True),
        ("1.50", "1.5 bar", True),
        ("2.5", "25", False),
        ("93%", "93 percent", True),
        ("May 2026", "on 2026-05-01", True),
        ("page 31", "page 13", False),
        ("on April 1", "on March 1", False),
        ("It was Bram", "Bram's offer", True),
        ("It was Visser", "Bram's offer", False),
        ("see Tromsø and Zürich", "Tromsø, zurich", True),
    ],
)
def test_facts_are_found_again_in_other_spellings(claim: str, source: str, same: bool) -> None:
    keys = known([source])
    assert all(is_known(fact, keys) for fact in facts(claim)) is same


def test_sentence_starts_and_pronouns_are_no_names() -> None:
    assert facts("The gate closes. Then I leave. “Keep it.”") == []


def test_one_and_first_are_no_claims_but_prove_numbers() -> None:
    assert facts("one of the first") == []
    assert is_known(facts("1 key")[0], known(["one key"]))


def test_german_capitals_are_not_taken_for_names() -> None:
    assert capitalizes_nouns(["Die Miete ist am Monatsende auf das Konto des Vermieters zu zahlen"])
    assert not capitalizes_nouns(["The rent is due at the end of the month, says Ines Okafor"])
    assert not capitalizes_nouns([])


@settings(deadline=None)  # a busy machine is no defect
@given(st.text(max_size=200))
def test_spans_lie_in_the_text_and_every_text_knows_its_own_facts(text: str) -> None:
    keys = known([text])
    for fact in facts(text):
        assert 0 <= fact.start < fact.end <= len(text)
        assert is_known(fact, keys)
