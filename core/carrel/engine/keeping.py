"""What a model has read, kept while another model is used, so that switching back is fast.

A model's process ends when another is chosen, and its memory is back. What it had computed for the
last prompt is carried over to the desk, in memory and never on disk, up to `KEPT_BYTES`: reading
900 tokens again takes the starter model some four seconds and a larger one a minute, taking them up
again a few hundredths of a second.
"""

from __future__ import annotations

import ctypes
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.engine.native import library

if TYPE_CHECKING:
    from carrel.engine.context import Context

KEPT_BYTES = 64 * 1024 * 1024  # also the most that a frame between processes carries
# Fewer tokens are read again as fast as they are carried.
LEAST_TOKENS = 64
# Of the room of a state too large, this much is used: its size is not quite even over its tokens.
_ROOM = 0.95


class SavedState(NamedTuple):
    """The tokens that a model had read, and llama.cpp's own form of what it made of them."""

    tokens: list[int]
    data: bytes


class KeptStates:
    """Saved states by what they belong to, `limit` bytes at most; the oldest goes first."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._states: dict[Hashable, SavedState] = {}

    def put(self, key: Hashable, state: SavedState) -> None:
        """Keep a state, in place of an older one of the same key."""
        self._states.pop(key, None)
        self._states[key] = state
        while sum(len(one.data) for one in self._states.values()) > self._limit:
            del self._states[next(iter(self._states))]

    def take(self, key: Hashable) -> SavedState | None:
        """The state of this key, which is not kept any longer."""
        return self._states.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        self._states.clear()


def save(context: Context, limit: int) -> SavedState | None:
    """What the context holds, in at most `limit` bytes: when it is more, the end is dropped from
    the context first. None when it is not worth it or the model cannot forget in part."""
    lib = library()
    if len(context.cached) < LEAST_TOKENS:
        return None
    size = int(lib.llama_state_seq_get_size(context.pointer, 0))
    if size > limit:
        length = int(len(context.cached) * limit / size * _ROOM)
        if length < LEAST_TOKENS or not context.keep(length):
            return None
        size = int(lib.llama_state_seq_get_size(context.pointer, 0))
    if not 0 < size <= limit:
        return None
    buffer = (ctypes.c_uint8 * size)()
    written = int(lib.llama_state_seq_get_data(context.pointer, buffer, size, 0))
    return SavedState(list(context.cached), bytes(buffer)[:written]) if written else None


def restore(context: Context, tokens: Sequence[int], data: bytes) -> bool:
    """Put a saved state into an empty context of the same model. False when it does not fit: the
    context is empty then."""
    lib = library()
    context.forget()
    if not tokens or len(tokens) >= context.size:
        return False
    buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
    if not lib.llama_state_seq_set_data(context.pointer, buffer, len(data), 0):
        context.forget()
        return False
    context.cached = list(tokens)
    return True
