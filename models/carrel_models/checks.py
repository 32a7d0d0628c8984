"""Refuses model files that would make llama.cpp abort the process instead of failing with a reason.

Each check stands for a crash that was seen (tests/core/engine/test_broken_models.py keeps them): a
`block_count` of 1000 in a file of two layers ends the process with SIGABRT, head counts of 0 divide
by zero. What llama.cpp itself refuses with a reason is left to it.
"""

from __future__ import annotations

import re

from carrel_models.gguf import Array, BadGguf, Header
from carrel_models.quantization import tensor_bytes

# LLAMA_MAX_LAYERS of llama.cpp: its per-layer tables have this many places.
MAX_LAYERS = 512
# LLAMA_MAX_EXPERTS of llama.cpp: it aborts beyond.
MAX_EXPERTS = 512
_BLOCK_NAME = re.compile(r"(?:^|\.)blk\.(\d+)\.")


def check_complete(header: Header) -> None:
    """Raise BadGguf when tensor data lies outside the file (it is cut short) or is unreadable."""
    for tensor in header.tensors:
        end = header.data_offset + tensor.offset + tensor_bytes(tensor)
        if end > header.file_size:
            raise BadGguf(
                f"The file is cut short: it has {header.file_size:,} bytes, and its header "
                f"speaks of at least {end:,}."
            )


def check_layers(header: Header) -> None:
    """Raise BadGguf when the header's sizes contradict the tensors that the file holds."""
    architecture = header.text("general.architecture")
    blocks = header.integer(f"{architecture}.block_count")
    if blocks is None or not header.tensors:
        return
    held = len({int(m[1]) for t in header.tensors if (m := _BLOCK_NAME.search(t.name))})
    split = (header.integer("split.count") or 1) > 1
    if blocks > MAX_LAYERS or blocks < 1 or (held < blocks and not split):
        raise BadGguf(f"The header promises {blocks} layers and the file holds {held}.")
    _check_sizes(header, architecture)


def _check_sizes(header: Header, architecture: str) -> None:
    for name in ("embedding_length", "context_length", "vocab_size"):
        value = header.integer(f"{architecture}.{name}")
        if value is not None and not 0 < value < 1 << 31:
            raise BadGguf(f"The header gives {value} as {name}, which cannot be right.")
    experts = header.integer(f"{architecture}.expert_count") or 0
    used = header.integer(f"{architecture}.expert_used_count") or 0
    if not 0 <= used <= experts <= MAX_EXPERTS:
        raise BadGguf(
            f"The header gives {used} experts in use of {experts}, which cannot be right."
        )
    for name in ("attention.head_count", "attention.head_count_kv"):
        _check_heads(header, f"{architecture}.{name}")


def _check_heads(header: Header, key: str) -> None:
    value = header.metadata.get(key)
    # Per-layer arrays may hold 0: some layers of a hybrid model have no attention.
    heads = [h for h in value.values or ()] if isinstance(value, Array) else [value]
    smallest = 0 if isinstance(value, Array) else 1
    for count in heads:
        if count is not None and not (isinstance(count, int) and smallest <= count <= 65_536):
            raise BadGguf(
                f"The header gives {count} as {key.split('.')[-1]}, which cannot be right."
            )


def check_model(header: Header) -> None:
    """Every check; raises BadGguf with one sentence."""
    check_complete(header)
    check_layers(header)
