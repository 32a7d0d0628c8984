"""A llama.cpp context: the tokens the model has read (the KV cache), and reading more of them."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from carrel.engine.native import clear_log, library, reason_from_log
from carrel.engine.pieces import Pieces
from carrel.engine.stopping import Stopper
from carrel.engine.threads import ThreadChooser
from carrel.errors import UserError

# Tokens that are submitted at once while reading a prompt: after each such piece progress is told,
# the threads are chosen anew, and a Stop is noticed also where llama.cpp does not test the flag. On
# a CPU pieces from 32 to 512 read equally fast (95-105 tokens per second of one core, starter
# model).
CPU_BATCH, GPU_BATCH = 128, 512
OUTPUTS = 16
"""Tokens of one batch that may have scores."""
_ABORTED = 2


class Context:
    """A context of `size` tokens on a loaded model. `cached` are the tokens it holds, in order."""

    def __init__(
        self, model: Any, wanted_size: int, threads: ThreadChooser, on_gpu: bool = False
    ) -> None:
        self._lib = library()
        self._threads = threads
        self._on_gpu = on_gpu
        clear_log()
        params = context_params(wanted_size, on_gpu=on_gpu)
        self._pointer = self._lib.llama_init_from_model(model, params)
        if not self._pointer:
            raise UserError(
                f"There is no room for {wanted_size:,} tokens of context "
                f"({reason_from_log() or 'llama.cpp gave no reason'}).",
                "Choose a smaller context or a smaller model.",
                "no_room_for_context",
            )
        self.size = int(self._lib.llama_n_ctx(self._pointer))
        self._pieces = Pieces(int(self._lib.llama_n_batch(self._pointer)), on_gpu=on_gpu)
        self.cached: list[int] = []
        self.seconds = 0.0
        self._memory = self._lib.llama_get_memory(self._pointer)
        self._stopper = Stopper()
        self._stopper.install(self._pointer)
        self._ahead = Ahead()

    @property
    def pointer(self) -> Any:
        """The context for llama.cpp's functions."""
        return self._pointer

    def watching(self, cancel: threading.Event) -> Any:
        """While inside, setting `cancel` stops a computation."""
        return self._stopper.watching(cancel)

    def keep_prefix(self, prompt: Sequence[int]) -> int:
        """Keep what the cache has in common with `prompt`, drop the rest; return the tokens kept.

        The prompt's last token is always read again, because its scores are needed.
        """
        common = 0
        limit = min(len(self.cached), len(prompt) - 1)
        while common < limit and self.cached[common] == prompt[common]:
            common += 1
        if common < len(self.cached) and not self._cut(common):
            common = 0
        self.cached = self.cached[:common]
        return common

    def read(self, prompt: Sequence[int], cancel: threading.Event) -> Iterator[int]:
        """Read the rest of `prompt` into the cache; yield the tokens read after each piece.

        Ends early when `cancel` is set; what was read until then stays in the cache.
        """
        while len(self.cached) < len(prompt) and not cancel.is_set():
            piece = prompt[len(self.cached) : len(self.cached) + self._pieces.size]
            tokens = (self._lib.llama_token * len(piece))(*piece)
            batch = self._lib.llama_batch_get_one(tokens, len(piece))
            self._use(self._threads.choose_for_prompt())
            start = time.perf_counter()
            if not self._decode(batch, piece):
                return
            if self._on_gpu:
                self._lib.llama_synchronize(self._pointer)  # else pieces pile up in the card
            self._pieces.took(len(piece), time.perf_counter() - start)
            yield len(self.cached)

    def add(self, token: int) -> bool:
        """Read one generated token. False when the context is full or the reading was stopped."""
        return self.add_all((token,))

    def add_all(self, tokens: Sequence[int]) -> bool:
        """Read a generated token and guesses of those after it, with scores after each of them.

        At most `OUTPUTS`. False when the context has no room for all, or the reading was stopped:
        then none of the guesses is left in the cache. `seconds` is what it took.
        """
        start_length = len(self.cached)
        if start_length + len(tokens) > self.size:
            return False
        threads = self._use(self._threads.choose())
        start = time.perf_counter()
        done = self._decode(self._ahead.batch(tokens), tokens)
        self.seconds = time.perf_counter() - start
        if len(tokens) == 1:
            self._threads.took(threads, self.seconds)
        if not done:
            self.keep(start_length + 1)
        return done

    def keep(self, length: int) -> bool:
        """Drop all after the first `length` tokens. False when all had to be dropped: some kinds
        of models cannot forget in part."""
        if length >= len(self.cached):
            return True
        kept = self._cut(length)
        self.cached = self.cached[:length] if kept else []
        return kept

    def forget(self) -> None:
        """Empty the cache."""
        self._cut(0)
        self.cached = []

    def close(self) -> None:
        """Free the context; a second call does nothing."""
        if self._pointer:
            self._stopper.close()
            self._lib.llama_free(self._pointer)
            self._pointer = None

    def _use(self, count: int) -> int:
        self._lib.llama_set_n_threads(self._pointer, count, count)
        return count

    def _decode(self, batch: Any, tokens: Sequence[int]) -> bool:
        result = self._lib.llama_decode(self._pointer, batch)
        if result == 0:
            self.cached += tokens
            return True
        # Finished pieces of a batch stay in the memory after a stop or an error: ask how many.
        held = int(self._lib.llama_memory_seq_pos_max(self._memory, 0)) + 1
        self.cached = [*self.cached, *tokens][:held]
        if result == _ABORTED:
            return False
        raise UserError(
            f"The model could not go on ({reason_from_log() or f'llama.cpp error {result}'}).",
            "Ask again; if it happens again, choose another model.",
            "decode_failed",
        )

    def _cut(self, length: int) -> bool:
        """Drop all after `length` tokens. Models that cannot do that in part forget everything."""
        if length and self._lib.llama_memory_seq_rm(self._memory, 0, length, -1):
            return True
        self._lib.llama_memory_clear(self._memory, True)
        return length == 0


class Ahead:
    """The batch of a generated token and guesses after it, with scores for each of them."""

    def __init__(self) -> None:
        self._lib = library()
        self._tokens = (self._lib.llama_token * OUTPUTS)()
        self._scored = (ctypes.c_int8 * OUTPUTS)(*[1] * OUTPUTS)

    def batch(self, tokens: Sequence[int]) -> Any:
        """The batch for llama_decode; valid until the next call."""
        self._tokens[: len(tokens)] = tokens
        batch = self._lib.llama_batch_get_one(self._tokens, len(tokens))
        batch.logits = ctypes.cast(self._scored, ctypes.POINTER(ctypes.c_int8))
        return batch


def context_params(size: int, *, on_gpu: bool = False) -> Any:
    """llama.cpp's parameters for a context of `size` tokens; `on_gpu`: layers are offloaded."""
    lib = library()
    params = lib.llama_context_default_params()
    params.n_ctx = size
    params.n_batch = params.n_ubatch = batch_size(size, on_gpu=on_gpu)
    # Scores are asked for the last token of a prompt and for guessed tokens only: a small output
    # buffer is enough, which saves some hundred megabytes with a large vocabulary.
    params.n_outputs_max = OUTPUTS
    params.flash_attn_type = (
        lib.LLAMA_FLASH_ATTN_TYPE_AUTO if on_gpu else lib.LLAMA_FLASH_ATTN_TYPE_DISABLED
    )
    params.no_perf = True
    return params


def batch_size(context: int, *, on_gpu: bool = False) -> int:
    """Tokens that are submitted at once, for a context of `context` tokens."""
    return min(GPU_BATCH if on_gpu else CPU_BATCH, context)
