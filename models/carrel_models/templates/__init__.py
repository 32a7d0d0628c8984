"""Known chat templates: SHA-256 of a template's text -> the family it belongs to.

A known template has been read by a person; an unknown one still works and is shown to the user. The
list is `known.toml`; to add one, compute `digest(text)` of the text in the GGUF's
`tokenizer.chat_template`.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files


def digest(text: str) -> str:
    """SHA-256 of a template's text in UTF-8, as hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def family_of(text: str) -> str:
    """The family of a known template, "" for one that is not known."""
    return _known().get(digest(text), "")


@cache
def _known() -> dict[str, str]:
    table = tomllib.loads(files(__name__).joinpath("known.toml").read_text("utf-8"))
    return {entry["sha256"]: entry["family"] for entry in table["template"]}
