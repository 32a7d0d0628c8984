"""Generation with guesses: several tokens in one batch; only what the model itself says is kept.

A greedy answer is the same with and without guesses. Every token is chosen by the sampler chain
from the model's own scores after the tokens before it; a guess only lets those scores be computed
together. That holds where the kernels for one token and for several round alike, which depends on
the processor, the build and the weights: `together` measures how far it does, and no longer batch
is used (on the starter model the difference changed 9 of 36 answers that were compared).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Generator, Iterator, Sequence

from carrel.engine.context import OUTPUTS, Context
from carrel.engine.generation import DraftCounts
from carrel.engine.lookup import Drafter
from carrel.engine.native import library
from carrel.engine.sampling import Sampler
from carrel.errors import UserError

_BEFORE, _ALONE = 24, 5
"""Tokens read first, and those then read one by one. Over fewer than about 20 tokens the sums of
attention are so short that kernels which round differently still agree."""
_FEW = 3
"""Tokens of a batch for which some kernels still work token by token: they take four at once."""


def together(context: Context, vocabulary_size: int, cancel: threading.Event) -> int:
    """How many tokens may be read in one batch so that each token's scores are the same, bit for
    bit, as if it were read alone: `OUTPUTS`, a few, or 1.

    Reads some 50 tokens and empties the cache. 1 also when tokens cannot be taken back, or when
    `cancel` was set.
    """
    tokens = [(7919 * (i + 1)) % vocabulary_size for i in range(_BEFORE + OUTPUTS)]
    context.forget()
    try:
        with context.watching(cancel):
            return _together(context, tokens, vocabulary_size, cancel)
    finally:
        context.forget()


def _together(context: Context, tokens: list[int], size: int, cancel: threading.Event) -> int:
    for _ in context.read(tokens[:_BEFORE], cancel):
        pass
    alone = []
    for token in tokens[_BEFORE : _BEFORE + _ALONE]:
        if cancel.is_set() or not context.add(token):
            return 1
        alone.append(_scores(context, 0, size))

    def alike(count: int) -> bool:
        if not (context.keep(_BEFORE) and context.add_all(tokens[_BEFORE : _BEFORE + count])):
            return False
        found = [_scores(context, place, size) for place in range(min(count, _ALONE))]
        return found == alone[:count]

    # Of a long batch the first tokens are compared, of one that is as long as what was read alone
    # the last ones too, which other kernels may take.
    if alike(OUTPUTS) and alike(_ALONE):
        return OUTPUTS
    return _FEW if alike(_FEW) else 1


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
            self._drafter.pace.costs.took(len(tokens), self._context.seconds)
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
