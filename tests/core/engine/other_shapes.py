"""Tiny models of other kinds than a llama: one with sliding windows, one with a recurrent state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.models.tiny_gguf import LAYERS, WIDTH, Value, metadata, tensors, write_gguf

_HEAD = 16


def _named(architecture: str) -> dict[str, Value]:
    return {
        key.replace("llama.", f"{architecture}.") if key.startswith("llama.") else key: value
        for key, value in metadata(8192).items()
    } | {"general.architecture": architecture}


def write_windowed(path: Path) -> Path:
    """A Gemma 3: its layers look back 512 tokens, every sixth one looks back to the beginning."""
    values = _named("gemma3") | {
        "gemma3.attention.sliding_window": 512,
        "gemma3.attention.key_length": _HEAD,
        "gemma3.attention.value_length": _HEAD,
    }
    weights = tensors()
    for layer in range(LAYERS):
        for name, size in {
            "attn_q_norm": _HEAD, "attn_k_norm": _HEAD, "post_attention_norm": WIDTH,
            "post_ffw_norm": WIDTH,
        }.items():  # fmt: skip
            weights[f"blk.{layer}.{name}.weight"] = np.ones(size, np.float32)
    return write_gguf(path, values, weights)


def write_recurrent(path: Path) -> Path:
    """A Mamba: no attention and no KV cache, a state of fixed size in each layer."""
    inner, state, rank, kernel = 2 * WIDTH, 16, 4, 4
    values = _named("mamba") | {
        "mamba.ssm.conv_kernel": kernel, "mamba.ssm.inner_size": inner,
        "mamba.ssm.state_size": state, "mamba.ssm.time_step_rank": rank,
    }  # fmt: skip
    del values["mamba.attention.head_count_kv"]
    values["mamba.attention.head_count"] = 0  # as the usual conversion writes it
    weights = {name: array for name, array in tensors().items() if not name.startswith("blk.")}
    shapes = {
        "attn_norm.weight": (WIDTH,), "ssm_in.weight": (2 * inner, WIDTH),
        "ssm_conv1d.weight": (inner, kernel), "ssm_conv1d.bias": (inner,),
        "ssm_x.weight": (rank + 2 * state, inner), "ssm_dt.weight": (inner, rank),
        "ssm_dt.bias": (inner,), "ssm_a": (inner, state), "ssm_d": (inner,),
        "ssm_out.weight": (WIDTH, inner),
    }  # fmt: skip
    for layer in range(LAYERS):
        for name, shape in shapes.items():
            weights[f"blk.{layer}.{name}"] = _ones(shape)
    return write_gguf(path, values, weights)


def _ones(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.ones(shape, np.float32)
