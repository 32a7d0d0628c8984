"""Reads LaTeX sources: sections, listings and tables; what stands before the document is left out.

Nothing is expanded: a macro is shown as it is written.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.outlined import Mark, read_outlined

_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4,
           "paragraph": 5}  # fmt: skip
_KINDS = {"verbatim": "code", "lstlisting": "code", "minted": "code", "tabular": "table",
          "tabularx": "table", "longtable": "table", "comment": "skip"}  # fmt: skip
_FOUND = re.compile(
    rf"^[ \t]*\\(?P<section>{'|'.join(_LEVELS)})\*?(?:\[[^\]\n]*\])?\{{"
    rf"|\\begin\{{(?P<begin>{'|'.join(_KINDS)})\*?\}}"
    r"|^[ \t]*%[^\n]*$",
    re.M,
)
_TITLE = re.compile(r"\\title(?:\[[^\]\n]*\])?\{")
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?\s*|[{}~]")
_LONGEST = 500  # characters of a heading's argument


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the source with its sections, listings and tables."""
    yield from read_outlined(request, fd, cancel, marks, _title)


def marks(text: str) -> Iterator[Mark]:
    """What is not prose."""
    start = text.find("\\begin{document}")
    if start >= 0:
        yield Mark("skip", 0, start + len("\\begin{document}"))
    at = max(0, start)
    while found := _FOUND.search(text, at):
        if name := found["section"]:
            end = argument_end(text, found.end())
            words = plain(text[found.end() : end - 1])
            yield Mark("heading", found.start(), end, _LEVELS[name], words)
        elif name := found["begin"]:
            close = f"\\end{{{name}"
            last = text.find(close, found.end())
            end = len(text) if last < 0 else text.find("}", last + len(close)) + 1 or len(text)
            yield Mark(_KINDS[name], found.start(), end)
        else:
            end = found.end()
            yield Mark("skip", found.start(), end)
        at = max(end, found.end())


def argument_end(text: str, start: int) -> int:
    """Where the argument that began before `start` ends, after its closing brace."""
    depth = 1
    last = min(len(text), start + _LONGEST)
    for at in range(start, last):
        if text[at] in "{}" and text[at - 1] != "\\":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return at + 1
    return last


def plain(source: str) -> str:
    """An argument's words without commands and braces."""
    return " ".join(_COMMAND.sub(" ", source).split())


def _title(text: str) -> str:
    found = _TITLE.search(text)
    return plain(text[found.end() : argument_end(text, found.end()) - 1]) if found else ""
