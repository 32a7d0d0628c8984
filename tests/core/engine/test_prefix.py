"""The KV cache is reused over turns, and reuse never changes an answer."""

from __future__ import annotations

import itertools

import pytest

from .conftest import answer, chat, tokens_of

pytestmark = pytest.mark.engine


def turns(model, questions, **settings):
    """A conversation of several turns; returns texts and ends."""
    said, texts, ends = [], [], []
    for question in questions:
        text, end = answer(model, chat(*said, question, system="Rules."), **settings)
        said += [question, text]
        texts.append(text)
        ends.append(end)
    return texts, ends


def test_a_second_turn_reads_only_what_is_new(load, tiny):
    model = load(tiny)
    _, ends = turns(model, ["One?", "Two?", "Three?"], max_tokens=30)
    assert ends[0].cached_tokens == 0
    for before, after in itertools.pairwise(ends):
        # All that was read is found again: the prompt, and all generated tokens but the last.
        assert after.cached_tokens == before.prompt_tokens + before.generated_tokens - 1


def test_answers_equal_those_of_a_fresh_model(load, tiny):
    questions = ["One?", "Two?", "Three?"]
    texts, _ = turns(load(tiny), questions, max_tokens=30)
    said = []
    for question, text in zip(questions, texts, strict=True):
        fresh = load(tiny)
        for earlier in texts:  # a fresh model knows the ids of no answer: give it what was said
            fresh._slot._engine._builder._answers.update(
                {earlier: load_ids(load, tiny, questions, texts, earlier)}
            )
        assert answer(fresh, chat(*said, question, system="Rules."), max_tokens=30)[0] == text
        said += [question, text]


def load_ids(load, tiny, questions, texts, wanted):
    """The ids that generated `wanted`, from a conversation played again."""
    model = load(tiny)
    again, _ = turns(model, questions, max_tokens=30)
    assert again == texts
    return model._slot._engine._builder._answers[wanted]


def test_an_unrelated_prompt_reuses_only_the_scaffold(load, tiny):
    model = load(tiny)
    answer(model, chat("completely different", system="One."), max_tokens=5)
    _, end = answer(model, chat("another", system="Two."), max_tokens=5)
    assert end.cached_tokens == len("system\n") + 1


def test_the_same_question_again_reads_one_token(load, tiny):
    model = load(tiny)
    first, end = answer(model, chat("Again?"), max_tokens=10)
    second, again = answer(model, chat("Again?"), max_tokens=10)
    assert again.cached_tokens == end.prompt_tokens - 1
    assert first == second


def test_generated_ids_come_back_even_where_text_would_be_cut_otherwise(load, tmp_path):
    """The model says "the" byte by byte; tokenizing its text would give one merged token."""
    from tests.models.tiny_gguf import follow, token_of, write_tiny

    model = load(write_tiny(tmp_path / "bytes.gguf", successor=follow(" the")))
    text, end = answer(model, chat("?"))
    assert text == " the"
    spelled = [token_of(byte) for byte in b" the"]
    assert tokens_of(model)[-4:] == spelled
    builder = model._slot._engine._builder
    prompt = builder.build(chat("?", text, "More?"))
    assert prompt[: end.prompt_tokens + 4][-4:] == spelled
    assert builder.build(chat("?", "the", "More?")) == prompt  # a stripped answer is found as well
    assert builder.count(text) == 2  # a space and a merged token


def test_answers_cut_at_a_stop_are_remembered_up_to_it(load, tmp_path):
    from tests.models.tiny_gguf import follow, write_tiny

    model = load(write_tiny(tmp_path / "stop.gguf", successor=follow("abcdefgh")))
    text, first = answer(model, chat("?"), stop=["de"])
    assert text == "abc"
    _, second = answer(model, chat("?", text, "More?"), stop=["de"])
    assert second.cached_tokens == first.prompt_tokens + 3
