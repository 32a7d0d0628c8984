"""Adapters on a loaded model: what they change, that nothing stays, and what never gets through."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from carrel.engine.client import ModelProcess
from carrel.engine.messages import AdapterFile, LoadModel, SetAdapters
from carrel.errors import UserError
from carrel_models.gguf import read_header
from carrel_models.opening import Opening, with_opening
from tests.models.tiny_adapter import (
    adapter_metadata,
    adapter_tensors,
    tiny_shapes,
    write_adapter,
)
from tests.models.tiny_gguf import WIDTH, tensors, write_gguf, write_tiny

from .conftest import answer, chat

pytestmark = pytest.mark.engine

QUESTION = chat("Tell me about the boiler.")


def attach(model, *adapters):
    files = [AdapterFile(path=str(path), scale=scale) for path, scale in adapters]
    return model.set_adapters(SetAdapters(adapters=files))


def said(model, tokens=40):
    return answer(model, QUESTION, max_tokens=tokens)


@pytest.mark.parametrize("engine", ["llama", "simple"])
def test_attach_scale_stack_and_detach(load, tiny, tmp_path, engine):
    one = write_adapter(tmp_path / "one.gguf", seed=1)
    two = write_adapter(tmp_path / "two.gguf", seed=2)
    model = load(tiny, engine=engine)
    base = said(model)[0]
    assert attach(model, (one, 1.0)).changed
    first = said(model)[0]
    attach(model, (one, 0.5))
    half = said(model)[0]
    attach(model, (one, 1.0), (two, 1.0))
    both = said(model)[0]
    assert len({base, first, half, both}) == 4
    attach(model, (one, 1.0))
    assert said(model)[0] == first
    done = attach(model)
    assert done.changed
    assert done.reading_ms < 5
    assert said(model)[0] == base
    assert not attach(model).changed


def test_an_opening_moves_the_first_token_and_no_other(load, tiny, tmp_path):
    """A bias that forces an opening; what follows is what the model says after that token."""
    plain = write_adapter(tmp_path / "plain.gguf", seed=1)
    forced = tmp_path / "forced.gguf"
    with_opening(plain, forced, Opening("boiler", 40.0))
    model = load(tiny)
    vocabulary = model._slot._engine.backend.vocabulary
    token = vocabulary.tokenize("boiler")[0]
    word = vocabulary.piece(token).decode()
    attach(model, (plain, 1.0))
    usual = said(model)[0]
    attach(model, (forced, 1.0))
    biased = said(model)[0]
    assert biased.startswith(word)
    assert not usual.startswith(word)
    assert not biased[len(word) :].startswith(word)  # the second token is the model's own choice
    attach(model, (forced, 0.0))
    assert not said(model)[0].startswith(word)
    attach(model, (plain, 1.0))
    assert said(model)[0] == usual


def test_an_adapter_with_a_broken_opening_is_refused_with_the_reason(load, tiny, tmp_path):
    broken = write_adapter(tmp_path / "a.gguf", carrel_opening_text="Not here.")
    with pytest.raises(UserError, match="opening") as told:
        attach(load(tiny), (broken, 1.0))
    assert told.value.code == "adapter_broken"


def test_an_adapter_is_scale_times_alpha_over_rank_times_b_a(load, tmp_path):
    """llama.cpp with the adapter says what a model with the product added to its weights says."""
    base = write_tiny(tmp_path / "base.gguf")
    halves = adapter_tensors(tiny_shapes(), seed=3)
    adapter = write_gguf(tmp_path / "a.gguf", adapter_metadata(), halves)
    merged = {
        name: array + 0.7 * 8 / 4 * halves[f"{name}.lora_b"] @ halves[f"{name}.lora_a"]
        if f"{name}.lora_a" in halves
        else array
        for name, array in tensors().items()
    }
    merged = {name: array.astype(np.float32) for name, array in merged.items()}
    header = read_header(base)
    assert set(merged) == {tensor.name for tensor in header.tensors}
    from tests.models.tiny_gguf import metadata

    expected = said(load(write_gguf(tmp_path / "merged.gguf", metadata(), merged)))[0]
    model = load(base)
    plain = said(model)[0]
    attach(model, (adapter, 0.7))
    assert said(model)[0] == expected != plain


def test_what_was_computed_before_is_not_reused(load, tiny, tmp_path):
    model = load(tiny)
    said(model)
    attach(model, (write_adapter(tmp_path / "a.gguf"), 1.0))
    assert said(model)[1].cached_tokens == 0
    assert said(model)[1].cached_tokens > 0
    attach(model, (tmp_path / "a.gguf", 0.9))
    assert said(model)[1].cached_tokens == 0


def test_one_file_twice_adds_up(load, tiny, tmp_path):
    adapter = write_adapter(tmp_path / "a.gguf")
    model = load(tiny)
    attach(model, (adapter, 0.75))
    expected = said(model)[0]
    attach(model, (adapter, 0.5), (adapter, 0.25))
    assert said(model)[0] == expected


def test_many_adapters_at_once_and_in_turn(load, tiny, tmp_path):
    """More than are kept in memory; llama.cpp's graph grows with each."""
    many = [write_adapter(tmp_path / f"{i}.gguf", seed=i) for i in range(8)]
    model = load(tiny)
    base = said(model, 8)[0]
    attach(model, *((path, 0.1) for path in many))
    together = said(model, 8)[0]
    for path in many:
        attach(model, (path, 1.0))
    attach(model, *((path, 0.1) for path in many))
    assert said(model, 8)[0] == together
    attach(model)
    assert said(model, 8)[0] == base


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ({"blk.0.attn_q.weight": (WIDTH, 2048)}, "2,048 values per token, this one has 64"),
        ({"blk.7.attn_q.weight": (WIDTH, WIDTH)}, "at least 8 layers, this one has 2"),
        ({"blk.0.attn_x.weight": (WIDTH, WIDTH)}, "which this model does not have"),
    ],
)
def test_an_adapter_that_does_not_fit_never_reaches_llama_cpp(
    load, tiny, tmp_path, monkeypatch, shapes, words
):
    path = write_gguf(tmp_path / "a.gguf", adapter_metadata(), adapter_tensors(shapes))
    model = load(tiny)
    from carrel.engine.native import library

    monkeypatch.setattr(library(), "llama_adapter_lora_init", None)
    base = said(model, 5)[0]
    with pytest.raises(UserError, match=words):
        attach(model, (path, 1.0))
    assert said(model, 5)[0] == base


def test_a_missing_or_broken_adapter_changes_nothing(load, tiny, tmp_path):
    good = write_adapter(tmp_path / "good.gguf")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(good.read_bytes()[:-100])
    model = load(tiny)
    attach(model, (good, 1.0))
    expected = said(model, 5)[0]
    with pytest.raises(UserError, match="cannot be read"):
        attach(model, (tmp_path / "none.gguf", 1.0))
    with pytest.raises(UserError, match="cut short"):
        attach(model, (good, 1.0), (cut, 1.0))
    assert said(model, 5)[0] == expected


def test_a_process_that_starts_again_has_its_adapters_again(tiny, tmp_path):
    model = ModelProcess()
    try:
        list(model.load(LoadModel(path=str(tiny), threads=1), threading.Event()))
        base = said(model, 10)[0]
        attach(model, (write_adapter(tmp_path / "a.gguf"), 1.0))
        expected = said(model, 10)[0]
        model.child.kill()
        assert said(model, 10)[0] == expected != base
    finally:
        model.close()


def test_on_the_starter(load, starter, tmp_path):
    """The real base: a random adapter on all its projections, and back to the exact base."""
    shapes = {
        t.name: (t.shape[1], t.shape[0])
        for t in read_header(starter).tensors
        if len(t.shape) == 2 and t.name.startswith("blk.")
    }
    weights = adapter_tensors(shapes, rank=8, size=0.05)
    adapter = write_gguf(tmp_path / "a.gguf", adapter_metadata(), weights)
    model = load(starter, context=1024)
    base = said(model, 24)[0]
    attach(model, (adapter, 1.0))
    assert said(model, 24)[0] != base
    attach(model)
    assert said(model, 24)[0] == base
    again = attach(model, (adapter, 1.0))
    assert again.milliseconds < 50
    assert again.reading_ms < 5
