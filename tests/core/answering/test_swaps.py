"""One exchanged word is a contradiction; another wording is not."""

import pytest

from carrel.answering.rarity import content_stems
from carrel.answering.swaps import swapped

QUOTE = "When the boiler fails, the landlord pays for the repair, parts and labour included."
OTHERS = "The tenant pays a deposit. Let it cool for 20 minutes before you clean it."
VOCABULARY = frozenset(content_stems(f"{QUOTE} {OTHERS}"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The tenant pays for the repair, parts and labour included.", True),
        ("The answer is: The tenant pays for the repair.", True),
        ("The landlord pays for the repair, parts and labour included.", False),
        ("The owner pays for the repair, parts and labour included.", False),
        ("If the boiler fails, the landlord pays for the repair.", False),
        ("Repairs are paid by the landlord.", False),
        ("", False),
    ],
)
def test_a_swap_is_seen(text, expected):
    assert swapped(text, QUOTE, VOCABULARY) is expected


def test_a_phrase_or_a_word_of_the_quote_itself_can_be_exchanged() -> None:
    quote = "Headache and dizziness are common and may affect up to 1 in 10 people."
    words = frozenset(content_stems(f"{quote} A rash is rare."))
    assert swapped("A rash is common and may affect up to 1 in 10 people.", quote, words)
    quote = "Plots with clover yielded more hay per hectare than plots with ryegrass."
    words = frozenset(content_stems(quote))
    assert swapped("Plots with ryegrass yielded more hay per hectare.", quote, words)
    assert not swapped("With clover, plots yielded more hay per hectare.", quote, words)


def test_numbers_are_not_its_business():
    quote = "Let the boiler cool for twenty minutes before cleaning the sensor."
    assert not swapped("Let the boiler cool for 20 minutes before cleaning.", quote, VOCABULARY)
