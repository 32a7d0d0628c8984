"""Writes LoRA adapters for the tiny models of `tiny_gguf`, and ones that fit nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.models.tiny_gguf import Value, tensors, write_gguf

RANK = 4


def adapter_metadata(**changes: Value | None) -> dict[str, Value]:
    """The metadata of an adapter; a change of None removes, "_" in its name stands for "."."""
    values: dict[str, Value | None] = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "general.name": "Tone",
        "general.license": "mit",
        "general.base_model.count": 1,
        "general.base_model.0.name": "Tiny",
        "adapter.type": "lora",
        "adapter.lora.alpha": 8.0,
    }
    values |= {key.replace("_", "."): value for key, value in changes.items()}
    return {key: value for key, value in values.items() if value is not None}


def adapter_tensors(
    shapes: Mapping[str, tuple[int, int]], rank: int = RANK, seed: int = 0, size: float = 0.3
) -> dict[str, NDArray[np.float32]]:
    """Random A and B for matrices of (rows, columns): rows are outputs."""
    rng = np.random.default_rng(seed)
    halves: dict[str, NDArray[np.float32]] = {}
    for name, (rows, columns) in shapes.items():
        a, b = rng.standard_normal((rank, columns)), rng.standard_normal((rows, rank))
        halves[f"{name}.lora_a"] = (a * size).astype(np.float32)
        halves[f"{name}.lora_b"] = (b * size).astype(np.float32)
    return halves


def tiny_shapes(contains: str = "") -> dict[str, tuple[int, int]]:
    """The matrices of the tiny model, but for the embedding, whose names contain a text."""
    return {
        name: (array.shape[0], array.shape[1])
        for name, array in tensors().items()
        if array.ndim == 2 and contains in name and name != "token_embd.weight"
    }


def write_adapter(
    path: Path, *, seed: int = 0, contains: str = "", rank: int = RANK, **changes: Value | None
) -> Path:
    """Write an adapter for the tiny model with random weights."""
    weights = adapter_tensors(tiny_shapes(contains), rank, seed)
    return write_gguf(path, adapter_metadata(**changes), weights)
