"""Refuses model files that would make llama.cpp abort the process instead of failing with a reason.

Each check stands for a crash that was seen (tests/models/test_checks.py keeps them): a
`block_count` of 1000 in a file of two layers ends the process with SIGABRT, head counts of 0 divide
by zero. What llama.cpp itself refuses with a reason is left to it.
"""

from __future__ import annotations

import math
import re

from carrel_models.gguf import Array, BadGguf, Header, Value
from carrel_models.quantization import tensor_bytes

# LLAMA_MAX_LAYERS of llama.cpp: its per-layer tables have this many places.
MAX_LAYERS = 512
# LLAMA_MAX_EXPERTS of llama.cpp: it aborts beyond.
MAX_EXPERTS = 512
# TENSOR_ALIGNMENT of ggml-backend.cpp: weights that lie elsewhere in memory end the process.
ALIGNMENT = 32
MAX_FILE = 1 << 44  # bytes; sixteen times the largest model known
_ATTENTION_NAME = re.compile(r"\.attn_(?:q|k|qkv|kv)[._]")
_BLOCK_NAME = re.compile(r"(?:^|\.)blk\.(\d+)\.")
_MATRIX_NAME = re.compile(
    r"(?:^|\.)(?:token_embd|output|attn_(?:q|k|v|qkv|output)|ffn_(?:gate|up|down)|\w+_norm)\.weight$"
)
_WHOLE_NUMBERS = range(24, 28)  # ggml's I8, I16, I32 and I64


def check_complete(header: Header) -> None:
    """Raise BadGguf when tensor data lies outside the file (it is cut short) or is unreadable."""
    ends = [header.data_offset + t.offset + tensor_bytes(t) for t in header.tensors]
    needed = max(ends, default=0)
    if needed > MAX_FILE:
        raise BadGguf("The header places weights far outside the file, which cannot be right.")
    if needed > header.file_size:
        missing = needed - header.file_size
        raise BadGguf(
            f"The file is cut short: of about {needed:,} bytes {missing:,} are missing "
            f"({math.ceil(missing / needed * 100)} %).",
            "Wait until its download is complete, or download it again.",
        )


def check_weights(header: Header) -> None:
    """Raise BadGguf when weights lie where llama.cpp cannot use them, or are no weights."""
    for tensor in header.tensors:
        if (header.data_offset + tensor.offset) % ALIGNMENT:
            raise BadGguf(
                f"The weights {tensor.name!r} do not begin at a multiple of {ALIGNMENT} bytes."
            )
        if tensor.type in _WHOLE_NUMBERS and _MATRIX_NAME.search(tensor.name):
            raise BadGguf(f"The weights {tensor.name!r} are given as whole numbers.")


def check_layers(header: Header, whole: bool = False) -> None:
    """Raise BadGguf when the header's sizes contradict the tensors that the file holds.

    `whole` says that `header` has the tensors of all parts of a split model.
    """
    architecture = header.text("general.architecture")
    blocks = header.integer(f"{architecture}.block_count")
    if blocks is None or not header.tensors:
        return
    held = len({int(m[1]) for t in header.tensors if (m := _BLOCK_NAME.search(t.name))})
    split = (header.integer("split.count") or 1) > 1 and not whole
    if blocks > MAX_LAYERS or blocks < 1 or (held < blocks and not split):
        raise BadGguf(f"The header promises {blocks} layers and the file holds {held}.")
    _check_sizes(header, architecture)


def _check_sizes(header: Header, architecture: str) -> None:
    for name in ("embedding_length", "context_length", "vocab_size"):
        value = header.integer(f"{architecture}.{name}")
        if value is not None and not 0 < value < 1 << 31:
            raise BadGguf(f"The header gives {value} as {name}, which cannot be right.")
    experts = header.integer(f"{architecture}.expert_count") or 0
    used = _largest(header.metadata.get(f"{architecture}.expert_used_count"))
    if not 0 <= used <= experts <= MAX_EXPERTS:
        raise BadGguf(
            f"The header gives {used} experts in use of {experts}, which cannot be right."
        )
    if experts and not used:
        raise BadGguf(f"The header gives {experts} experts and says that none of them is used.")
    ahead = header.integer(f"{architecture}.nextn_predict_layers") or 0
    if not 0 <= ahead <= (header.integer(f"{architecture}.block_count") or 0):
        raise BadGguf(f"The header gives {ahead} layers that look ahead, which cannot be right.")
    for name in ("layer_norm_rms_epsilon", "layer_norm_epsilon"):
        epsilon = header.metadata.get(f"{architecture}.attention.{name}")
        if isinstance(epsilon, float) and not epsilon >= 0:  # also not a number
            raise BadGguf(f"The header gives {epsilon} as {name}, which cannot be right.")
    for name in ("attention.head_count", "attention.head_count_kv"):
        _check_heads(header, f"{architecture}.{name}")


def _largest(value: Value | None) -> int:
    """An integer, or the largest of an array with one per layer; 0 where there is none."""
    numbers = (value.values or ()) if isinstance(value, Array) else (value,)
    return max((n for n in numbers if isinstance(n, int)), default=0)


def _check_heads(header: Header, key: str) -> None:
    value = header.metadata.get(key)
    # 0 is right for layers of a hybrid model, and for recurrent models, that have no attention.
    heads = [h for h in value.values or ()] if isinstance(value, Array) else [value]
    attends = any(_ATTENTION_NAME.search(tensor.name) for tensor in header.tensors)
    smallest = 0 if isinstance(value, Array) or not attends else 1
    for count in heads:
        if count is not None and not (isinstance(count, int) and smallest <= count <= 65_536):
            raise BadGguf(
                f"The header gives {count} as {key.split('.')[-1]}, which cannot be right."
            )


def check_model(header: Header) -> None:
    """Every check; raises BadGguf with one sentence."""
    check_weights(header)
    check_complete(header)
    check_layers(header)
