"""Models worth having, by the memory of the machine: a static page, read from `suggestions.toml`.

Carrel downloads nothing. Where the publisher's digest is not known for certain none is given.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

UNKNOWN = "not recorded; compare with the publisher's page"


class Suggestion(msgspec.Struct, frozen=True):
    """A model worth fetching by hand. `memory` in GB, `size` in bytes (0 when not recorded)."""

    name: str
    memory: int
    file: str
    source: str
    size: int
    sha256: str
    licence: str
    why: str


@cache
def suggestions() -> tuple[Suggestion, ...]:
    """The models, those for small machines first."""
    text = files("carrel_models").joinpath("suggestions.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(text)["model"], type=tuple[Suggestion, ...])
    return tuple(sorted(found, key=lambda one: (one.memory, one.size)))
