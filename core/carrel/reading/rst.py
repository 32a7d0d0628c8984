"""Reads reStructuredText: titles by their underlines, literal blocks, tables; comments are left
out. A title's level is the order in which its kind of line first appears, as docutils has it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.outlined import Line, Mark, lines_of, read_outlined

_RULE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")
_TABLE = re.compile(r"\s*(?:\+(?:[-=]+\+)+|={2,}(?: +={2,})+)\s*$")
_CODE = re.compile(r"\s*\.\. (?:code|code-block|sourcecode|parsed-literal)::")
_COMMENT = re.compile(r"\.\.(?:\s+(?![\w-]+::|\[|_)|$)")


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with its titles, literal blocks and tables."""
    yield from read_outlined(request, fd, cancel, marks)


def marks(text: str) -> Iterator[Mark]:
    """What is not prose."""
    lines = lines_of(text)
    styles: list[str] = []
    at = 0
    while at < len(lines):
        mark, at = _mark(lines, at, styles)
        if mark is not None:
            yield mark


def _mark(lines: list[Line], at: int, styles: list[str]) -> tuple[Mark | None, int]:
    """What begins at a line, and the line after it."""
    if (size := _title_lines(lines, at)) > 1:
        over = size == 3
        words = lines[at + over].text.strip()
        style = lines[at + size - 1].text[0] + "=" * over
        if style not in styles:
            styles.append(style)
        end = lines[at + size - 1].end
        return Mark("heading", lines[at].start, end, styles.index(style) + 1, words), at + size
    line = lines[at]
    if _TABLE.match(line.text):
        last = _table_end(lines, at)
        return Mark("table", line.start, lines[last].end), last + 1
    if _CODE.match(line.text) or line.text.rstrip().endswith("::"):
        last = _indented_end(lines, at)
        if last > at:
            start = lines[at + 1].start
            return Mark("code", start, lines[last].end), last + 1
    if _COMMENT.match(line.text):
        last = _indented_end(lines, at)
        return Mark("skip", line.start, lines[last].end), last + 1
    return None, at + 1


def _title_lines(lines: list[Line], at: int) -> int:
    """How many lines a title takes that begins here: 3 with an overline, 2, or 0 when none does."""

    def rule(number: int) -> str:
        found = _RULE.match(lines[number].text) if number < len(lines) else None
        return found[1] if found else ""

    first = rule(at)
    if first and at + 2 < len(lines) and rule(at + 2) == first and lines[at + 1].text.strip():
        return 3
    words = lines[at].text
    under = at + 1 < len(lines) and rule(at + 1)
    long_enough = under and len(lines[at + 1].text.rstrip()) >= len(words.rstrip())
    before = at == 0 or not lines[at - 1].text.strip() or bool(rule(at - 1))
    return 2 if long_enough and before and words.strip() and words[0] != " " and not first else 0


def _table_end(lines: list[Line], at: int) -> int:
    """A grid table ends before a blank line, a simple one with its third rule at the latest."""
    grid = lines[at].text.lstrip().startswith("+")
    last, rules = at, 1
    while last + 1 < len(lines):
        text = lines[last + 1].text
        if not text.strip() and (grid or rules > 1):
            break
        last += 1
        rules += bool(_TABLE.match(text))
        if not grid and rules == 3:
            break
    return last


def _indented_end(lines: list[Line], at: int) -> int:
    """The last line of what is indented deeper than a line, blank lines between included."""
    own = len(lines[at].text) - len(lines[at].text.lstrip())
    last = at
    for number in range(at + 1, len(lines)):
        text = lines[number].text
        if text.strip():
            if len(text) - len(text.lstrip()) <= own:
                break
            last = number
    return last
