"""Adapters by their headers: what they are, whether they fit, and the shelf that keeps them."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from carrel_models.adapter import check_adapter, pairing, read_adapter
from carrel_models.adapters import AdapterShelf, UnknownAdapter
from carrel_models.gguf import BadGguf, read_header

from .tiny_adapter import adapter_metadata, adapter_tensors, tiny_shapes, write_adapter
from .tiny_gguf import WIDTH, metadata, tensors, vocabulary, write_gguf, write_tiny


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("base") / "base.gguf")


@pytest.fixture
def shelf(tmp_path):
    return AdapterShelf(tmp_path / "shelf")


def fit(path, base):
    return pairing(read_header(path), read_header(base))


def test_a_card_says_what_the_header_says(tmp_path):
    card = read_adapter(write_adapter(tmp_path / "tone.gguf"))
    assert (card.name, card.architecture, card.base_model) == ("Tone", "llama", "Tiny")
    assert (card.rank, card.alpha, card.licence) == (4, 8.0, "mit")
    assert card.tensors == len(tiny_shapes())
    assert card.size == (tmp_path / "tone.gguf").stat().st_size


def test_an_adapter_for_this_base_fits(tmp_path, base):
    assert fit(write_adapter(tmp_path / "a.gguf"), base) == (True, "")


@pytest.mark.parametrize(
    ("shapes", "reason"),
    [
        ({"blk.0.attn_q.weight": (64, 2048)}, "with 2,048 values per token, this one has 64"),
        ({"blk.0.attn_output.weight": (2048, 64)}, "with 2,048 values per token, this one has 64"),
        ({"blk.0.ffn_up.weight": (99, 64)}, "blk.0.ffn_up.weight is 64 by 128 here"),
        ({"blk.30.attn_q.weight": (64, 64)}, "at least 31 layers, this one has 2"),
        ({"blk.0.ffn_gate_exps.weight": (64, 64)}, "which this model does not have"),
        ({"blk.0.attn_norm.weight": (1, 64)}, "which is not a matrix"),
    ],
)
def test_a_misfit_is_told_in_words(tmp_path, base, shapes, reason):
    path = write_gguf(tmp_path / "a.gguf", adapter_metadata(), adapter_tensors(shapes))
    fits, words = fit(path, base)
    assert not fits
    assert reason in words


def test_an_adapter_for_another_architecture(tmp_path, base):
    path = write_adapter(tmp_path / "a.gguf", general_architecture="qwen2")
    assert fit(path, base).reason.endswith("architecture qwen2, this one is llama.")


def embedding(rank_a=4, rank_b=4):
    return {
        "token_embd.weight.lora_a": np.ones((len(vocabulary()), rank_a), np.float32),
        "token_embd.weight.lora_b": np.ones((WIDTH, rank_b), np.float32),
    }


def test_an_embedding_has_its_own_layout(tmp_path, base):
    good = write_gguf(tmp_path / "a.gguf", adapter_metadata(), embedding())
    assert fit(good, base).fits
    ranks = write_gguf(tmp_path / "b.gguf", adapter_metadata(), embedding(rank_b=5))
    assert not fit(ranks, base).fits
    tied = write_tiny(tmp_path / "tied.gguf", drop="output.weight")
    assert "also the output" in fit(good, tied).reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"general_type": "model"}, "not an adapter"),
        ({"general_type": None}, "not an adapter"),
        ({"adapter_type": "control_vector"}, "of the kind 'control_vector'"),
        ({"general_architecture": None}, "which architecture"),
        ({"adapter_lora_alpha": 8}, "not a decimal number"),
        ({"adapter_lora_alpha": float("inf")}, "not a decimal number"),
    ],
)
def test_what_is_no_lora_adapter(tmp_path, changes, reason):
    with pytest.raises(BadGguf, match=reason):
        read_adapter(write_adapter(tmp_path / "a.gguf", **changes))


def test_alpha_must_be_stored_as_llama_cpp_reads_it(tmp_path):
    """A 64-bit alpha ends the process: llama.cpp asserts the type."""
    path = write_adapter(tmp_path / "a.gguf")
    data = path.read_bytes()
    key = b"adapter.lora.alpha"
    at = data.index(key) + len(key)
    path.write_bytes(data[:at] + struct.pack("<Id", 12, 8.0) + data[at + 8 :])
    with pytest.raises(BadGguf, match="not stored as a 32-bit number"):
        check_adapter(read_header(path))


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ({}, "changes nothing"),
        ({"blk.0.attn_q.weight.lora_a": np.ones((4, 64), np.float32)}, "only one half"),
        ({"blk.0.attn_q.weight": np.ones((64, 64), np.float32)}, "neither half"),
        ({"blk.0.attn_q.weight.lora_a": np.ones(64, np.float32)}, "is not a matrix"),
        ({f"{'x' * 70}.lora_a": np.ones((4, 64), np.float32)}, "too long a name"),
    ],
)
def test_tensors_that_are_no_pairs(tmp_path, weights, reason):
    with pytest.raises(BadGguf, match=reason):
        read_adapter(write_gguf(tmp_path / "a.gguf", adapter_metadata(), weights))


def test_a_download_that_was_cut_short(tmp_path):
    path = write_adapter(tmp_path / "a.gguf")
    path.write_bytes(path.read_bytes()[:-64])
    with pytest.raises(BadGguf, match="cut short"):
        read_adapter(path)


def test_a_split_base_is_read_whole(tmp_path):
    weights = tensors()
    first = {name: weights.pop(name) for name in list(weights)[:5]}
    values = {**metadata(), "split.no": 0, "split.count": 2}
    write_gguf(tmp_path / "m-00001-of-00002.gguf", values, first)
    write_gguf(tmp_path / "m-00002-of-00002.gguf", {"split.no": 1, "split.count": 2}, weights)
    shelf = AdapterShelf(tmp_path / "shelf")
    card = shelf.add(write_adapter(tmp_path / "a.gguf"))
    assert shelf.fits(card, tmp_path / "m-00001-of-00002.gguf").fits


# --- the shelf ---


def test_a_linked_adapter_stays_and_a_copy_goes(tmp_path, shelf):
    linked, other = write_adapter(tmp_path / "a.gguf"), write_adapter(tmp_path / "b.gguf", seed=9)
    one, two = shelf.add(linked), shelf.add(other, copy=True)
    assert one.path == str(linked)
    assert two.copied
    other.unlink()
    assert [card.problem for card in shelf.list()] == ["", ""]
    shelf.remove(one.id)
    shelf.remove(two.id)
    assert linked.exists()
    assert list(shelf.folder.glob("*.gguf")) == []
    assert shelf.list() == []
    with pytest.raises(UnknownAdapter):
        shelf.remove(one.id)


def test_the_same_adapter_twice_is_one(tmp_path, shelf):
    path = write_adapter(tmp_path / "a.gguf")
    card = shelf.add(path)
    (tmp_path / "again.gguf").write_bytes(path.read_bytes())
    assert shelf.add(path) == card
    assert shelf.add(tmp_path / "again.gguf") == card
    assert shelf.resolve(str(path)) == shelf.resolve(card.id) == card
    assert len(shelf.list()) == 1


def test_a_file_that_changed_or_went_says_so(tmp_path, shelf):
    path = write_adapter(tmp_path / "a.gguf")
    card = shelf.add(path)
    write_adapter(path, seed=5, rank=8)
    assert "something else now" in shelf.get(card.id).problem
    new = shelf.add(path)
    assert (new.rank, len(shelf.list())) == (8, 1)
    path.unlink()
    assert "not there any more" in shelf.get(new.id).problem


def test_what_is_attached_is_kept_per_model(tmp_path, shelf):
    one = shelf.add(write_adapter(tmp_path / "a.gguf", seed=1))
    two = shelf.add(write_adapter(tmp_path / "b.gguf", seed=2))
    shelf.attach("model-1.5b", [(one.id, 1.0), (two.id, 0.25)])
    shelf.attach("other", [(two.id, 1.0)])
    again = AdapterShelf(shelf.folder)
    assert again.attached("model-1.5b") == [(one.id, 1.0), (two.id, 0.25)]
    assert again.models_of(two.id) == ["model-1.5b", "other"]
    again.remove(two.id)
    assert shelf.attached("model-1.5b") == [(one.id, 1.0)]
    assert shelf.attached("other") == []
    with pytest.raises(UnknownAdapter):
        shelf.attach("other", [("none-such", 1.0)])
    shelf.attach("model-1.5b", [])
    assert shelf.attached("model-1.5b") == []
