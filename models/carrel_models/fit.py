"""Whether a model fits this machine's memory, and with how much context.

    verdict = fit(card, available_memory())
    verdict.verdict, verdict.context, verdict.reason

Memory = the weights + the KV cache of the context + llama.cpp's working buffers. Thin on purpose:
one machine, one model, no GPU memory yet.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, NamedTuple

from carrel_models.card import ModelCard

DEFAULT_CONTEXT = 4096
LEAST_CONTEXT = 1024
# Working buffers of llama.cpp besides weights and cache, with some room.
WORKING_BYTES = 160 * 1024 * 1024
# Memory that the rest of Carrel and of the desktop should keep.
RESERVE_BYTES = 512 * 1024 * 1024
# A token of a dense model reads all weights once. Desktop memory gives about 10 GB/s to two cores,
# so more than 5 GB a token means under 2 tokens/s: slower than reading along.
SLOW_BYTES = 5_000_000_000

Verdict = Literal["yes", "less context", "slow", "no", "unknown"]


class Fit(NamedTuple):
    """The verdict, the context in tokens that fits (0 with "no"), and one sentence of reason."""

    verdict: Verdict
    context: int
    reason: str


def available_memory() -> int | None:
    """Bytes of memory that could be used now, None where this system does not say."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return min(int(line.split()[1]) * 1024, _container_limit())
    sysconf = getattr(os, "sysconf", None)  # not on Windows
    if sysconf is None:
        return None
    # Physical memory, where what is free is not told: count on half of it.
    return int(sysconf("SC_PHYS_PAGES")) * int(sysconf("SC_PAGE_SIZE")) // 2


def _container_limit() -> int:
    """The memory limit of the control group, when the process runs in a container that has one."""
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return int(text) if text.isdigit() else 1 << 62


def fit(card: ModelCard, memory: int | None, wanted_context: int = DEFAULT_CONTEXT) -> Fit:
    """Say whether `card` fits into `memory` bytes with `wanted_context` tokens of context."""
    if card.kind != "chat model":
        return Fit("unknown", 0, f"This file is not a chat model but a {card.kind}.")
    wanted = min(wanted_context, card.trained_context or wanted_context)
    if memory is None or card.cache_bytes_per_token is None:
        return Fit("unknown", wanted, "This machine or this model does not say how much is needed.")
    room = memory - RESERVE_BYTES - WORKING_BYTES - card.size
    context = max(0, room // max(1, card.cache_bytes_per_token)) if room > 0 else 0
    needed = card.size + WORKING_BYTES + wanted * card.cache_bytes_per_token
    if context >= wanted:
        return _fits(card, wanted, needed, memory)
    if context >= min(LEAST_CONTEXT, wanted):
        context = context // 256 * 256 or context
        return Fit(
            "less context",
            context,
            f"It fits with {context:,} tokens of context instead of {wanted:,}.",
        )
    return Fit("no", 0, f"It needs about {_gb(needed)} and {_gb(memory)} are free.")


def _fits(card: ModelCard, context: int, needed: int, memory: int) -> Fit:
    if card.size * card.active_fraction > SLOW_BYTES:
        return Fit(
            "slow",
            context,
            f"It fits ({_gb(needed)} of {_gb(memory)}), but reads {_gb(card.size)} for every word: "
            "expect less than two words a second without a graphics card.",
        )
    return Fit("yes", context, f"It needs about {_gb(needed)} of the {_gb(memory)} that are free.")


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
