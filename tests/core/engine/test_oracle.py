"""Our engine against llama_cpp.Llama: greedy output is identical, token for token."""

from __future__ import annotations

import msgspec
import pytest

from .conftest import answer, chat

pytestmark = pytest.mark.engine

QUESTIONS = ["What is a carrel in a library?", "Who sits there, and why?", "Name three things."]


def token_ids(model):
    """Every token that the model's cache holds: prompts and answers of all turns."""
    backend = model._slot._engine._backend
    if hasattr(backend, "llama"):
        return backend.llama.input_ids[: backend.llama.n_tokens].tolist()
    return backend._context.cached


def compare(load, path, max_tokens, **settings):
    ours = load(path, **settings)
    oracle = load(path, engine="simple", **settings)
    said = []
    for question in QUESTIONS:
        messages = chat(*said, question, system="Answer from the passages. " * 8)
        text, end = answer(ours, messages, max_tokens=max_tokens)
        expected, oracle_end = answer(oracle, messages, max_tokens=max_tokens)
        assert text == expected
        assert end.generated_tokens == oracle_end.generated_tokens > 5
        assert end.prompt_tokens == oracle_end.prompt_tokens
        assert end.cached_tokens == oracle_end.cached_tokens
        assert token_ids(ours)[: end.prompt_tokens] == token_ids(oracle)[: end.prompt_tokens]
        common = min(len(token_ids(ours)), len(token_ids(oracle)))
        assert common >= end.prompt_tokens + end.generated_tokens - 1
        assert token_ids(ours)[:common] == token_ids(oracle)[:common]
        said += [question, text]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tiny_model(load, tmp_path, seed):
    from tests.models.tiny_gguf import write_tiny

    path = write_tiny(tmp_path / "tiny.gguf", seed=seed, context=2048)
    compare(load, path, max_tokens=60)


def test_starter_model(load, starter):
    compare(load, starter, max_tokens=32, context=1024)


def test_stops_and_descriptions_are_the_same(load, tiny):
    ours, oracle = load(tiny), load(tiny, engine="simple")
    # llama_cpp.Llama guesses nothing, so nobody measures for it how many tokens read alike.
    assert msgspec.structs.replace(ours.loaded(), together=1) == oracle.loaded()
    assert ours.count_tokens(["the rain"]) == oracle.count_tokens(["the rain"])
    first, _ = answer(ours, chat("Hi"), max_tokens=30)
    stop = first[5:7]
    text, end = answer(ours, chat("Hi"), max_tokens=30, stop=[stop])
    expected, oracle_end = answer(oracle, chat("Hi"), max_tokens=30, stop=[stop])
    assert text == expected == first[: first.index(stop)]
    assert end.reason == oracle_end.reason == "stop"
