"""Chats with their answers as the token ids that a model would read and write, for training.

Only the vocabulary is loaded, so this takes no memory to speak of; the ids of a prompt are the very
ones that the engine sends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from carrel.engine.checking import broken, check_file
from carrel.engine.llama import template_of
from carrel.engine.messages import ChatMessage
from carrel.engine.native import clear_log, library, reason_from_log
from carrel.engine.prompt import PromptBuilder
from carrel.engine.vocabulary import Vocabulary


class Teacher:
    """The prompt builder of one model, and the token that ends an answer of it."""

    def __init__(self, builder: PromptBuilder, vocabulary: Vocabulary, end: int) -> None:
        self._builder, self._vocabulary, self._end = builder, vocabulary, end

    def taught(
        self, messages: Sequence[ChatMessage], answer: str
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The prompt for these messages, and the answer with its end. Raises UserError when the
        model's template cannot be used."""
        written = self._vocabulary.tokenize(answer)
        return tuple(self._builder.build(messages)), (*written, self._end)

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text as content."""
        return self._vocabulary.tokenize(text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes as content."""
        return [len(self._vocabulary.tokenize(text)) for text in texts]


@contextlib.contextmanager
def teacher(path: str, template: str = "") -> Iterator[Teacher]:
    """The Teacher of the model in this file while inside; `template` as in LoadModel.

    Raises UserError when the file is no chat model or its template is not known.
    """
    card = check_file(path)
    lib = library()
    params = lib.llama_model_default_params()
    params.vocab_only = True
    clear_log()
    model: Any = lib.llama_model_load_from_file(card.path.encode(), params)
    if not model:
        raise broken(card.name, reason_from_log() or "llama.cpp gave no reason")
    try:
        vocabulary = Vocabulary(lib.llama_model_get_vocab(model))
        chosen = template_of(model, vocabulary, card.architecture, template)
        builder = PromptBuilder(vocabulary, chosen)
        yield Teacher(builder, vocabulary, _end(builder, vocabulary))
    finally:
        lib.llama_model_free(model)


def _end(builder: PromptBuilder, vocabulary: Vocabulary) -> int:
    """The token that the template writes after an answer; the model's own end where it has none."""
    question = ChatMessage(role="user", text="a")
    short = [question, ChatMessage(role="assistant", text="b"), question]
    ids, ends = builder.build(short), vocabulary.end_tokens
    after = builder.build([question])  # up to where the answer begins
    found = next((token for token in ids[len(after) :] if token in ends), None)
    return vocabulary.end if found is None else found
