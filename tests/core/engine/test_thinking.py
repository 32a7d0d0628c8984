"""Thoughts are told apart from the answer however they are cut, and never come back in a prompt."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.engine.messages import Generate, Piece, Thought
from carrel.engine.speech import THOUGHTS
from carrel.engine.thinking import TAGS, Spoken, mentions_thoughts, opened_by
from carrel_models.templates import family
from tests.models.tiny_gguf import follow, more_tokens, token_of, vocabulary, write_tiny

from .conftest import chat, tokens_of

HARMONY = (
    "<|channel|>analysis<|message|>Let me see<|end|><|start|>assistant"
    "<|channel|>final<|message|>Yes."
)
CASES = {
    "no thought": ("Yes, <b>it</b> is.", "", "Yes, <b>it</b> is."),
    "space in front": (" the", "", " the"),
    "a tag later": ("The <think> tag", "", "The <think> tag"),
    "Qwen 3": ("<think>\nHm, </thin.\n</think>\n\nYes.", "Hm, </thin.", "Yes."),
    "space before": ("\n <think>Hm</think>Yes.", "Hm", "Yes."),
    "empty thought": ("<think>\n\n</think>\n\nYes.", "", "Yes."),
    "two thoughts": ("<think>One</think>\n<think>Two</think>Yes.", "OneTwo", "Yes."),
    "never ends": ("<think>Hm, hm", "Hm, hm", ""),
    "Magistral": ("[THINK]Hm[/THINK]Yes.", "Hm", "Yes."),
    "gpt-oss": (HARMONY, "Let me see", "Yes."),
    "gpt-oss, no thought": ("<|channel|>final<|message|>Yes.", "", "Yes."),
    "only white space": ("  \n", "", "  \n"),
}


def said(text, cuts=(), stops=(), opened=None):
    """Thoughts and answer of a text that comes in pieces of these sizes, then byte by byte."""
    spoken, data, out = Spoken(stops, opened), text.encode(), []
    for size in [*cuts, *[1] * len(data)]:
        out += spoken.feed(data[:size])
        data = data[size:]
    out += spoken.finish()
    answer = "".join(text for thought, text in out if not thought)
    assert answer == spoken.answer
    return "".join(text for thought, text in out if thought), answer


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_thoughts_and_answer(name, size):
    text, thought, answer = CASES[name]
    assert said(text, [size] * len(text)) == (thought, answer)


@given(st.sampled_from(sorted(CASES)), st.lists(st.integers(1, 9)))
def test_cuts_change_nothing(name, cuts):
    text, thought, answer = CASES[name]
    assert said(text, cuts) == (thought, answer)


@given(st.text().filter(lambda t: not any(t.lstrip().startswith(s[0]) for s in ("<", "["))))
def test_text_without_tags_is_all_answer(text):
    assert said(text) == ("", text.encode("utf-8", "replace").decode())


def test_a_prompt_may_have_begun_the_thought():
    assert opened_by("<｜Assistant｜><think>\n") == TAGS[0]
    assert opened_by("<|im_start|>assistant\n<think>\n\n</think>\n\n") is None
    assert said("so\n</think>\n\nYes.", opened=TAGS[0]) == ("so", "Yes.")


def test_stops_count_in_the_answer_only():
    text = "<think>a\nQuestion: b</think>Yes.\nQuestion: more"
    assert said(text, stops=["\nQuestion:"]) == ("a\nQuestion: b", "Yes.")


def test_which_templates_know_of_thoughts():
    assert mentions_thoughts(family("qwen3").text)
    assert mentions_thoughts(family("gpt-oss").text)
    assert not mentions_thoughts(family("llama3").text)


# --- with a model ---


def thinking_model(path, text="Hm.", answer="Yes!", **more):
    """A model that thinks `text` in tags that are tokens, and then answers."""
    change = more_tokens([], ["<think>", "</think>"])
    begin, end = len(vocabulary()), len(vocabulary()) + 1
    table = follow(text, end=end)
    after = follow(answer)
    first = token_of(text.encode()[0])
    table |= {token_of(10): begin, begin: first, end: after.pop(token_of(10)), **after}
    return write_tiny(path, template=None, successor=table, change=change, **more)


def replies(model, messages, **settings):
    request = Generate(messages=messages, **settings)
    found = list(model.stream(request, threading.Event()))
    thought = "".join(r.text for r in found if isinstance(r, Thought))
    return thought, "".join(r.text for r in found if isinstance(r, Piece)), found[-1]


@pytest.mark.engine
def test_a_model_thinks_and_answers(load, tmp_path):
    model = load(thinking_model(tmp_path / "t.gguf"))
    thought, answer, end = replies(model, chat("?"))
    assert (thought, answer) == ("Hm.", "Yes!")
    assert (end.thought_tokens, end.generated_tokens, end.reason) == (5, 9, "end")


@pytest.mark.engine
def test_thoughts_are_not_fed_back(load, tmp_path):
    model = load(thinking_model(tmp_path / "t.gguf"))
    _, answer, end = replies(model, chat("?"))
    builder, vocabulary_ = model._slot._engine._builder, model._slot._engine._backend.vocabulary
    prompt = builder.build(chat("?", answer, "More?"))
    assert b"Hm." not in vocabulary_.decode(prompt)
    assert vocabulary_.tokenize("<think>")[0] not in prompt
    # The answer comes back as the very tokens that were generated, and the prefix before is reused.
    spelled = [token_of(byte) for byte in answer.encode()]
    assert prompt[end.prompt_tokens : end.prompt_tokens + 4] == spelled
    assert tokens_of(model)[-4:] == spelled
    _, _, second = replies(model, chat("?", answer, "More?"))
    assert second.cached_tokens == end.prompt_tokens


@pytest.mark.engine
def test_thoughts_have_room_of_their_own(load, tmp_path):
    model = load(thinking_model(tmp_path / "t.gguf"))
    assert replies(model, chat("?"), max_tokens=2)[:2] == ("Hm.", "Ye")
    endless = load(thinking_model(tmp_path / "e.gguf", text="ABCDEFGHIJKLMNOPQRSTUVWXZ"))
    thought, answer, end = replies(endless, chat("?"), max_tokens=2)
    assert (len(thought) + 1, answer, end.reason) == (2 * THOUGHTS, "", "length")


@pytest.mark.engine
def test_a_thought_that_the_prompt_opens(load, tmp_path):
    """DeepSeek R1 begins every answer inside a thought; without `think` it is ended at once."""
    path = tmp_path / "r.gguf"
    marks = ["<｜User｜>", "<｜Assistant｜>"]
    change = more_tokens(marks, ["<think>", "</think>"])
    close = len(vocabulary()) + 3
    table = {**follow("Hm", end=close), close: token_of(ord("Y")), token_of(ord("Y")): 2}
    model = load(write_tiny(path, template=None, successor=table, change=change))
    assert model.loaded().template == "built-in deepseek-r1"
    thought, answer, end = replies(model, chat("?"), think=True)
    assert (thought, answer, end.thought_tokens) == ("Hm", "Y", 3)
    always = write_tiny(path, template="{{ messages[0].content + '<think>\n' }}", change=change)
    builder = load(always, template="own")._slot._engine._builder
    assert builder.prompt(chat("?"), think=True).opened == TAGS[0]
    closed = builder.prompt(chat("?"))
    assert closed.opened is None
    assert closed.tokens[-5:] == [token_of(10)] * 2 + [close] + [token_of(10)] * 2


@pytest.mark.engine
def test_channels_whose_marks_are_control_tokens(load, tmp_path):
    marks = ["<|start|>", "<|message|>", "<|channel|>", "<|end|>", "<|return|>", "<|call|>"]
    change = more_tokens(marks)
    ids = {mark: len(vocabulary()) + n for n, mark in enumerate(marks)}
    model = load(write_tiny(tmp_path / "g.gguf", template=None, change=change))
    assert model.loaded().template == "built-in gpt-oss"
    from carrel.engine.speech import Speech

    engine = model._slot._engine
    speech = Speech(engine._backend.vocabulary, engine._builder.template.stops)
    found = []
    for word in ["<|channel|>", "analysis", "<|message|>", "Hm", "<|end|>", "<|start|>",
                 "assistant", "<|channel|>", "final", "<|message|>", "Yes", "<|end|>"]:  # fmt: skip
        for token in [ids[word]] if word in ids else map(token_of, word.encode()):
            found += speech.add(token)
    found += speech.finish()
    assert "".join(r.text for r in found if isinstance(r, Thought)) == "Hm"
    assert (speech.answer, speech.stopped) == ("Yes", True)
    assert (
        speech.thought_tokens == len("analysis") + len("Hm") + len("assistant") + len("final") + 6
    )
