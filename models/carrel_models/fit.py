"""Whether a model fits this machine's memory, with how much context, and how much of it on a GPU.

    found = fit(card, available_memory(), wanted_context=4096, gpus=[Gpu(8_000_000_000)])
    found.verdict, found.context, found.layers, found.reason

Memory = weights + KV cache + working buffers (see `estimate`), held against what is free now less a
reserve. A model whose weights alone are too much can still be read from disk for every word.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from carrel_models.card import ModelCard
from carrel_models.estimate import CONTEXT_STEP, Split, estimate
from carrel_models.gguf import BadGguf, read_header
from carrel_models.machine import Gpu
from carrel_models.shape import Shape, shape_of

DEFAULT_CONTEXT = 4096
LEAST_CONTEXT = 1024
MOST_CONTEXT = 1 << 20
# Memory that the rest of Carrel and of the desktop should keep; on a GPU for the screen and for
# what its driver needs per process.
RESERVE_BYTES = 512 * 1024 * 1024
GPU_RESERVE_BYTES = 384 * 1024 * 1024
# A token of a dense model reads all weights once. Desktop memory gives about 10 GB/s to two cores,
# so more than 5 GB a token means under 2 tokens/s: slower than reading along.
SLOW_BYTES = 5_000_000_000
# What an ordinary solid-state disk reads in a second, and how long a word may take at most before
# "slow" becomes "no".
DISK_BYTES_PER_SECOND = 1_000_000_000
LONGEST_WORD_SECONDS = 10

Verdict = Literal["yes", "less context", "slow", "no", "unknown"]


class Fit(NamedTuple):
    """The verdict, the context in tokens that fits (0 with "no"), and one sentence of reason.

    `layers` of `all_layers` go to the graphics cards with that context; `from_disk` tells that the
    weights are larger than what is free, so that they must stay mapped from the file.
    """

    verdict: Verdict
    context: int
    reason: str
    layers: int = 0
    all_layers: int = 0
    from_disk: bool = False


def fit(
    card: ModelCard,
    memory: int | None,
    wanted_context: int = DEFAULT_CONTEXT,
    gpus: Sequence[Gpu] = (),
    gpu_layers: int = -1,
) -> Fit:
    """Say whether `card` fits into `memory` bytes and the `gpus` with `wanted_context` tokens.

    `gpu_layers` -1 puts as many layers on the GPUs as fit there.
    """
    if card.kind != "chat model":
        return Fit("unknown", 0, f"This file is not a chat model but a {card.kind}.")
    wanted = min(wanted_context, card.trained_context or wanted_context)
    shape = sizes(card)
    if memory is None or shape is None:
        return Fit("unknown", wanted, "This machine or this model does not say how much is needed.")
    machine = _Machine(shape, card, memory, tuple(gpus), gpu_layers)
    if machine.holds(wanted):
        return machine.fits(wanted)
    context = machine.largest(wanted)
    if context >= min(LEAST_CONTEXT, wanted):
        return machine.fits_less(context, wanted)
    return machine.from_disk(wanted)


def largest_context(
    card: ModelCard, memory: int | None, gpus: Sequence[Gpu] = (), gpu_layers: int = -1
) -> int | None:
    """The largest context in tokens for the memory that is free, up to what the model was trained
    with; 0 when nothing fits, None where the machine or the model does not say."""
    shape = sizes(card)
    if memory is None or shape is None or card.kind != "chat model":
        return None
    machine = _Machine(shape, card, memory, tuple(gpus), gpu_layers)
    most = card.trained_context or MOST_CONTEXT
    return most if machine.holds(most) else machine.largest(most)


def choose_layers(shape: Shape, size: int, context: int, gpus: Sequence[Gpu]) -> int:
    """How many of `shape.all_layers` fit on the GPUs with their cache; each GPU has its own
    compute buffer."""
    room = sum(max(0, gpu.free - GPU_RESERVE_BYTES) for gpu in gpus)

    def needed(layers: int) -> int:
        need = estimate(shape, size, context, gpu_layers=layers).gpu
        return need.weights + need.cache + need.compute * len(gpus)

    return bisect_right(range(1, shape.all_layers + 1), room, key=needed)


def sizes(card: ModelCard) -> Shape | None:
    """The sizes inside the model: those on the card, else read from its file; None when unknown."""
    return card.shape or _sizes_of_file(card.path, card.size, card.modified)


@lru_cache(maxsize=64)
def _sizes_of_file(path: str, size: int, modified: int) -> Shape | None:
    try:
        return shape_of(read_header(Path(path)))
    except (OSError, BadGguf):
        return None  # the card's own `problem` says why


class _Machine(NamedTuple):
    """One model on one machine."""

    shape: Shape
    card: ModelCard
    memory: int
    gpus: tuple[Gpu, ...]
    gpu_layers: int

    def layers(self, context: int) -> int:
        if not self.gpus:
            return 0
        if self.gpu_layers >= 0:
            return min(self.gpu_layers, self.shape.all_layers)
        return choose_layers(self.shape, self.card.size, context, self.gpus)

    def split(self, context: int) -> Split:
        return estimate(self.shape, self.card.size, context, gpu_layers=self.layers(context))

    def needed(self, context: int) -> int:
        """Bytes of main memory, with what a GPU without its own memory takes of it."""
        split = self.split(context)
        shared = any(gpu.shared for gpu in self.gpus)
        return split.main.total + (split.gpu.total if shared else 0)

    def holds(self, context: int) -> bool:
        return self.needed(context) + RESERVE_BYTES <= self.memory

    def largest(self, most: int) -> int:
        """The largest context below `most` that fits, by bisection; 0 when none does."""
        low, high = 0, most // CONTEXT_STEP
        while low < high:
            middle = (low + high + 1) // 2
            if self.holds(middle * CONTEXT_STEP):
                low = middle
            else:
                high = middle - 1
        return low * CONTEXT_STEP

    def fits(self, context: int) -> Fit:
        split = self.split(context)
        read = int(split.main.weights * self.card.active_fraction)
        if read > SLOW_BYTES:
            return self._say(
                "slow",
                context,
                f"It fits ({_gb(split.main.total)} of {_gb(self.memory)}), but reads {_gb(read)} "
                "for every word: expect less than two words a second.",
            )
        needs = f"It needs about {_gb(split.main.total)} of the {_gb(self.memory)} that are free"
        return self._say("yes", context, needs + self._on_gpu(context) + ".")

    def fits_less(self, context: int, wanted: int) -> Fit:
        return self._say(
            "less context",
            context,
            f"It fits with {context:,} tokens of context instead of {wanted:,} "
            f"({_gb(self.needed(wanted))} would be needed, {_gb(self.memory)} are free).",
        )

    def from_disk(self, wanted: int) -> Fit:
        """Weights stay mapped from the file and are read again for every word."""
        context = min(wanted, LEAST_CONTEXT)
        split = self.split(context)
        needed, free = self.needed(context), _gb(self.memory)
        seconds = split.main.weights * self.card.active_fraction / DISK_BYTES_PER_SECOND
        too_much = needed - split.main.weights + RESERVE_BYTES > self.memory
        if too_much or seconds > LONGEST_WORD_SECONDS:
            return self._say("no", 0, f"It needs about {_gb(needed)} and {free} are free.")
        return self._say(
            "slow",
            context,
            f"It needs about {_gb(needed)} and {free} are free: it would be read from the disk "
            f"again and again, about {max(1, round(seconds))} s for every word.",
            from_disk=True,
        )

    def _on_gpu(self, context: int) -> str:
        layers, need = self.layers(context), self.split(context).gpu
        if not layers:
            return ""
        share = "all" if layers == self.shape.all_layers else f"{layers} of {self.shape.all_layers}"
        return f"; {share} layers go to the graphics card ({_gb(need.total)})"

    def _say(self, verdict: Verdict, context: int, reason: str, *, from_disk: bool = False) -> Fit:
        layers = self.layers(context) if context else 0
        return Fit(verdict, context, reason, layers, self.shape.all_layers, from_disk)


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
