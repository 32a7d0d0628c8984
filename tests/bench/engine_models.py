"""What the engine's benchmarks share: the models, the texts, and answers that are dictated.

Weights that are random say nothing worth reading, so the text of an answer is imposed: a sampler
that does all the work of choosing a token and then says the next one of a given text. Every guess
is checked against that text. What is measured is the machine's work, not the model's sense.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest import mock

from tests.bench.random_gguf import SHAPES, write

from carrel.engine import llama
from carrel.engine.inline import InlineModel
from carrel.engine.messages import (
    ChatMessage,
    EngineReply,
    Generate,
    Generated,
    LoadModel,
    Piece,
    PromptProgress,
)
from carrel.engine.sampling import Sampler
from carrel_models.starter import starter_path

FOLDER = Path("build/bench-models")
QUANTIZATIONS = ("Q4_0", "Q4_K_M")
SYSTEM = "You answer questions from the passages. Quote them."
INTRO = ("On this the passage is clear:", "It goes on, and this matters more:", "And finally:")
PLAIN = (
    "Neither of the two brothers had ever been to sea, so the harbour at night with its lamps and "
    "ropes looked to them like the yard of some enormous theatre. An old pilot explained which "
    "ships were due, how far the fog reached, and why nobody whistles aboard before the tide has "
    "turned. They bought bread, shared an orange and waited for the morning bus."
)


def models() -> dict[str, Path]:
    """The starter, and random models of common shapes, which are written when they lack."""
    starter = starter_path()
    if starter is None:
        raise RuntimeError("The starter model is not installed.")
    found = {"starter 135M Q4_1": starter}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for shape, numbers in SHAPES.items():
        for quantization in QUANTIZATIONS:
            path = FOLDER / f"{shape}-{quantization}.gguf"
            if not path.exists():
                write(path.with_suffix(".part"), numbers, quantization).rename(path)
            found[f"{shape} {quantization}"] = path
    return found


def loaded(path: Path, context: int = 2048, **settings: Any) -> InlineModel:
    """A model in this process, with Carrel's own choices."""
    model = InlineModel()
    request = LoadModel(path=str(path), context=context, device="cpu", **settings)
    for _ in model.load(request, threading.Event()):
        pass
    return model


def passages(count: int) -> list[str]:
    """Passages of about 100 words from the sample folder."""
    words = " ".join(
        files("carrel").joinpath("samples", name).read_text(encoding="utf-8")
        for name in ("lease.md", "insurance.md", "house-rules.txt", "fire-safety.txt")
    ).split()
    return [" ".join(words[i * 100 : (i + 1) * 100]) for i in range(count)]


def chat(*texts: str) -> list[ChatMessage]:
    """A system text, then a user and an assistant in turns."""
    roles = ("user", "assistant")
    turns = [ChatMessage(role=roles[i % 2], text=text) for i, text in enumerate(texts)]  # type: ignore[arg-type]
    return [ChatMessage(role="system", text=SYSTEM), *turns]


def question(count: int, words: str = "What do they say?") -> str:
    """A question with `count` passages before it."""
    return "\n\n".join(f"[{i + 1}] {text}" for i, text in enumerate(passages(count))) + "\n" + words


def quoting() -> str:
    """An answer with a sentence or so from each of three passages, in words of its own between."""
    quotes = (" ".join(text.split()[20:48]) for text in passages(3))
    return " ".join(f'{intro} "{quote}".' for intro, quote in zip(INTRO, quotes, strict=True))


@contextlib.contextmanager
def dictated(model: InlineModel, text: str) -> Iterator[int]:
    """While inside, the model's answers are `text`; gives the number of its tokens."""
    vocabulary = model._slot._loaded().backend.vocabulary
    tokens = vocabulary.tokenize(text)
    end = min(vocabulary.end_tokens)

    class Dictating(Sampler):
        said = 0

        def sample(self, context: Any, place: int = -1) -> int:
            super().sample(context, place)
            self.said += 1
            return tokens[self.said - 1] if self.said <= len(tokens) else end

    with mock.patch.object(llama, "Sampler", Dictating):
        yield len(tokens)


def answer(model: InlineModel, messages: list[ChatMessage], **wish: Any) -> tuple[str, Generated]:
    """The whole text of an answer, and how it went."""
    replies: list[EngineReply] = list(
        model.stream(Generate(messages=messages, **wish), threading.Event())
    )
    end = replies[-1]
    if not isinstance(end, Generated):
        raise RuntimeError("The answer did not end.")
    return "".join(one.text for one in replies if isinstance(one, Piece)), end


def first_progress(replies: Iterator[EngineReply], done: int) -> None:
    """Wait until `done` tokens of the prompt are read."""
    for reply in replies:
        if isinstance(reply, PromptProgress) and reply.done >= done:
            return
