"""The model in a process of its own: it may die, and nothing else does."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from carrel.engine.client import ModelProcess
from carrel.engine.messages import Generate, Generated, Loaded, LoadModel, LoadProgress, Piece
from carrel.errors import UserError, WorkerDied
from tests.models.tiny_gguf import spm_changes, spm_vocabulary, write_tiny

from .conftest import answer, chat

pytestmark = pytest.mark.engine


@pytest.fixture
def process():
    model = ModelProcess()
    yield model
    model.close()


def load(model, path, **settings):
    return list(model.load(LoadModel(path=str(path), threads=1, **settings), threading.Event()))


def test_loads_answers_and_counts(process, tiny):
    assert process.loaded() is None
    replies = load(process, tiny)
    assert isinstance(replies[0], LoadProgress)
    assert replies[-1] == process.loaded()
    assert process.count_tokens(["x", "xyz"]) == [1, 3]
    text, end = answer(process, chat("Hi"), max_tokens=5)
    assert text
    assert (end.reason, end.generated_tokens) == ("length", 5)


def test_a_load_failure_is_a_user_error_and_the_worker_lives(process, tiny, tmp_path):
    load(process, tiny)
    pid = process.pid
    with pytest.raises(UserError, match="is not there"):
        load(process, tmp_path / "none.gguf")
    with pytest.raises(UserError, match="No model is loaded"):
        answer(process, chat("Hi"))
    load(process, tiny)
    assert process.pid == pid


def test_a_killed_worker_is_reported_and_the_next_answer_comes(process, tiny):
    load(process, tiny)
    replies = process.stream(Generate(messages=chat("Hi"), max_tokens=1500), threading.Event())
    next(reply for reply in replies if isinstance(reply, Piece))
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="was killed"):
        list(replies)
    assert process.loaded() is None
    replies = list(process.stream(Generate(messages=chat("Hi"), max_tokens=3), threading.Event()))
    assert [r for r in replies if isinstance(r, Loaded)]
    assert replies[-1].generated_tokens == 3
    assert process.loaded() is not None


def crashing(path):
    """A model that llama.cpp loads and that ends the process when it reads its first letter: a
    SentencePiece vocabulary without the tokens of single bytes."""
    texts, kinds, scores = spm_vocabulary()
    keep = [i for i, kind in enumerate(kinds) if kind != 6 and len(texts[i]) > 1]
    change = {
        **spm_changes(),
        "tokenizer.ggml.tokens": [texts[i] for i in keep],
        "tokenizer.ggml.token_type": [kinds[i] for i in keep],
        "tokenizer.ggml.scores": [scores[i] for i in keep],
    }
    return write_tiny(path, change=change)


def test_a_model_that_crashes_llama_cpp_dies_while_loading(process, tiny, tmp_path):
    load(process, tiny)
    with pytest.raises(WorkerDied):
        load(process, crashing(tmp_path / "crash.gguf"))
    with pytest.raises(UserError, match="No model is loaded"):
        answer(process, chat("Hi"))  # it is not loaded again by itself
    load(process, tiny)
    assert answer(process, chat("Hi"), max_tokens=3)[1].generated_tokens == 3


def test_cancel_ends_with_a_message_and_not_an_exception(process, tiny):
    load(process, tiny)
    cancel = threading.Event()
    request = Generate(messages=chat("Hi"), max_tokens=1500)
    replies = []
    for reply in process.stream(request, cancel):
        replies.append(reply)
        if isinstance(reply, Piece):
            cancel.set()
    assert replies[-1].reason == "cancelled"
    assert replies[-1].generated_tokens < 1500


def test_cancelled_before_it_began(process, tiny):
    load(process, tiny)
    cancel = threading.Event()
    cancel.set()
    replies = list(process.stream(Generate(messages=chat("Hi")), cancel))
    assert [type(r) for r in replies] == [Generated]
    assert replies[0].reason == "cancelled"
    cancelled = list(process.load(LoadModel(path=str(tiny)), cancel))
    assert not [r for r in cancelled if isinstance(r, Loaded)]
    assert process.loaded() is None


def test_close_ends_the_process_and_the_next_call_starts_one(process, tiny):
    load(process, tiny)
    pid = process.pid
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert answer(process, chat("Hi"), max_tokens=3)[1].generated_tokens == 3
    assert process.pid != pid


def test_the_simple_engine_runs_in_the_worker_too(process, tiny):
    load(process, tiny)
    expected, _ = answer(process, chat("Hi"), max_tokens=10)
    load(process, tiny, engine="simple")
    assert answer(process, chat("Hi"), max_tokens=10)[0] == expected
