"""Examples on a card."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel_models.adapters import AdapterShelf, UnknownAdapter
from carrel_models.declared import checked_examples

from .tiny_adapter import write_adapter


def test_blanks_and_repetitions_go() -> None:
    assert checked_examples([" a  b ", "a b", "", "c", "d"]) == ["a b", "c", "d"]
    assert checked_examples([]) == []


@pytest.mark.parametrize("examples", [["a"], ["a", "b", "a"], [str(i) for i in range(201)]])
def test_too_few_and_too_many_are_refused(examples: list[str]) -> None:
    with pytest.raises(ValueError, match="3 to 200"):
        checked_examples(examples)


def test_a_book_is_no_example() -> None:
    with pytest.raises(ValueError, match="2,000 characters"):
        checked_examples(["a", "b", "c" * 3_000])


def test_a_declaration_stays_on_the_card_and_can_be_taken_back(tmp_path: Path) -> None:
    shelf = AdapterShelf(tmp_path / "shelf")
    card = shelf.add(write_adapter(tmp_path / "tone.gguf"))
    assert card.answers == []
    shelf.declare(card.id, ["one?", "two?", "three?"])
    again = AdapterShelf(tmp_path / "shelf").get(card.id)
    assert again.answers == ["one?", "two?", "three?"]
    assert again.sha256 == card.sha256
    shelf.declare(card.id, [])
    assert shelf.get(card.id).answers == []


def test_an_unknown_adapter_declares_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnknownAdapter):
        AdapterShelf(tmp_path).declare("nobody", ["a", "b", "c"])
