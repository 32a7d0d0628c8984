"""Reads the bookmarks of a PDF: the headings that its author named, with their pages."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from carrel.reading.decoding import one_line

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_ENTRIES = 5_000
MAX_DEPTH = 6


class Entry(NamedTuple):
    """A bookmark: its level from 1 and its words."""

    level: int
    title: str


def read_outline(document: PdfDocument) -> dict[int, list[Entry]]:
    """Return the bookmarks of each page (from 1), in their order."""
    found: dict[int, list[Entry]] = {}
    for mark in islice(document.get_toc(max_depth=MAX_DEPTH), MAX_ENTRIES):
        target = mark.get_dest()
        index = target.get_index() if target else None
        try:
            title = one_line(mark.get_title())
        except UnicodeDecodeError:
            continue  # a damaged name is no heading
        if index is not None and title:
            found.setdefault(index + 1, []).append(Entry(mark.level + 1, title))
    return found
