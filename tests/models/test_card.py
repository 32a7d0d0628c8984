"""Model cards: what a file is, from its header alone."""

from __future__ import annotations

import pytest

from carrel_models.card import read_card
from carrel_models.starter import starter_card, starter_facts, starter_path
from carrel_models.templates import digest, family_of
from tests.models.tiny_gguf import CHATML, write_tiny


def test_tiny_card(tmp_path):
    path = write_tiny(tmp_path / "tiny.gguf")
    card = read_card(path)
    assert (card.name, card.kind, card.architecture) == ("Tiny", "chat model", "llama")
    assert (card.quantization, card.licence) == ("F32", "apache-2.0")
    assert (card.trained_context, card.vocabulary) == (512, 267)
    # 2 layers, 2 heads for keys and values of 16 numbers each, 2 bytes a number, keys and values.
    assert card.cache_bytes_per_token == 2 * 2 * 16 * 2 * 2
    assert card.parameters == pytest.approx((path.stat().st_size - 8000) / 4, rel=0.02)
    assert (card.template, card.template_family) == ("unknown", "")


KINDS = {
    "adapter": {"general.type": "adapter"},
    "projector": {"general.type": "mmproj"},
    "other": {"general.type": "imatrix"},
    "embedder": {"llama.attention.causal": False},
    "part": {"split.no": 1, "split.count": 2},
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(tmp_path, kind):
    assert read_card(write_tiny(tmp_path / "m.gguf", change=KINDS[kind])).kind == kind


def test_encoder_and_pooling_models_are_embedders(tmp_path):
    change = {"general.architecture": "bert"}
    assert read_card(write_tiny(tmp_path / "bert.gguf", change=change)).kind == "embedder"
    change = {"llama.pooling_type": 3}
    assert read_card(write_tiny(tmp_path / "pool.gguf", change=change)).kind == "embedder"


def test_vocabulary_without_weights(tmp_path):
    assert read_card(write_tiny(tmp_path / "v.gguf", drop="weight")).kind == "vocabulary"


def test_no_template(tmp_path):
    assert read_card(write_tiny(tmp_path / "n.gguf", template=None)).template == "none"


def test_starter_card():
    path = starter_path()
    assert path is not None
    card, facts = starter_card(path), starter_facts()
    assert card.size == facts.size
    assert (card.name, card.licence) == ("SmolLM2 135M Instruct", "Apache-2.0")
    assert (card.quantization, card.parameters) == ("Q4_1", 134_515_008)
    assert (card.trained_context, card.vocabulary) == (8192, 49_152)
    assert (card.template, card.template_family, card.starter) == ("known", "chatml", True)


def test_template_digest_is_of_the_text():
    assert family_of(CHATML) == ""
    assert digest("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
