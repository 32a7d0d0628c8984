"""Quotes as the answer: their places, and when a model writes instead."""

from __future__ import annotations

import pytest

from carrel.answering.verbatim import best_sentences
from carrel.answering.writing import in_quotes, writes
from carrel.desk.shelf_requests import AdapterChoice
from tests.core.answering.hits import LEASE, hit


class Holder:
    """A model of which is known whether it can be relied on."""

    def __init__(self, reliable: bool) -> None:
        self.reliable = reliable

    def can_be_relied_on(self, adapters: object = None) -> bool:
        return self.reliable


def test_each_quote_is_cited_at_its_place_in_the_answer_and_in_the_document() -> None:
    wrapped = hit(
        "The gate is shut\n at nine in the evening.", rank=2, document="/gate.txt", start=7
    )
    quotes = best_sentences("When is the gate shut?", [wrapped, LEASE])
    answer, citations = in_quotes(quotes)
    assert [one.n for one in citations] == list(range(1, len(quotes) + 1))
    for quote, one in zip(quotes, citations, strict=True):
        source = wrapped if one.document == "/gate.txt" else LEASE
        assert one.quote == quote.text == source.text[one.start - source.start :][: len(one.quote)]
        assert answer[one.answer_start : one.answer_end] == " ".join(quote.text.split())
        assert one.support == 1.0
    assert "shut at nine" in answer
    assert in_quotes([]) == ("", [])


@pytest.mark.parametrize("reliable", [True, False])
def test_the_setting_stands_before_what_is_known_of_the_model(reliable: bool) -> None:
    holder = Holder(reliable)
    assert writes("always", holder)  # type: ignore[arg-type]
    assert not writes("never", holder, "some-model")  # type: ignore[arg-type]
    assert writes("auto", holder) is reliable  # type: ignore[arg-type]


def test_a_model_or_an_adapter_that_was_named_for_the_question_speaks() -> None:
    weak = Holder(False)
    assert writes("auto", weak, "some-model")  # type: ignore[arg-type]
    assert writes("auto", weak, "", [AdapterChoice(id="tone")])  # type: ignore[arg-type]
    assert not writes("auto", weak, "", [])  # type: ignore[arg-type]
