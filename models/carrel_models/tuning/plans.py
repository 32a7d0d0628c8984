"""What a training is told; nothing heavy is imported to say it."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """The rank of every change, and alpha: alpha / rank scales it."""

    rank: int = 16
    alpha: float = 32.0


class Plan(NamedTuple):
    """How to train. `steps` 0 goes through the samples `epochs` times; `minutes` 0 sets no limit of
    time, else the learning rate has fallen to its end when they are over. A step reads `groups`
    bundles of at most `tokens` tokens. Layers under `lowest` are left as they are, which saves half
    of the work that they make. With `bfloat16` the frozen model is kept and computed in 16 bits,
    which is faster on processors with units for it (AMX) and slower on others."""

    steps: int = 0
    minutes: float = 0.0
    epochs: int = 1
    rate: float = 1e-3
    tokens: int = 640
    groups: int = 2
    lowest: int = 0
    shape: Shape = Shape()
    seed: int = 0
    bfloat16: bool = False
