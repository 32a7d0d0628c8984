"""Reads the words of a drawing (SVG): its title, its description, its labels; never its lines."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator

from carrel.reading import problems
from carrel.reading.decoding import clean, one_line
from carrel.reading.layout import Piece, stream
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.text import read_text
from carrel.reading.xml_text import TOKEN, local

MAX_BYTES = 32_000_000
_SAID = frozenset(("title", "desc", "text"))
_APART = frozenset(("p", "div", "br", "li"))  # of HTML inside a drawing
_INSIDE = frozenset(("foreignobject",))


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the drawing's words. Raises UserError: "empty", and what `read_text` raises."""
    found = list(_said(read_text(fd, MAX_BYTES)))
    if not found:
        raise problems.empty("The drawing holds no text.")
    titles = (words for name, words in found if name == "title")
    title = next(titles, "")
    pieces = [Piece("heading" if words == title and not at else "paragraph", words, not at)
              for at, (_, words) in enumerate(found)]  # fmt: skip
    for section in stream(pieces):
        if cancel.is_set():
            return
        yield section
    yield Extracted(title=one_line(title), pages=None, engine="svg")


def _said(text: str) -> Iterator[tuple[str, str]]:
    """Name and words of each element that says something, in order."""
    inside, parts, at, depth = "", list[str](), 0, 0
    for tag in TOKEN.finditer(text):
        if inside:
            parts.append(text[at : tag.start()])
            if text.startswith("<![CDATA[", tag.start()):
                parts.append(html.escape(text[tag.start() + 9 : tag.end() - 3]))
        at = tag.end()
        name = local(tag["open"] or tag["close"] or "").casefold()
        if tag["open"] and not tag["inside"].endswith("/"):
            if not inside and (name in _SAID or name in _INSIDE):
                inside, parts, depth = name, [], 0
            elif name == inside:
                depth += 1
        elif tag["close"] and name == inside:
            depth -= 1
            if depth < 0:
                if words := _plain(parts):
                    yield inside, words
                inside = ""
        if inside and name in ("tspan", *_APART):
            parts.append(" ")


def _plain(parts: list[str]) -> str:
    return " ".join(clean(html.unescape("".join(parts))).split())
