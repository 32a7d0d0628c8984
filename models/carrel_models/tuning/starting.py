"""Begins a training with an adapter that was trained before, read back from its GGUF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from carrel_models.gguf import BadGguf, Header, read_header
from carrel_models.peft import MATRICES
from carrel_models.tuning.base import CannotTrain, rows_apart, tensor_values
from carrel_models.tuning.dequantizing import Floats
from carrel_models.tuning.lora import LoraLinear


def start_from(adapter: Path, base: Path, layers: dict[str, LoraLinear]) -> None:
    """Give attached layers the numbers of an adapter that `carrel_models.peft` wrote for this base.

    Raises CannotTrain when it changes other layers or has another rank, BadGguf and OSError.
    """
    header, of_base = read_header(adapter), read_header(base)
    values = {one.name: tensor_values(adapter, header, one) for one in header.tensors}
    if len(values) != 2 * len(layers):
        raise CannotTrain(f"{adapter.name} changes {len(values) // 2} matrices, not {len(layers)}.")
    alpha = header.metadata.get("adapter.lora.alpha")
    if not isinstance(alpha, float):
        raise BadGguf(f"{adapter.name} does not say its alpha.")
    for path, layer in layers.items():
        _, _, number, inner = path.split(".", 3)
        name = f"blk.{number}.{MATRICES[inner]}.weight"
        a, b = values.get(f"{name}.lora_a"), values.get(f"{name}.lora_b")
        if a is None or b is None or a.shape != layer.a.shape or b.shape != layer.b.shape:
            raise CannotTrain(f"{adapter.name} has no change of this rank for {path}.")
        _give(layer, a, _as_torch(b, inner, of_base) * (alpha / a.shape[0] / layer.scale))


def _as_torch(b: Floats, inner: str, base: Header) -> Floats:
    return rows_apart(b, inner.rpartition(".")[2], base)


def _give(layer: LoraLinear, a: Floats, b: Floats) -> None:
    with torch.no_grad():
        layer.a.copy_(torch.from_numpy(a))
        layer.b.copy_(torch.from_numpy(np.ascontiguousarray(b)))
