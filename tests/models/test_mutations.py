"""Broken headers by the thousand, without llama.cpp: each gives a card or a sentence."""

from __future__ import annotations

import time

import msgspec
import pytest

from carrel_models.adapter import AdapterCard, read_adapter
from carrel_models.card import ModelCard, read_card
from carrel_models.files import read_toml, write_toml
from carrel_models.gguf import BadGguf
from tests.models.gguf_parts import parts_of
from tests.models.mutations import ADAPTER_MUTATIONS, MUTATIONS, Mutant, mutants
from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny

MOST_TEXT = 20_000  # characters of a card: it goes to the window, in a list with others


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("base") / "tiny.gguf").read_bytes()


def check(mutant: Mutant, path, read, kind):
    """The card or the sentence of one mutant, within a second."""
    path.write_bytes(mutant.data)
    start = time.monotonic()
    try:
        card = read(path)
    except BadGguf as error:
        text = str(error)
        assert text.endswith("."), (mutant.name, text)
        assert "\n" not in text, (mutant.name, text)
        assert len(text) < 1000, mutant.name
        return None
    finally:
        assert time.monotonic() - start < 1.0, mutant.name
    line = msgspec.json.encode(card)
    assert len(line) < MOST_TEXT, mutant.name
    assert "\\n" not in card.name, mutant.name
    assert msgspec.json.decode(line, type=kind) == card, mutant.name
    return card


def test_a_file_taken_apart_is_put_together_again(base):
    assert parts_of(base).encoded() == base


def test_a_number_is_one_mutant_for_ever(base):
    numbers = range(2 * len(MUTATIONS))
    first, again = list(mutants(base, numbers)), list(mutants(base, numbers))
    assert first == again
    assert all(mutant.data != base for mutant in first)
    assert len({mutant.data for mutant in first}) == len(first)


def test_thousands_of_broken_models_give_a_card_or_a_sentence(base, tmp_path):
    path, cards = tmp_path / "mutant.gguf", 0
    for mutant in mutants(base, range(100_000, 102_000)):
        cards += check(mutant, path, read_card, ModelCard) is not None
    assert 500 < cards < 1900


def test_what_a_broken_model_says_is_kept_as_it_was_said(base, tmp_path):
    """A card written into the shelf comes back the same, whatever text it holds."""
    facts = [m for m in MUTATIONS if m.__name__ == "facts"]
    for mutant in mutants(base, range(100), tuple(facts)):
        card = check(mutant, tmp_path / "mutant.gguf", read_card, ModelCard)
        if card is not None:
            write_toml(tmp_path / "card.toml", card)
            assert read_toml(tmp_path / "card.toml", ModelCard) == card, mutant.name


def test_hundreds_of_broken_adapters_give_a_card_or_a_sentence(tmp_path):
    base = write_adapter(tmp_path / "adapter.gguf").read_bytes()
    path, cards = tmp_path / "mutant.gguf", 0
    for mutant in mutants(base, range(700), ADAPTER_MUTATIONS):
        cards += check(mutant, path, read_adapter, AdapterCard) is not None
    assert 50 < cards < 650
