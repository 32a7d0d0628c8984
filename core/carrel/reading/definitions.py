"""Classes and functions of a program's source, and the blocks of the source under them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from carrel.reading.decoding import one_line
from carrel.reading.messages import Block
from carrel.reading.text import paragraphs

LABEL = 100  # characters of a title
_SHOWN = 6  # definitions in each other that are shown
_TELLS = re.compile(r"\b(?!(?:end|fi|esac|done|go)\b)\w")  # a line that says more than "it ends"
_TELLING_LINES = re.compile(r"^[^\w\n]*\w[^\n]*\n[^\w]*\w", re.M)
_ENDED = re.compile(r"[})\]]+[;,]*[ \t]*(?://|/\*|#|--)[^\n]*")  # a bracket with a comment
_SHORT = 500  # characters in which such brackets are looked for
_LEAD_LINES = 60  # lines above a definition that may belong to it


class Definition:
    """A class or a function: its stretch [start, end), where its body begins, its title, and the
    definitions inside it, in order."""

    __slots__ = ("body", "end", "inside", "start", "title")

    def __init__(self, start: int, body: int, end: int, title: str) -> None:
        self.start, self.body, self.end = start, body, end
        self.title = one_line(title, LABEL)
        self.inside: list[Definition] = []


def blocks(text: str, found: Iterable[Definition]) -> Iterator[Block]:
    """The blocks of a source; together they are all of it but white space."""
    begins = [(0, list[str]()), *_begins(text, list(found), 0, len(text), [])]
    ends = [start for start, _ in begins[1:]]
    for (start, path), end in zip(begins, [*ends, len(text)], strict=True):
        if start < end:
            for block in paragraphs(text[start:end], "code"):
                yield Block("code", start + block.start, start + block.end, path)


def _begins(
    text: str, found: list[Definition], start: int, end: int, path: list[str]
) -> Iterator[tuple[int, list[str]]]:
    """Where stretches begin inside [start, end), with their paths. What stands between definitions
    is their owner's, but for brackets and the like, which stay with what they end."""
    at = start
    for one in found:
        first = max(one.start, at)
        if path and at == start and not _TELLING_LINES.search(text, start, first):
            first = start  # a class whose first line is followed by a method
            yield first, [*path, one.title][:_SHOWN]
        else:
            if at > start and _tells(text, at, first):
                yield at, path
            yield first, [*path, one.title][:_SHOWN]
        yield from _begins(text, one.inside, first, one.end, [*path, one.title])
        at = max(at, one.end)
    if found and _tells(text, at, end):
        yield at, path


def _tells(text: str, start: int, end: int) -> bool:
    """Whether what follows a definition is more than the ends of what is around it."""
    found = _TELLS.search(text, start, end)
    if found and end - start <= _SHORT:
        found = _TELLS.search(_ENDED.sub("", text[start:end]))
    return found is not None


def with_lead(text: str, start: int, lead: re.Pattern[str], least: int) -> int:
    """Where a definition begins whose line begins at `start`: with the comments, decorators and
    the like right above it, which `lead` matches line by line, but not before `least`."""
    for _ in range(_LEAD_LINES):
        above = text.rfind("\n", least, start - 1) + 1 if start > least else 0
        if above < least or above >= start or not lead.match(text, above, start):
            break
        start = above
    return start
