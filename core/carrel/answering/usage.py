"""How a model is used for one question: its preset, then its vendor's values, then the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from carrel.engine.messages import Sampling
from carrel_models.preset import LIMITS

if TYPE_CHECKING:
    from carrel.settings import Settings
    from carrel_models.preset import Preset


_AGAIN = 0.7


class Usage(NamedTuple):
    """What holds for a question; `reply_tokens` are the most of an answer, `system` is the model's
    own text, which Carrel's rules are added to."""

    sampling: Sampling
    reply_tokens: int
    system: str
    think: bool
    role_names: dict[str, str]


def usage(preset: Preset, vendor: Mapping[str, float], settings: Settings) -> Usage:
    """What a preset says, with the defaults where it says nothing."""
    sampling = defaults(vendor, settings)
    said = {
        name: value
        for name in Sampling.__struct_fields__
        if (value := getattr(preset, name, None)) is not None
    }
    return Usage(
        sampling=msgspec.structs.replace(sampling, **said),
        reply_tokens=preset.reply_tokens or settings.whole("reply_tokens"),
        system=preset.system,
        think=preset.think,
        role_names=preset.role_names,
    )


def drawn_again(sampling: Sampling, times: int) -> Sampling:
    """The sampling for an answer that is asked for again, `times` times now: another seed, and at
    least the temperature at which another seed makes a difference."""
    if times == 0:
        return sampling
    return msgspec.structs.replace(
        sampling,
        temperature=max(sampling.temperature, _AGAIN),
        seed=(sampling.seed + times) % 2**31,
    )


def defaults(vendor: Mapping[str, float], settings: Settings) -> Sampling:
    """The sampling that holds without a preset: the vendor's values, then the settings."""
    own = Sampling(
        temperature=settings.number("temperature"),
        repeat_penalty=settings.number("repeat_penalty"),
        seed=settings.whole("seed"),
    )
    known = {
        name: int(value) if LIMITS[name].whole else value
        for name, value in vendor.items()
        if name in Sampling.__struct_fields__
    }
    return msgspec.structs.replace(own, **known)
