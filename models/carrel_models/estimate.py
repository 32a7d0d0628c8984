"""How much memory a model takes with a context, estimated from its sizes without loading it.

    split = estimate(shape, card.size, context=4096)
    split.main.weights, split.main.cache, split.main.compute, split.gpu.total

The terms follow llama.cpp (of 2026-10): weights are mapped from the file; the KV cache holds a key
and a value per layer and token at 16 bits; the compute buffer is as large as the hungriest step of
reading `batch` tokens at the context's end. Checked against llama.cpp's own dry run and against the
measured peak in tests/core/engine/test_memory.py.
"""

from __future__ import annotations

from typing import NamedTuple

from carrel_models.shape import Shape

# What the engine asks llama.cpp for: tokens that are read at once without and with a GPU, and the
# most tokens of a batch that scores are wanted for.
CPU_BATCH, GPU_BATCH, OUTPUTS = 128, 512, 16
# llama.cpp rounds a context up to this.
CONTEXT_STEP = 256
# llama.cpp's tables per token of a vocabulary (text, score, kind, two look-ups) and per merge
# (both sides in a hash table), in bytes: 14.9 MB for 50,000 of each, 43.5 MB for 150,000.
TOKEN_BYTES, MERGE_BYTES = 150, 140
# The graph's own bookkeeping, the sampler's candidates and the lists of tokens.
BOOKKEEPING_BYTES = 4_000_000
_FLOAT, _HALF = 4, 2


class Need(NamedTuple):
    """Bytes on one device. `weights` include the vocabulary's tables, `compute` all buffers."""

    weights: int = 0
    cache: int = 0
    compute: int = 0

    @property
    def total(self) -> int:
        return sum(self)


class Split(NamedTuple):
    """What a model takes in main memory, and on all graphics cards together."""

    main: Need
    gpu: Need


def estimate(
    shape: Shape,
    size: int,
    context: int,
    *,
    gpu_layers: int = 0,
    flash: bool = False,
    full_windows: bool = True,
) -> Split:
    """The memory for a model of `size` bytes with `context` tokens.

    `gpu_layers` counts from the end as llama.cpp does, the output being the last of
    `shape.all_layers`. `flash` is whether attention is computed without keeping its scores (as on a
    GPU). `full_windows` keeps the whole context also in layers that look back only a window, as the
    engine does: a prompt's beginning can be reused then.
    """
    context = -(-context // CONTEXT_STEP) * CONTEXT_STEP
    offloaded = min(max(0, gpu_layers), shape.all_layers)
    first = max(0, shape.all_layers - offloaded)  # the first layer on the GPU
    batch = min(GPU_BATCH if offloaded else CPU_BATCH, context)
    weights = _gpu_weights(shape, size, first) if offloaded else 0
    cache = cache_per_layer(shape, context, batch, full_windows=full_windows)
    compute = compute_bytes(shape, context, batch, flash=flash or bool(offloaded))
    # The last layer's output matrix may be a second copy of the input's, which stays where it is.
    stays = max(size - weights, shape.input_bytes)
    beside = compute if not offloaded or first > 0 else _inputs(shape, context, batch)
    return Split(
        main=Need(stays + table_bytes(shape), sum(cache[:first]), beside + BOOKKEEPING_BYTES),
        gpu=Need(weights, sum(cache[first:]), compute if offloaded else 0),
    )


def cache_per_layer(
    shape: Shape, context: int, batch: int, *, full_windows: bool = True
) -> list[int]:
    """Bytes of the KV cache (or the recurrent state) of each layer."""
    window = min(context, -(-(shape.window + batch) // CONTEXT_STEP) * CONTEXT_STEP)
    short = set() if full_windows else set(shape.windowed)
    return [
        per_token * (window if layer in short else context) + state
        for layer, (per_token, state) in enumerate(
            zip(shape.cache_bytes, shape.state_bytes, strict=True)
        )
    ]


def table_bytes(shape: Shape) -> int:
    """llama.cpp's tables of the vocabulary, in main memory."""
    return shape.vocabulary * TOKEN_BYTES + shape.merges * MERGE_BYTES


def score_copies(shape: Shape, context: int, batch: int) -> int:
    """The 16-bit copy of the attention scores that a processor multiplies with. It lies in the
    threads' own work buffer, which llama.cpp does not count as compute buffer."""
    attends = any(shape.cache_bytes)
    return batch * context * shape.heads * _HALF if attends else 0


def compute_bytes(shape: Shape, context: int, batch: int, *, flash: bool) -> int:
    """The buffers of the hungriest step, for `batch` tokens after `context` others.

    Attention keeps the mask, a score per head and token of context, the layer's input, its norm and
    the queries, keys and values; the feed-forward step two rows of its width; the last step scores
    of the vocabulary for OUTPUTS tokens. Flash attention keeps no scores and a mask of 16 bits;
    without it the scores have a 16-bit copy besides.
    """
    row = batch * _FLOAT
    attends = any(shape.cache_bytes)
    mask = batch * context * (_HALF if flash else _FLOAT) if attends else 0
    scores = row * context * shape.heads if attends and not flash else 0
    copies = score_copies(shape, context, batch) if scores else 0
    attention = scores + row * (4 * shape.width + 3 * shape.query)
    forward = row * (2 * shape.feed_forward + 3 * shape.width)
    last = min(OUTPUTS, batch) * shape.vocabulary * _FLOAT + row * shape.width
    return mask + copies + max(attention, forward, last)


def _inputs(shape: Shape, context: int, batch: int) -> int:
    """What stays in main memory when every layer is on a GPU: the inputs and the mask."""
    return batch * (context * _HALF + shape.width * _FLOAT)


def _gpu_weights(shape: Shape, size: int, first: int) -> int:
    """Weights of the layers from `first` on. A split model's header lists a part of its tensors:
    its layers are taken to be alike."""
    listed = sum(shape.layer_bytes) + shape.input_bytes + shape.output_bytes
    grow = max(1.0, size / listed) if listed else 1.0
    return int((sum(shape.layer_bytes[first:]) + shape.output_bytes) * grow)
