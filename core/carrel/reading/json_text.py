"""Reads JSON as it is written: lines of records, comments and loose JSON (JSON5) included.

A scanner of its own instead of a parser, because blocks need places in the text, and because a file
that is broken or cut short is still to be read.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading.keyed_tree import Builder, Node, read_keyed
from carrel.reading.messages import Extract, Extracted, Section

_TOKEN = re.compile(
    r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"?'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?"
    r"|(?P<comment>//[^\n]*|/\*(?s:.*?)(?:\*/|\Z))"
    r"|(?P<sign>[{}\[\]:,])"
    r"|[\d.eE+-]+(?:\s*,\s*[\d.eE+-]+){0,40}(?![^\s{}\[\]:,\"'])"  # numbers, many at once
    r"|[^\s{}\[\]:,\"']+",
    re.S,
)
_LONGEST_LABEL = 200  # characters of a key that are looked at
_BLANK = 200  # characters in which the beginning of a comment's line is looked for


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with its key paths. Raises what `read_text` raises."""
    yield from read_keyed(request, fd, cancel, tree)


def tree(text: str) -> Node:
    """The objects and arrays of a text; a bracket without its partner costs nothing but itself."""
    root = _Scanner(text).scan()
    if len(root.children) == 1 and root.children[0].children:
        root = root.children[0]  # the one that holds everything
        root.start = 0
    return root


class _Scanner:
    """One pass over the tokens."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._builder = Builder()
        self._opened = [""]  # the brackets that are open
        self._lead: int | None = None  # where comments before the next thing begin
        self._key: tuple[int, str] | None = None  # a key that has its colon
        self._value: tuple[int, int] | None = None  # a value, or a key without its colon yet

    def scan(self) -> Node:
        text = self._text
        for token in _TOKEN.finditer(text):
            start, end = token.span()
            if token["comment"]:
                self._comment(start)
            elif not (sign := token["sign"]):
                self._settle()
                self._value = start, end
            elif sign in "{[":
                self._settle()
                self._open(sign, start)
            elif sign in "}]":
                self._settle()
                self._close("{" if sign == "}" else "[", end)
            elif sign == ",":
                self._settle()
            elif self._value and self._opened[-1] != "[":
                first, last = self._value
                self._key = first, _unquoted(text[first : min(last, first + _LONGEST_LABEL)])
                self._value = None
        self._settle()
        self._builder.close_to(1, len(text))
        self._builder.root.end = len(text)
        return self._builder.root

    def _comment(self, start: int) -> None:
        line = self._text.rfind("\n", max(0, start - _BLANK), start) + 1
        own_line = not self._text[line or max(0, start - _BLANK) : start].strip()
        if own_line and self._lead is None and not self._key:
            self._settle()
            self._lead = start

    def _begins(self, start: int) -> tuple[int, str]:
        """Where the thing at `start` begins with its key and comments, and its key."""
        first, label = self._key or (start, "")
        first = first if self._lead is None else min(first, self._lead)
        self._key = self._lead = None
        return first, label

    def _settle(self) -> None:
        """What was a value, or a key, is no key."""
        if self._value is not None:
            start, end = self._value
            self._value = None
            first, label = self._begins(start)
            value = self._text[start:end] if label and end - start <= _LONGEST_LABEL else ""
            self._builder.leaf(label, first, end, _unquoted(value))

    def _open(self, bracket: str, start: int) -> None:
        first, label = self._begins(start)
        self._builder.open(label, first, is_element=self._opened[-1] != "{" and not label)
        self._opened.append(bracket)

    def _close(self, bracket: str, end: int) -> None:
        self._key = None
        for at in range(len(self._opened) - 1, max(0, len(self._opened) - 20), -1):
            if self._opened[at] == bracket:
                for _ in range(len(self._opened) - at):
                    self._opened.pop()
                    self._builder.close(end)
                return


def _unquoted(words: str) -> str:
    return words.strip("\"'")
