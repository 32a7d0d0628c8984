"""Refusals in many words."""

from __future__ import annotations

import pytest

from carrel.answering.refusal import is_refusal


@pytest.mark.parametrize(
    "answer",
    [
        "Not in the passages.",
        "not in the passages",
        "It is not in the passages provided.",
        "The passages do not mention the rent.",
        "The provided context doesn't contain any information about that.",
        "None of the documents answer this.",
        "There is no information about pets in the given text.",
        "I'm sorry, but I cannot find that.",
        "I don't know.",
        "The answer is not mentioned in the passage.",
        "Sorry, the passages say nothing about parking.",
        "",
        "  \n",
    ],
)
def test_refusals(answer: str) -> None:
    assert is_refusal(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "The lease does not mention pets in the kitchen.",
        "Notice by e-mail is not valid.",
        "The deposit is 1,200 euros. The passages do not say when it is due.",
        "No.",
        "There is no fee for children.",
        "Passage money was paid in the harbour.",
        "The tenant is not in the building.",
    ],
)
def test_answers(answer: str) -> None:
    assert not is_refusal(answer)
