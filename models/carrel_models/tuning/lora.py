"""Low-rank changes to frozen matrices: y = W x + alpha / r * B A x (LoRA, arXiv 2106.09685).

    layers = attach(model, Shape(rank=16, alpha=32.0), seed=0)
    parameters(layers)          what is trained
    save_peft(layers, folder)   a folder as PEFT saves it, for carrel_models.peft.convert

A starts random, B at zero, so that an untrained adapter changes nothing.
"""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import torch

from carrel_models.peft import CONFIG, MATRICES, WEIGHTS
from carrel_models.tuning.plans import Shape


class LoraLinear(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
    """A frozen linear layer and its low-rank change."""

    def __init__(self, frozen: torch.nn.Linear, shape: Shape, source: torch.Generator) -> None:
        super().__init__()
        self.frozen = frozen
        bound = 1 / math.sqrt(frozen.in_features)
        first = torch.empty(shape.rank, frozen.in_features)
        self.a = torch.nn.Parameter(first.uniform_(-bound, bound, generator=source))
        self.b = torch.nn.Parameter(torch.zeros(frozen.out_features, shape.rank))
        self.scale = shape.alpha / shape.rank

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., in) -> (..., out), in the numbers of `x`."""
        linear = torch.nn.functional.linear
        changed: torch.Tensor = self.frozen(x)
        a, b = self.a.to(x.dtype), (self.b * self.scale).to(x.dtype)
        return changed + linear(linear(x, a), b)


def attach(model: Any, shape: Shape, seed: int, lowest: int = 0) -> dict[str, LoraLinear]:
    """Put a change on all projections of the layers from `lowest` up; by path within the model."""
    source = torch.Generator().manual_seed(seed)
    layers: dict[str, LoraLinear] = {}
    for number, layer in enumerate(model.model.layers):
        if number < lowest:
            continue
        for path in MATRICES:
            group, name = path.split(".")
            holder = getattr(layer, group)
            changed = LoraLinear(getattr(holder, name), shape, source)
            setattr(holder, name, changed)
            layers[f"model.layers.{number}.{path}"] = changed
    return layers


def shorten(model: Any, layers: dict[str, LoraLinear]) -> None:
    """Keep and compute the frozen model in bfloat16; what is trained stays in 32 bits, and so do
    the angles of positions, which 8 bits of precision would shift."""
    trained = [half.detach().clone() for half in parameters(layers)]
    model.to(torch.bfloat16)
    for half, whole in zip(parameters(layers), trained, strict=True):
        half.data = whole
    model.model.rotary_emb = type(model.model.rotary_emb)(model.config)


def parameters(layers: dict[str, LoraLinear]) -> list[torch.nn.Parameter]:
    """All A and B, in a fixed order."""
    return [half for layer in layers.values() for half in (layer.a, layer.b)]


def save_peft(layers: dict[str, LoraLinear], folder: Path, shape: Shape, base: str) -> None:
    """Write adapter_config.json and adapter_model.safetensors into an existing empty folder."""
    tensors: dict[str, torch.Tensor] = {}
    for path, layer in layers.items():
        tensors[f"base_model.model.{path}.lora_A.weight"] = layer.a
        tensors[f"base_model.model.{path}.lora_B.weight"] = layer.b
    config = {
        "peft_type": "LORA",
        "r": shape.rank,
        "lora_alpha": shape.alpha,
        "bias": "none",
        "base_model_name_or_path": base,
        "target_modules": sorted({path.rsplit(".", 1)[1] for path in layers}),
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
    _write_safetensors(folder / WEIGHTS, tensors)


def _write_safetensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """The format of huggingface/safetensors: length, JSON header, little-endian numbers."""
    entries: dict[str, Any] = {}
    at = 0
    for name, tensor in tensors.items():
        end = at + tensor.numel() * 4
        entries[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, end]}
        at = end
    head = json.dumps(entries).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for tensor in tensors.values():
            file.write(tensor.detach().contiguous().numpy().astype("<f4").tobytes())
