"""Answers of tiny models whose output is known in advance."""

from __future__ import annotations

import threading

import pytest

from carrel.engine.messages import Generate, Piece, PromptProgress, Sampling
from carrel.errors import UserError
from tests.models.tiny_gguf import follow, write_tiny

from .conftest import answer, chat, tokens_of

pytestmark = pytest.mark.engine


@pytest.fixture
def scripted(tmp_path):
    def write(text, end=2):
        return write_tiny(tmp_path / "scripted.gguf", successor=follow(text, end))

    return write


def test_the_answer_streams_in_order(load, scripted):
    model = load(scripted("Yes, it."))
    replies = list(model.stream(Generate(messages=chat("Is it?")), threading.Event()))
    kinds = [type(reply) for reply in replies]
    assert kinds == [PromptProgress] * 2 + [Piece] * 8 + [type(replies[-1])]
    total = replies[-1].prompt_tokens
    assert [(p.done, p.total) for p in replies[:2]] == [(0, total), (total, total)]
    assert "".join(p.text for p in replies[2:-1]) == "Yes, it."
    end = replies[-1]
    assert (end.reason, end.generated_tokens, end.cached_tokens) == ("end", 8, 0)
    assert 0 < end.prompt_ms <= end.first_token_ms <= end.total_ms
    assert end.tokens_per_s == pytest.approx(8 / (end.total_ms - end.prompt_ms) * 1000)


def test_characters_of_several_tokens_come_whole(load, scripted):
    model = load(scripted("é漢z"))
    replies = list(model.stream(Generate(messages=chat("?")), threading.Event()))
    assert [r.text for r in replies if isinstance(r, Piece)] == ["é", "漢", "z"]


def test_length_ends_an_answer(load, scripted):
    model = load(scripted("abcdefgh"))
    text, end = answer(model, chat("?"), max_tokens=3)
    assert (text, end.reason, end.generated_tokens) == ("abc", "length", 3)
    text, end = answer(model, chat("?"), max_tokens=0)
    assert (text, end.reason, end.generated_tokens) == ("", "length", 0)


def test_a_stop_text_ends_an_answer(load, scripted):
    model = load(scripted("abcdefgh"))
    text, end = answer(model, chat("?"), stop=["def"])
    assert (text, end.reason) == ("abc", "stop")


def test_a_full_context_ends_an_answer(load, tmp_path):
    model = load(write_tiny(tmp_path / "small.gguf", context=256))
    _, end = answer(model, chat("x" * 200), max_tokens=500)
    assert end.reason == "length"
    assert end.prompt_tokens + end.generated_tokens == 257


def test_a_prompt_that_does_not_fit_is_said(load, tmp_path):
    model = load(write_tiny(tmp_path / "small.gguf", context=256))
    with pytest.raises(
        UserError, match=r"take 2\d\d tokens, and this model was loaded with room for"
    ):
        answer(model, chat("x" * 240))


def test_greedy_repeats_and_seeds_differ(load, tiny):
    model = load(tiny)
    greedy = [answer(model, chat("Hello"), max_tokens=20)[0] for _ in range(2)]
    assert greedy[0] == greedy[1]

    def drawn(seed):
        sampling = Sampling(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, seed=seed)
        return answer(model, chat("Hello"), max_tokens=20, sampling=sampling)[0]

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(4)}) > 1


def test_repeat_penalty_makes_repetition_rarer(load, tiny):
    model = load(tiny)

    def repeated(penalty):
        sampling = Sampling(repeat_penalty=penalty)
        _, end = answer(model, chat("Hello"), max_tokens=40, sampling=sampling)
        generated = tokens_of(model)[end.prompt_tokens :]
        return len(generated) - len(set(generated))

    assert repeated(1.0) > 0 == repeated(100.0)


def test_count_tokens_takes_text_as_content(load, tiny):
    model = load(tiny)
    assert model.count_tokens(["", "x", "the the", "<|im_end|>"]) == [0, 1, 3, 10]
