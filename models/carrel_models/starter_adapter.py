"""The starter adapter: with it the starter model reads passages, and declines where they lack it.

It lies in `models/starter/`, with a card for people, and inside an installed package in `shipped/`.
It was trained by the recipe in `models/tuning/`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from carrel_models.adapter import AdapterCard, read_adapter
from carrel_models.gguf import BadGguf

_CARD = "reader.toml"


class ReaderFacts(msgspec.Struct, frozen=True):
    """The fields of the adapter's card file. `base_sha256` is the model that it was trained on,
    `holds_answer` the share of that model's answers that hold what was asked, with the adapter.
    `by_default` says whether the figures are good enough to put it on unasked; `replaces` are the
    ids under which earlier versions of Carrel shipped it."""

    id: str
    file: str
    name: str
    licence: str
    sha256: str
    base_sha256: str
    holds_answer: float
    by_default: bool
    replaces: list[str] = []


class Shipped(msgspec.Struct, frozen=True):
    """An adapter that came with Carrel, and what is known of it."""

    card: AdapterCard
    facts: ReaderFacts


@cache
def reader_facts() -> ReaderFacts:
    """What is known about the starter adapter beyond its own header."""
    text = (_folder() / _CARD).read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), type=ReaderFacts)


def starter_adapter() -> Shipped | None:
    """The starter adapter, None where its file is missing or broken: then there is none to use."""
    try:
        facts = reader_facts()
        card = read_adapter(_folder() / facts.file)
    except (BadGguf, OSError):
        return None
    told = {"id": facts.id, "name": facts.name, "licence": facts.licence, "sha256": facts.sha256}
    return Shipped(msgspec.structs.replace(card, shipped=True, **told), facts)


def state_of_reader() -> str:
    """Where the starter adapter lies, or one sentence on why there is none to use."""
    path = _folder() / _CARD
    try:
        path = _folder() / reader_facts().file
        read_adapter(path)
    except BadGguf as error:
        return f"not to be used: {error}"
    except OSError as error:
        return f"not installed: {path} cannot be read ({error.strerror})"
    return str(path)


def _folder() -> Path:
    """An installed package holds the files itself; in the source they stand beside the package."""
    package = Path(__file__).parent
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parent / "starter"
