"""Reads YAML as it is written: keys and list items by their indentation.

Only where keys stand matters here, so lines are looked at instead of the whole grammar: anchors are
not followed, values in brackets are values, and a file that is broken is still read.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading.keyed_tree import Builder, Node, read_keyed
from carrel.reading.messages import Extract, Extracted, Section

_LINE = re.compile(
    r"(?P<indent>[ \t]*)(?P<dashes>(?:-[ \t]+)*(?:-(?=\n|\Z))?)"
    r"(?:(?P<key>\"[^\"\n]*\"|'[^'\n]*'|[^\s#\"'\[\]{},&*!|>%@`-][^\n:#]*?|-?[\w.<-][^\n:#]*?)"
    r":(?=[ \t\n]|\Z))?"
    r"[ \t]*(?P<rest>[^\n]*)"
)
_BLOCK = re.compile(r"(?:[&!]\S*\s+)*[|>][-+\d]*\s*(?:#.*)?$")
_DOCUMENT = re.compile(r"(?:---|\.\.\.)(?:\s|$)")
_BEFORE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n|%[^\n]*\n)*+")  # what may stand before a document


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with its key paths. Raises what `read_text` raises."""
    yield from read_keyed(request, fd, cancel, tree)


def tree(text: str) -> Node:
    """The keys and items of a text."""
    return _Scanner(text).scan()


class _Scanner:
    """One pass over the lines. A dash counts as half a column more than its place, because items
    may stand under their key without indentation."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._builder = Builder()
        self._columns: list[float] = [-1]  # twice the column of each container that is open
        self._end = 0  # of the last line with content
        self._lead: int | None = None  # where comments before the next thing begin
        self._block: float | None = None  # twice the column of the key whose block of text goes on

    def scan(self) -> Node:
        at, size = 0, len(self._text)
        marked = self._text.startswith("---", _BEFORE.match(self._text).end())  # type: ignore[union-attr]
        several = len(re.findall(r"^---(?:\s|$)", self._text, re.M)) > marked
        if several and not marked:
            self._begin(-0.5, "", 0, is_element=True)
        while at < size:
            found = _LINE.match(self._text, at)
            if found is None:
                break
            self._line(found, several)
            at = found.end() + 1
        self._close_from(-0.5)
        self._builder.root.end = size
        return self._builder.root

    def _line(self, found: re.Match[str], several: bool) -> None:
        column = 2 * len(found["indent"])
        words = found["dashes"] or found["key"] or found["rest"]
        if self._block is not None and (column > self._block or not words):
            self._end = found.end() if words else self._end
            return
        self._block = None
        if not words:
            return
        bare = not found["dashes"] and found["key"] is None
        if bare and found["rest"].startswith("#"):
            self._lead = found.start() if self._lead is None else self._lead
        elif bare and not column and _DOCUMENT.match(found["rest"]):
            self._close_from(0)
            if several:
                self._begin(-0.5, "", found.start(), is_element=True)
        else:
            self._content(found, column)
            self._end = found.end()

    def _content(self, found: re.Match[str], column: int) -> None:
        start = found.start("dashes")
        for dash in re.finditer("-", found["dashes"]):
            place = column + 2 * dash.start() + 1
            self._begin(place, "", start + dash.start(), is_element=True)
            self._block = place - 1 if _BLOCK.match(found["rest"]) else None
        if not found["dashes"] and found["key"] is None:
            self._lead = None  # the value of a key goes on
        if found["key"] is not None:
            place = column + 2 * len(found["dashes"])
            key = found["key"].strip().strip("\"'")
            value = found["rest"].partition(" #")[0].strip().strip("\"'")
            named = self._begin(place, key, found.start("key"))
            if named and value and len(value) <= 200:
                self._builder.name_holder(key, value)
            self._block = place if _BLOCK.match(found["rest"]) else None

    def _begin(self, place: float, label: str, start: int, *, is_element: bool = False) -> bool:
        self._close_from(place)
        start = start if self._lead is None else min(start, self._lead)
        self._lead = None
        before = len(self._builder.stack)
        self._builder.open(label, start, is_element)
        self._columns.append(place)
        return len(self._builder.stack) > before

    def _close_from(self, place: float) -> None:
        """Everything that stands at this column or farther right ends."""
        while len(self._columns) > 1 and self._columns[-1] >= place:
            self._columns.pop()
            self._builder.close(self._end)
