"""Generation with guesses: several tokens in one batch; only what the model itself says is kept.

A greedy answer is the same with and without guesses. Every token is chosen by the sampler chain
from the model's own scores after the tokens before it; a guess only lets those scores be computed
together. That holds where the kernels for one token and for several round alike, which depends on
the processor, the build and the weights: `reads_alike` measures it, and without it nothing is
guessed (on the starter model the difference changed 9 of 36 answers that were compared).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Generator, Iterator, Sequence

from carrel.engine.context import Context
from carrel.engine.generation import DraftCounts
from carrel.engine.lookup import Drafter
from carrel.engine.native import library
from carrel.engine.sampling import Sampler
from carrel.errors import UserError

_BEFORE, _TOGETHER = 48, 5
"""Tokens read first, and those then read one by one and together. Over fewer than about 20 tokens
the sums of attention are so short that kernels which round differently still agree."""


def reads_alike(context: Context, vocabulary_size: int) -> bool:
    """Whether a token's scores are the same, bit for bit, read alone and in a batch.

    Reads 58 tokens and empties the cache. False also when tokens cannot be taken back.
    """
    context.forget()
    tokens = [(7919 * (i + 1)) % vocabulary_size for i in range(_BEFORE + _TOGETHER)]
    for _ in context.read(tokens[:_BEFORE], threading.Event()):
        pass
    alone = []
    for token in tokens[_BEFORE:]:
        context.add(token)
        alone.append(_scores(context, 0, vocabulary_size))
    alike = context.keep(_BEFORE) and context.add_all(tokens[_BEFORE:])
    alike = alike and all(
        _scores(context, place, vocabulary_size) == one for place, one in enumerate(alone)
    )
    context.forget()
    return alike


def _scores(context: Context, place: int, size: int) -> bytes:
    return ctypes.string_at(library().llama_get_logits_ith(context.pointer, place), 4 * size)


def speak(context: Context, sampler: Sampler, cancel: threading.Event) -> Iterator[int]:
    """Generated tokens, one at a time; ends when the context is full or the reading stopped."""
    while not cancel.is_set():
        token = sampler.sample(context.pointer)
        yield token
        if not context.add(token):
            return


class Guessing:
    """One generation with guesses. At most `most` tokens of it are of interest."""

    def __init__(
        self, context: Context, sampler: Sampler, drafter: Drafter, counts: DraftCounts, most: int
    ) -> None:
        self._context = context
        self._sampler = sampler
        self._drafter = drafter
        self._counts = counts
        self._left = most

    def speak(self, cancel: threading.Event) -> Iterator[int]:
        """Generated tokens, as the function `speak` would say them."""
        token = self._sampler.sample(self._context.pointer)
        while not cancel.is_set():
            yield self._said(token)
            tokens = [token, *self._guesses()]
            if not self._context.add_all(tokens):
                return
            self._drafter.pace.took(len(tokens), self._context.seconds)
            token = yield from self._verified(tokens)

    def _said(self, token: int) -> int:
        self._left -= 1
        self._drafter.said(token)
        return token

    def _guesses(self) -> list[int]:
        room = min(self._context.size - len(self._context.cached), self._left) - 1
        guesses = self._drafter.draft(room) if room > 0 else []
        self._counts.drafted += len(guesses)
        return guesses

    def _verified(self, tokens: Sequence[int]) -> Generator[int, None, int]:
        """Say the guesses that were right, drop the others; return the token that comes next."""
        start = len(self._context.cached) - len(tokens)
        for place, guess in enumerate([*tokens[1:], None]):
            token = self._sampler.sample(self._context.pointer, place)
            if token != guess:
                self._back_to(start + place + 1)
                return token
            self._counts.accepted += 1
            yield self._said(token)
        raise AssertionError("A token never equals None.")

    def _back_to(self, length: int) -> None:
        if not self._context.keep(length):
            raise UserError(
                "This kind of model cannot take back tokens that were guessed.",
                "Ask again without prompt lookup.",
                "cannot_guess",
            )
