"""Stop: inside a long prompt, between tokens, while loading."""

from __future__ import annotations

import threading

import pytest

from carrel.engine.inline import InlineModel
from carrel.engine.messages import Generate, Loaded, LoadModel, LoadProgress, Piece, PromptProgress
from carrel.engine.native import StopFlag, library

from .conftest import answer, chat

pytestmark = pytest.mark.engine


def test_cancel_between_tokens(load, tiny):
    model, cancel = load(tiny), threading.Event()
    pieces = []
    for reply in model.stream(Generate(messages=chat("Hi"), max_tokens=500), cancel):
        pieces.append(reply)
        if isinstance(reply, Piece):
            cancel.set()
    assert pieces[-1].reason == "cancelled"
    assert pieces[-1].generated_tokens <= 2
    assert answer(model, chat("Hi"), max_tokens=5)[1].reason == "length"


def test_cancel_between_parts_of_a_prompt(load, tiny):
    model, cancel = load(tiny), threading.Event()
    replies = []
    for reply in model.stream(Generate(messages=chat("x" * 1000)), cancel):
        replies.append(reply)
        if isinstance(reply, PromptProgress) and reply.done:
            cancel.set()
    assert (replies[-1].reason, replies[-1].generated_tokens) == ("cancelled", 0)
    assert replies[-2].done == 128
    assert replies[-1].first_token_ms is None


def test_a_stopped_prompt_goes_on_where_it_was(load, tiny):
    """What was read before the Stop is reused, and the answer is that of an undisturbed run."""
    messages = chat("the rain in spain " * 40)
    expected, _ = answer(load(tiny), messages, max_tokens=20)
    model, cancel = load(tiny), threading.Event()
    for reply in model.stream(Generate(messages=messages), cancel):
        if isinstance(reply, PromptProgress) and reply.done >= 256:
            cancel.set()
    text, end = answer(model, messages, max_tokens=20)
    assert end.cached_tokens >= 256
    assert text == expected


def test_the_flag_stops_llama_cpp_inside_a_batch(load, tiny):
    """With the flag up, a decode is aborted by llama.cpp itself, and the cache stays true."""
    model = load(tiny)
    context = model._slot._engine._backend._context
    context.forget()
    flag = context._stopper.flag
    flag.set()
    assert list(context.read(list(range(3, 103)), threading.Event())) == []
    flag.clear()
    assert list(context.read(list(range(3, 103)), threading.Event())) == [100]
    held = library().llama_memory_seq_pos_max(context._memory, 0) + 1
    assert held == len(context.cached) == 100


def test_the_stopper_passes_a_cancel_on_while_llama_cpp_computes(load, tiny):
    model = load(tiny)
    stopper = model._slot._engine._backend._context._stopper
    cancel, seen = threading.Event(), threading.Event()

    class Watched(StopFlag):
        def set(self):
            super().set()
            seen.set()

    stopper.flag = Watched()
    with stopper.watching(cancel):
        cancel.set()
        assert seen.wait(5)
        assert stopper.flag.is_set()
    assert not stopper.flag.is_set()


def test_cancel_while_loading_leaves_nothing_loaded(tiny):
    model, cancel = InlineModel(), threading.Event()
    replies = []
    for reply in model.load(LoadModel(path=str(tiny)), cancel):
        replies.append(reply)
        cancel.set()
    assert {type(reply) for reply in replies} == {LoadProgress}
    assert model.loaded() is None
    assert isinstance(list(model.load(LoadModel(path=str(tiny)), threading.Event()))[-1], Loaded)
    model.close()
