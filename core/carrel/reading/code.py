"""Reads program source: classes and functions are headings, and blocks end where they end.

The text stays as it is written, comments included; a comment or decorator right above a definition
belongs to it. Definitions are found by their look, not by a grammar for each language: what is not
found costs its heading, never its text.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from carrel.reading import definitions
from carrel.reading.brace_languages import BRACED
from carrel.reading.code_braces import braced
from carrel.reading.code_lines import LINED, lined
from carrel.reading.definitions import Definition
from carrel.reading.formats import ending
from carrel.reading.layout import sections
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.text import MAX_BYTES, read_text

LARGEST = 8_000_000  # characters; a longer source is read without its definitions


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source under its definitions. Raises what `read_text` raises."""
    text = read_text(fd, MAX_BYTES)
    found = definitions_of(text, ending(request.name)) if len(text) <= LARGEST else []
    for section in sections(text, definitions.blocks(text, found)):
        if cancel.is_set():
            return
        yield section
    yield Extracted(title="", pages=None, engine="code")


def definitions_of(text: str, language: str) -> list[Definition]:
    """The definitions of a source in the language of an ending; none in one that is not known."""
    if language in BRACED:
        return braced(text, BRACED[language])
    return lined(text, LINED[language]) if language in LINED else []
