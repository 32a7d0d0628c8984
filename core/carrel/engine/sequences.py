"""A llama.cpp context for many short texts at once: they share what they begin with, and branch.

Sequence 0 holds what all texts begin with; it is read once and shared, not copied. Every batch may
hold tokens of any sequences (`llama_batch` with a sequence id per token, kv_unified).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import numpy as np

from carrel.engine.context import context_params
from carrel.engine.native import clear_log, library, reason_from_log
from carrel.engine.stopping import Stopper
from carrel.engine.threads import ThreadChooser
from carrel.errors import UserError

MOST_SEQUENCES = 256
"""The shared one included (LLAMA_MAX_SEQ). As many tokens of a batch may have scores: llama.cpp
wants room for one per sequence, four bytes per token of the vocabulary each."""
_ABORTED = 2


class Stretch(NamedTuple):
    """Tokens that follow the first `start` of a sequence; scores are wanted after the last
    `scored` of them."""

    sequence: int
    start: int
    tokens: Sequence[int]
    scored: int = 0


class Sequences:
    """Up to 255 sequences beside the shared one, in a context of `size` tokens for all together."""

    def __init__(self, model: Any, size: int, threads: ThreadChooser, *, on_gpu: bool) -> None:
        """Raises UserError when there is no room for it."""
        self._lib = library()
        self._threads = threads
        clear_log()
        params = context_params(size, on_gpu=on_gpu)
        params.n_outputs_max = MOST_SEQUENCES
        params.n_seq_max = MOST_SEQUENCES
        params.kv_unified = True
        self.pointer = self._lib.llama_init_from_model(model, params)
        if not self.pointer:
            raise UserError(
                "There is no room for scoring labels beside the model "
                f"({reason_from_log() or 'llama.cpp gave no reason'}).",
                "Choose a smaller context or a smaller model.",
                "no_room_for_context",
            )
        self.size = size
        self.shared: list[int] = []
        self._batch_size = int(self._lib.llama_n_batch(self.pointer))
        self._vocabulary = int(
            self._lib.llama_vocab_n_tokens(self._lib.llama_model_get_vocab(model))
        )
        self._memory = self._lib.llama_get_memory(self.pointer)
        self._batch = self._lib.llama_batch_init(self._batch_size, 0, 1)
        self._stopper = Stopper()
        self._stopper.install(self.pointer)

    def watching(self, cancel: threading.Event) -> Any:
        """While inside, setting `cancel` stops a computation."""
        return self._stopper.watching(cancel)

    def share(self, tokens: Sequence[int]) -> Generator[None, None, bool]:
        """Make these the tokens that all sequences begin with; forgets all others. Yields after
        each batch; returns False when it was stopped."""
        common = 0
        while common < min(len(self.shared), len(tokens)) and self.shared[common] == tokens[common]:
            common += 1
        for sequence in range(1, MOST_SEQUENCES):
            self.drop(sequence)
        self._lib.llama_memory_seq_rm(self._memory, 0, common, -1)
        self.shared = list(tokens[:common])
        for at in range(common, len(tokens), self._batch_size):
            piece = tokens[at : at + self._batch_size]
            if not self._decode([Stretch(0, at, piece)]):
                self.forget()
                return False
            self.shared += piece
            yield
        return True

    def branch(self, source: int, target: int, length: int) -> None:
        """Let `target` begin with the first `length` tokens of `source`; nothing is copied."""
        self._lib.llama_memory_seq_cp(self._memory, source, target, 0, length)

    def drop(self, sequence: int) -> None:
        """Forget a sequence; what others share with it stays."""
        self._lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def forget(self) -> None:
        """Empty the context."""
        self._lib.llama_memory_clear(self._memory, True)
        self.shared = []

    def read(
        self, stretches: Sequence[Stretch], tokens: Sequence[Sequence[int]], among_all: bool = True
    ) -> Generator[None, None, list[list[float]] | None]:
        """Return the log-probabilities of `tokens`, one list for each token that has scores, in
        order; None when it was stopped. Yields after each batch. Without `among_all` they are short
        of a constant for each list, which saves looking at the whole vocabulary.

        Raises UserError when llama.cpp fails.
        """
        found: list[list[float]] = []
        for part in _parts(stretches, self._batch_size):
            if not self._decode(part):
                self.forget()
                return None
            for at in _places(part):
                found.append(self._scores(at, tokens[len(found)], among_all))
            yield
        return found

    def close(self) -> None:
        """Free it; a second call does nothing."""
        if self.pointer:
            self._stopper.close()
            self._lib.llama_batch_free(self._batch)
            self._lib.llama_free(self.pointer)
            self.pointer = None

    def _scores(self, place: int, tokens: Sequence[int], among_all: bool) -> list[float]:
        scores = self._lib.llama_get_logits_ith(self.pointer, place)
        if not among_all:
            return [scores[token] for token in tokens]
        logits = np.ctypeslib.as_array(scores, shape=(self._vocabulary,))
        top = logits.max()
        whole = float(top) + math.log(float(np.exp(logits - top).sum(dtype=np.float64)))
        return [float(logits[token]) - whole for token in tokens]

    def _decode(self, stretches: Sequence[Stretch]) -> bool:
        batch, at = self._batch, 0
        for stretch in stretches:
            unscored = len(stretch.tokens) - stretch.scored
            for offset, token in enumerate(stretch.tokens):
                batch.token[at], batch.pos[at] = token, stretch.start + offset
                batch.n_seq_id[at], batch.seq_id[at][0] = 1, stretch.sequence
                batch.logits[at] = offset >= unscored
                at += 1
        batch.n_tokens = at
        count = self._threads.choose_for_prompt()
        self._lib.llama_set_n_threads(self.pointer, count, count)
        result = self._lib.llama_decode(self.pointer, batch)
        if result not in (0, _ABORTED):
            raise UserError(
                f"The model could not go on ({reason_from_log() or f'llama.cpp error {result}'}).",
                "Try again with fewer or shorter examples, or choose another model.",
                "decode_failed",
            )
        return bool(result == 0)


def _parts(stretches: Sequence[Stretch], most: int) -> list[list[Stretch]]:
    """Batches of at most `most` tokens; a long stretch goes over several."""
    batches: list[list[Stretch]] = [[]]
    room = most
    for sequence, start, tokens, scored in stretches:
        at = 0
        while at < len(tokens):
            if not room:
                batches.append([])
                room = most
            piece = tokens[at : at + room]
            at, room = at + len(piece), room - len(piece)
            begun = at - len(piece)
            here = max(0, at - max(begun, len(tokens) - scored))
            batches[-1].append(Stretch(sequence, start + begun, piece, here))
    return batches


def _places(part: Sequence[Stretch]) -> list[int]:
    """Where in a batch the tokens are that have scores."""
    places: list[int] = []
    at = 0
    for stretch in part:
        at += len(stretch.tokens)
        places += range(at - stretch.scored, at)
    return places
