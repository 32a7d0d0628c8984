"""The starter model: a small chat model that comes as data inside a pinned wheel.

It is found through the installed wheel's list of files; its package is never imported. What the
GGUF does not say about itself stands in `cards/smollm2-135m-instruct.toml`.
"""

from __future__ import annotations

import importlib.metadata
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from carrel_models.card import ModelCard, read_card

CARD = "smollm2-135m-instruct.toml"


class StarterCard(msgspec.Struct, frozen=True):
    """The fields of the starter's card file; `holds_answer` is a measured share of its answers."""

    distribution: str
    name: str
    licence: str
    sha256: str
    size: int
    source: str
    holds_answer: float


@cache
def starter_facts() -> StarterCard:
    """What is known about the starter model beyond its own header."""
    text = files("carrel_models").joinpath("cards", CARD).read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), type=StarterCard)


def starter_path() -> Path | None:
    """Where the starter's GGUF is installed, None when its wheel is not."""
    try:
        installed = importlib.metadata.files(starter_facts().distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in installed or ():
        if file.suffix == ".gguf":
            path = Path(str(file.locate()))
            return path if path.is_file() else None
    return None


def starter_card(path: Path) -> ModelCard:
    """The starter's card, from its header and what is known beyond. Raises BadGguf and OSError."""
    facts = starter_facts()
    return msgspec.structs.replace(
        read_card(path),
        name=facts.name,
        licence=facts.licence,
        source=facts.source,
        starter=True,
    )
