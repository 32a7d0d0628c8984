"""Reads XML as it is written: elements are key paths.

Tags are looked for in the text; nothing is expanded, resolved or loaded, and a file that is broken
or cut short is still read. An element with words of its own beside its children is prose.
"""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator

from carrel.reading.keyed_tree import NAMES, Builder, Node, read_keyed
from carrel.reading.messages import Extract, Extracted, Section

TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|<!DOCTYPE[^\[>]*(?:\[.*?(?:\]\s*>|\Z)|>)"
    r"|<\?.*?(?:\?>|\Z)"
    r"|</(?P<close>[^\s<>/]+)\s*>"
    r"|<(?P<open>[^\s<>/!?]+)(?P<inside>[^<>\"']*(?:(?:\"[^\"<]*\"|'[^'<]*')[^<>\"']*)*)>",
    re.S | re.I,
)
_NAMED = re.compile(r"\s(?:name|id|key|title|text|label)\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')", re.I)
_PROPERTY_LIST = ("plist", "dict", "array")  # elements of Apple's lists that say nothing
_TAG = re.compile(r"<[^<>]*>")
_LOOKED_AT = 2_000  # characters of a tag in which its name is looked for
_VALUE = 200  # characters of a value that may name its element
_UP = 24  # levels in which the element that an end tag ends is looked for


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with the paths of its elements. Raises what `read_text` raises."""
    yield from read_keyed(request, fd, cancel, tree)


def tree(text: str) -> Node:
    """The elements of a text; an end tag without its beginning costs nothing but itself."""
    return _Scanner(text).scan()


def local(name: str) -> str:
    """An element's name without its namespace."""
    return name.rpartition(":")[2]


class _Scanner:
    """One pass over the tags."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._builder = Builder()
        self._names = [""]  # of the elements that are open
        self._mixed = [True]  # whether each has words of its own
        self._last = [""]  # the name of the child of each that ended last
        self._key: tuple[int, str] | None = None  # of a property list: names what follows it
        self._lead: int | None = None  # where comments before the next element begin

    def scan(self) -> Node:
        at = 0
        for tag in TOKEN.finditer(self._text):
            start, end = tag.span()
            if at < start and not self._text[at:start].isspace():
                self._mixed[-1] = True
                self._lead = None
            if tag["open"]:
                self._open(tag)
            elif tag["close"]:
                self._close(tag["close"], end)
            elif self._text.startswith("<![CDATA[", start):
                self._mixed[-1] = True
            elif self._lead is None:
                self._lead = start
            at = end
        while len(self._names) > 1:
            self._pop(len(self._text))
        self._builder.root.end = len(self._text)
        return self._builder.root

    def _open(self, tag: re.Match[str]) -> None:
        name, inside = local(tag["open"]), tag["inside"]
        listed = self._names[1:2] == ["plist"] or name == "plist"
        plain = "" if listed and name in _PROPERTY_LIST else name
        start, label = self._key or (tag.start(), plain)
        start = start if self._lead is None else min(start, self._lead)
        self._lead = self._key = None
        self._builder.open(label, start)
        self._names.append(tag["open"])
        self._mixed.append(False)
        self._last.append("")
        if not self._builder.skipped and (named := _NAMED.search(inside[:_LOOKED_AT])):
            self._builder.call(html.unescape(named[1] or named[2] or ""))
        if inside.endswith("/"):
            self._pop(tag.end())

    def _close(self, name: str, end: int) -> None:
        for at in range(len(self._names) - 1, max(0, len(self._names) - _UP), -1):
            if self._names[at] == name:
                for _ in range(len(self._names) - at):
                    self._pop(end)
                return

    def _pop(self, end: int) -> None:
        name, mixed = local(self._names.pop()), self._mixed.pop()
        self._last.pop()
        repeats, self._last[-1] = self._last[-1] == name, name
        builder = self._builder
        if builder.skipped:
            builder.close(end)
            return
        node = builder.top
        if mixed:
            node.children = []
        value = ""
        if not node.children and name.casefold() in NAMES and end - node.start <= _VALUE:
            value = html.unescape(_TAG.sub("", self._text[node.start : end])).strip()
        if name == "key" and local(self._names[-1]) == "dict" and value:
            builder.stack.pop()
            self._key = node.start, value
            return
        if repeats:  # then the first of them is one of many too
            siblings = builder.stack[-2].children
            node.is_element = True
            if siblings:
                siblings[-1].is_element = True
        elif node.name:
            node.label = f"{node.label} {node.name}".strip()
        builder.close(end)
        if value:
            builder.call(value)
