"""The tokens of one generation as messages: pieces of the answer, thoughts, and what they count."""

from __future__ import annotations

from collections.abc import Sequence

from carrel.engine.messages import Piece, Thought
from carrel.engine.thinking import WRITTEN, Spoken, Tags
from carrel.engine.vocabulary import Vocabulary

THOUGHTS = 8
"""Thoughts may take so many times the tokens that the answer may."""


class Speech:
    """Collects generated tokens. `answer` is the answer's text, `answer_tokens` the tokens that
    spell it; `stopped` is True once a stop text came in the answer."""

    def __init__(
        self, vocabulary: Vocabulary, stops: Sequence[str] = (), opened: Tags | None = None
    ) -> None:
        self._vocabulary = vocabulary
        self._spoken = Spoken(stops, opened)
        controls = vocabulary.control_tokens
        self._written = {controls[text] for text in WRITTEN if text in controls}
        self._before = 0  # tokens before the answer's first
        self.tokens: list[int] = []

    @property
    def answer(self) -> str:
        return self._spoken.answer

    @property
    def stopped(self) -> bool:
        return self._spoken.stopped

    @property
    def answer_tokens(self) -> list[int]:
        return self.tokens[self.thought_tokens :]

    @property
    def thought_tokens(self) -> int:
        """Tokens of thoughts, with their tags and the space after them; 0 without a thought."""
        return self._before if self._spoken.thought else 0

    def add(self, token: int) -> list[Piece | Thought]:
        """Take a token that does not end the answer; returns the text that it completes."""
        shown = token in self._written and not self._spoken.begun
        said = self._spoken.feed(self._vocabulary.piece(token, special=shown))
        self.tokens.append(token)
        if not self._spoken.begun:
            self._before = len(self.tokens)
        return _messages(said)

    def finish(self) -> list[Piece | Thought]:
        """Return what was held back, at the end of the generation."""
        return _messages(self._spoken.finish())

    def full(self, max_tokens: int) -> bool:
        """Whether the answer has `max_tokens`, or the thoughts have THOUGHTS times as many."""
        thoughts = self.thought_tokens
        return len(self.tokens) - thoughts >= max_tokens or thoughts >= THOUGHTS * max_tokens


def _messages(said: Sequence[tuple[bool, str]]) -> list[Piece | Thought]:
    return [Thought(text=text) if thought else Piece(text=text) for thought, text in said]
