"""Reads TOML, INI and properties as they are written: sections are key paths."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading.keyed_tree import Builder, Node, read_keyed
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.outlined import Line, lines_of

_HEADER = re.compile(r"(\[\[?)([^\[\]\n]{1,200})\]\]?\s*(?:[#;].*)?$")
_PAIR = re.compile(r"([^\s=:#;\[][^=:\n]*+)[=:](.*)")
_PARTS = re.compile(r"\"[^\"]*\"|'[^']*'|[^.\"']+")
_QUOTES = ('"""', "'''")


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with its sections. Raises what `read_text` raises."""
    dotted = request.name.casefold().endswith(".toml")
    yield from read_keyed(request, fd, cancel, lambda text: tree(text, dotted=dotted))


def tree(text: str, *, dotted: bool) -> Node:
    """The sections and pairs of a text; with `dotted` (TOML) a.b is b in a."""
    return _Scanner(text, dotted).scan()


class _Scanner:
    """One pass over the lines."""

    def __init__(self, text: str, dotted: bool) -> None:
        self._text, self._dotted = text, dotted
        self._builder = Builder()
        self._path: list[str] = []  # the sections that are open
        self._end = 0
        self._lead: int | None = None
        self._in_pair = False
        self._quote = ""  # what ends the text of several lines that goes on

    def scan(self) -> Node:
        for line in lines_of(self._text):
            self._line(line)
            if line.text.strip() and self._lead is None:
                self._end = line.end
        self._close(0)
        self._builder.root.end = len(self._text)
        return self._builder.root

    def _line(self, line: Line) -> None:
        words = line.text.strip()
        if self._quote:
            self._quote = "" if self._quote in words else self._quote
        elif not words:
            return
        elif words[0] in "#;!":
            self._lead = line.start if self._lead is None else self._lead
        elif found := _HEADER.match(line.text):
            self._section(found, line.start)
        elif found := _PAIR.match(words):
            self._pair(found, line.start)
        else:
            self._lead = None

    def _section(self, found: re.Match[str], start: int) -> None:
        parts = [part.strip("\"' ") for part in _PARTS.findall(found[2])]
        path = [p for p in parts if p] if self._dotted else []
        path = path or [found[2].strip()]
        many = found[1] == "[["
        same = 0
        while same < min(len(path), len(self._path)) and path[same] == self._path[same]:
            same += 1
        self._close(min(same, len(path) - 1))
        first = self._begin(start)
        for at in range(len(self._path), len(path)):
            self._builder.open(path[at], first, many and at == len(path) - 1)
        self._path = path

    def _pair(self, found: re.Match[str], start: int) -> None:
        self._end_pair()
        key = found[1].strip("\"' ")
        self._builder.open(key, self._begin(start))
        self._in_pair = True
        value = found[2].strip()
        if len(value) <= 200:
            self._builder.name_holder(key, value.strip("\"'"))
        for quote in _QUOTES:
            if value.count(quote) % 2:
                self._quote = quote

    def _begin(self, start: int) -> int:
        start = start if self._lead is None else min(start, self._lead)
        self._lead = None
        return start

    def _end_pair(self) -> None:
        if self._in_pair:
            self._builder.close(self._end)
        self._in_pair = False

    def _close(self, depth: int) -> None:
        """The sections that are open end, but for the outermost `depth`."""
        self._end_pair()
        while len(self._path) > depth:
            self._builder.close(self._end)
            self._path.pop()
