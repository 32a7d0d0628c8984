"""Chat templates: the built-in families, and which templates of models have been read by a person.

    family("chatml").text          a built-in template, in Jinja's language
    family_of(text)                the family of a template that is known by its SHA-256, else ""
    of_vocabulary(...)             the family that a vocabulary was made for
    resembling(text)               the families whose words an unknown template contains

A template that is not known still works after its reader has approved it. To add one to
`known.toml`, read it, then take `digest(text)` of the GGUF's `tokenizer.chat_template`.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

PLAIN = "plain"
HasToken = Callable[[str], bool]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in template and what it is recognized by; `families.toml` explains the fields."""

    name: str
    title: str
    tokens: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    tokenizer: str = ""
    stops: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    roles: bool = False

    @property
    def text(self) -> str:
        """The template itself."""
        return _text(self.name)


def digest(text: str) -> str:
    """SHA-256 of a template's text in UTF-8, as hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def family_of(text: str) -> str:
    """The family of a known template, "" for one that is not known."""
    return _known().get(digest(text), "")


def families() -> Sequence[Family]:
    """The built-in families, in the order in which they are tried."""
    return tuple(_families().values())


def family(name: str) -> Family | None:
    """The built-in family of this name, None when there is none."""
    return _families().get(name)


def of_vocabulary(has_token: HasToken, architecture: str, tokenizer: str) -> Family | None:
    """The family whose control tokens the vocabulary has, None when no family's are there.

    `has_token` tells whether a text is one token, control or user-defined; `tokenizer` is the
    GGUF's `tokenizer.ggml.model`.
    """
    for one in _families().values():
        suits = not one.architectures or architecture in one.architectures
        there = bool(one.tokens) and all(has_token(token) for token in one.tokens)
        if suits and there and one.tokenizer in ("", tokenizer):
            return one
    return None


def resembling(text: str, has_token: HasToken) -> list[Family]:
    """Families whose words the template `text` contains; those that suit the vocabulary first."""
    alike = [f for f in _families().values() if f.hints and all(hint in text for hint in f.hints)]
    return sorted(alike, key=lambda f: not all(has_token(token) for token in f.tokens))


@cache
def _families() -> dict[str, Family]:
    entries = _table("families.toml")["family"]
    return {one.name: one for one in msgspec.convert(entries, list[Family])}


@cache
def _text(name: str) -> str:
    return files(__name__).joinpath(f"{name}.jinja").read_text("utf-8").removesuffix("\n")


@cache
def _known() -> dict[str, str]:
    """Digests of templates that were read, those of the built-in families among them."""
    built_in = {digest(one.text): one.name for one in _families().values()}
    return built_in | {e["sha256"]: e["family"] for e in _table("known.toml")["template"]}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(name).read_text("utf-8"))
