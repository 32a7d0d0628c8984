"""Questions that a card declares as its own."""

from __future__ import annotations

from carrel.answering.own_questions import OwnQuestions
from carrel.fakes import HashEmbedder
from carrel_models.declared import Declared

BANK = Declared("bank", ("my card is lost", "my card is stolen", "my card is blocked"))
CODES = Declared("codes", ("code of asthma", "code of gout", "code of migraine"), adapter=False)


class Counting(HashEmbedder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_query(self, text):
        self.asked.append(text)
        return super().encode_query(text)


def choose(question: str, *declared: Declared) -> str:
    found = OwnQuestions().choose(question, declared, HashEmbedder())
    return found.id if found is not None else ""


def test_the_nearest_card_wins_and_foreign_questions_belong_to_none() -> None:
    assert choose("my card is broken", BANK, CODES) == "bank"
    assert choose("code of tonsillitis", BANK, CODES) == "codes"
    assert choose("when does winter begin", BANK, CODES) == ""


def test_without_cards_or_words_nobody_is_asked() -> None:
    embedder = Counting()
    assert OwnQuestions().choose("my card is lost", [], embedder) is None
    assert OwnQuestions().choose("  ", [BANK], embedder) is None
    assert embedder.asked == []


def test_examples_are_embedded_once() -> None:
    embedder, own = Counting(), OwnQuestions()
    own.choose("my card is lost", [BANK], embedder)
    own.choose("my card is gone", [BANK], embedder)
    assert len(embedder.asked) == len(BANK.examples) + 2
