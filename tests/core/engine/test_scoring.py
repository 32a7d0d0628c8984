"""Scores of labels by a real model, batched, against one label after another read alone."""

from __future__ import annotations

import math
import os
import signal
import threading

import numpy as np
import pytest

from carrel.engine.client import ModelProcess
from carrel.engine.messages import AdapterFile, LabelScores, LoadModel, ScoreLabels, SetAdapters
from carrel.errors import UserError, WorkerDied
from tests.models.tiny_adapter import write_adapter

from .conftest import answer, chat

pytestmark = pytest.mark.engine

LABELS = ["card", "card lost", "card lost abroad", "the rain", "the train", "other", "z"]
TEXTS = ["Where is it?", "My card is gone", "It rains on the train", "", "x" * 400, "<|im_end|>"]


def chats(texts=TEXTS):
    return [chat(text, system="Name the label. " * 12) for text in texts]


def scored(model, request=None, cancel=None):
    request = request or ScoreLabels(chats=chats(), labels=LABELS)
    found = []
    for reply in model.score(request, cancel or threading.Event()):
        if isinstance(reply, LabelScores):
            assert reply.first == len(found)
            found += reply.scores
    return found


def brute_force(model, messages, labels, by):
    """Each label's probability, from prompts read from the beginning, one at a time."""
    backend = model._slot._engine.backend
    prompt = model._slot._engine._builder.build(messages)
    tokens = {label: backend.vocabulary.tokenize(label) for label in labels}
    ends = sorted(backend.vocabulary.end_tokens)

    def after(path):
        context = backend._context
        context.forget()
        for _ in context.read([*prompt, *path], threading.Event()):
            pass
        pointer = context._lib.llama_get_logits_ith(context.pointer, -1)
        logits = np.ctypeslib.as_array(pointer, shape=(backend.vocabulary.size,)).astype(float)
        return logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max()

    given = []
    for label in labels:
        total = 0.0
        for at, token in enumerate([*tokens[label], None]):
            path = tokens[label][:at]
            scores = after(path)
            end = np.logaddexp.reduce(scores[ends])
            options = {t[at]: scores[t[at]] for t in tokens.values() if t[:at] == path and t[at:]}
            if path in tokens.values():
                options[None] = end
            whole = np.logaddexp.reduce(list(options.values())) if by == "step" else 0.0
            total += options[token] - whole
        given.append(total)
    shares = np.exp(np.array(given) - max(given))
    return shares / shares.sum()


@pytest.mark.parametrize("by", ["whole", "step"])
def test_batched_scores_are_those_of_one_by_one(load, tiny, by):
    model = load(tiny)
    found = scored(model, ScoreLabels(chats=chats(), labels=LABELS, by=by))
    assert len(found) == len(TEXTS)
    for messages, score in zip(chats(), found, strict=True):
        true = brute_force(model, messages, LABELS, by)
        assert score.labels[0] == int(true.argmax())
        for label, probability in zip(score.labels, score.probabilities, strict=True):
            assert probability <= true[label] * 1.01
            assert probability >= true[label] * (1 - score.unseen) * 0.99
        assert math.isclose(sum(score.probabilities) + score.rest, 1.0, abs_tol=1e-6)


@pytest.mark.parametrize("by", ["whole", "step"])
def test_a_small_context_scores_the_same(load, tiny, by):
    """Fewer prompts together and fewer nodes kept: tokens are read again instead."""
    request = ScoreLabels(chats=chats(TEXTS[:4]), labels=LABELS, by=by)
    wide = scored(load(tiny, context=2048), request)
    narrow = scored(load(tiny, context=320), request)
    for one, other in zip(wide, narrow, strict=True):
        assert one.labels == other.labels
        assert one.probabilities == pytest.approx(other.probabilities, rel=0.01)


def test_requests_that_begin_alike_read_it_once(load, tiny):
    model = load(tiny)
    first = scored(model)
    sequences = model._slot._engine.backend._sequences
    shared = list(sequences.shared)
    assert len(shared) > 100
    assert scored(model) == first
    assert sequences.shared == shared
    for messages, before in zip(chats(), first, strict=True):
        (alone,) = scored(model, ScoreLabels(chats=[messages], labels=LABELS))
        assert alone.labels == before.labels
        assert alone.probabilities == pytest.approx(before.probabilities, rel=0.01)


def test_equal_texts_are_scored_once(load, tiny):
    model = load(tiny)
    once = ScoreLabels(chats=chats(["a", "b", "c"]), labels=LABELS, by="step")
    few = scored(model, once)
    sequences = model._slot._engine.backend._sequences
    read, decode = [], sequences._decode
    sequences._decode = lambda part: read.extend(part) or decode(part)
    assert scored(model, once) == few
    tokens = sum(len(one.tokens) for one in read)
    read.clear()
    again = ScoreLabels(chats=chats(["a", "b", "a", "a", "c", "b"]), labels=LABELS, by="step")
    found = scored(model, again)
    assert sum(len(one.tokens) for one in read) == tokens > 0
    assert found == [few[at] for at in (0, 1, 0, 0, 2, 1)]


def test_an_adapter_counts_and_a_chat_goes_on(load, tiny, tmp_path):
    model = load(tiny)
    said, _ = answer(model, chat("Hi"), max_tokens=5)
    before = scored(model)
    adapter = write_adapter(tmp_path / "a.gguf")
    model.set_adapters(SetAdapters(adapters=[AdapterFile(path=str(adapter), scale=4.0)]))
    assert scored(model) != before
    model.set_adapters(SetAdapters())
    assert scored(model) == before
    assert answer(model, chat("Hi"), max_tokens=5)[0] == said


def test_what_cannot_be_scored_is_said(load, tiny):
    model = load(tiny, context=256)
    with pytest.raises(UserError, match="room for 256"):
        scored(model, ScoreLabels(chats=chats(["x" * 300]), labels=LABELS))
    with pytest.raises(UserError, match="no labels"):
        scored(model, ScoreLabels(chats=chats(), labels=[]))
    with pytest.raises(UserError, match="simple engine"):
        scored(load(tiny, engine="simple"))
    assert scored(model, ScoreLabels(chats=[], labels=LABELS)) == []


def test_a_stop_is_heard(load, tiny):
    model = load(tiny)
    cancel = threading.Event()
    cancel.set()
    assert scored(model, cancel=cancel) == []
    cancel.clear()
    replies = model.score(ScoreLabels(chats=chats() * 20, labels=LABELS), cancel)
    assert next(replies).scores == []  # a sign of life comes before the first scores
    cancel.set()
    assert not [reply for reply in replies if reply.scores]
    assert len(scored(model)) == len(TEXTS)


def test_in_a_process_that_dies_and_starts_again(tiny):
    model = ModelProcess()
    try:
        list(model.load(LoadModel(path=str(tiny), threads=1), threading.Event()))
        before = scored(model)
        assert len(before) == len(TEXTS)
        replies = model.score(ScoreLabels(chats=chats() * 50, labels=LABELS), threading.Event())
        next(replies)
        os.kill(model.pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            list(replies)
        assert scored(model) == before
    finally:
        model.close()
