"""Reads HTML: what a page shows, without scripts, styles and hidden parts, in reading order."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.reading import problems, source
from carrel.reading.decoding import clean, decode, one_line
from carrel.reading.html_hidden import hiding, is_own
from carrel.reading.layout import Piece, first_heading, stream
from carrel.reading.messages import BlockKind, Extract, Extracted, Section
from carrel.reading.spans import Spans, number

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_BYTES = 32_000_000
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
_UNSEEN = (
    "script style template noscript head svg math iframe object embed canvas audio video select "
    "datalist button input textarea map"
)
_SKIPPED = frozenset(_UNSEEN.split())
_SPACE = re.compile(r"\s+")
_STACKED = (
    "address article aside blockquote body center details dd div dl dt fieldset figcaption figure "
    "footer form header hr html legend main nav ol p section summary ul caption table tbody thead "
    "tfoot"
)
_BLOCKS = frozenset(_STACKED.split())
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_MAX_NODES = 10_000_000
_MAX_LOOKS = 1_000  # tables looked into; in a page of more, nested ones would take quadratic time


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the visible text of a page: headings, paragraphs, list items, tables row by row."""
    from selectolax.lexbor import LexborHTMLParser

    data = source.read_all(fd, MAX_BYTES)
    declared = _CHARSET.search(data[:4096])
    markup = clean(decode(data, declared.group(1).decode("ascii") if declared else ""))
    page = LexborHTMLParser(markup)
    heading: str | None = None
    for section in stream(_Walk().pieces(page.root) if page.root else ()):
        if cancel.is_set():
            return
        heading = heading or first_heading(section.blocks)
        yield section
    if heading is None:
        raise problems.empty("The page holds no text.")
    yield Extracted(title=_title(page) or heading, pages=None, engine="lexbor")


def pieces(data: bytes, charset: str = "") -> Iterator[Piece]:
    """Yield the visible pieces of HTML in memory, such as a message's; `charset` is a hint."""
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(clean(decode(data, charset)))
    return _Walk().pieces(page.root) if page.root else iter(())


def _title(page: LexborHTMLParser) -> str:
    title = page.head.css_first("title") if page.head else None
    return one_line(title.text()) if title else ""


class _Walk:
    """One pass over the tree without recursion, since a hostile page nests without end."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._kind: BlockKind = "paragraph"
        self._level = 0
        self._pre = 0
        self._hides_some = False
        self._cells: list[tuple[str, int, int]] | None = None  # words, columns and rows spanned
        self._span = 1, 1
        self._spans = Spans()
        self._rows: list[str] = []
        self._tables = 0
        self._looks = 0
        self._done: list[Piece] = []

    def pieces(self, root: LexborNode) -> Iterator[Piece]:
        """Yield the page's pieces in order."""
        node: LexborNode | None = root
        stack: list[LexborNode] = []
        for _ in range(_MAX_NODES):
            if node is None:
                if not stack:
                    break
                parent = stack.pop()
                self._leave(parent.tag or "")
                node = parent.next
            elif self._enter(node):
                stack.append(node)
                node = node.first_child
            else:
                node = node.next
            yield from self._take()
        self._flush()
        yield from self._take()

    def _take(self) -> list[Piece]:
        if not self._done:
            return self._done
        done, self._done = self._done, []
        return done

    def _enter(self, node: LexborNode) -> bool:
        """Handle the start of a node; returns whether to go inside."""
        tag = node.tag or ""
        if tag == "-text":
            if self._hides_some and is_own(node.parent):
                return False
            words = node.text_content or ""
            self._words.append(words if self._pre else _SPACE.sub(" ", words))
            return False
        if tag.startswith(("-", "!")) or tag in _SKIPPED or (hides := hiding(node)) == "all":
            return False
        self._hides_some = self._hides_some or hides == "own"
        if tag == "table" and not self._tables and self._is_layout(node):
            self._flush()
            return True
        self._open(tag)
        if tag in ("td", "th"):
            given = node.attributes
            self._span = number(given.get("colspan")), number(given.get("rowspan"))
        return True

    def _is_layout(self, table: LexborNode) -> bool:
        """Whether a table only arranges the page: it holds headings or further tables."""
        self._looks += 1
        if self._looks > _MAX_LOOKS:
            return True
        parts = table.iter()
        return any(part.css_first("table, h1, h2, h3, h4") is not None for part in parts)

    def _open(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._flush("heading", _HEADINGS[tag])
        elif tag == "li":
            self._flush("list")
        elif tag == "pre":
            self._flush("code")
            self._pre += 1
        elif tag == "br":
            self._words.append("\n" if self._pre or not self._tables else " ")
        elif tag == "table":
            self._flush()
            self._tables += 1
        elif tag == "tr" and self._tables:
            self._end_row()
            self._cells = []
        elif tag in ("td", "th") and self._cells is not None:
            self._words = []
        elif tag in _BLOCKS:
            self._flush(self._kind if self._kind == "list" else "paragraph")

    def _leave(self, tag: str) -> None:
        if tag in _HEADINGS or tag in ("li", "pre"):
            self._flush()
            self._pre -= tag == "pre"
        elif tag in ("td", "th") and self._cells is not None:
            self._cells.append((self._joined(), *self._span))
        elif tag == "tr" and self._tables:
            self._end_row()
        elif tag == "caption" and self._tables:
            self._rows.append(self._joined())
        elif tag == "table" and self._tables:
            self._end_table()
        elif tag in _BLOCKS:
            self._flush()

    def _flush(self, kind: BlockKind = "paragraph", level: int = 0) -> None:
        """End the block being gathered; the next one is of `kind`. Inside a table nothing ends."""
        if self._tables:
            self._words.append(" ")
            return
        if text := self._joined():
            self._done.append(Piece(self._kind, text, self._level))
        self._kind, self._level = kind, level

    def _joined(self) -> str:
        text = "".join(self._words)
        self._words = []
        if self._pre and not self._tables:
            return text
        lines = (" ".join(line.split()) for line in text.split("\n"))
        return "\n".join(line for line in lines if line)

    def _end_row(self) -> None:
        if self._cells is not None:
            cells = self._spans.row(self._cells)
            if any(words for words, _, _ in self._cells):
                self._rows.append(" | ".join(cells))
        self._cells = None

    def _end_table(self) -> None:
        self._end_row()
        self._tables -= 1
        if self._tables:
            return
        self._spans = Spans()
        if loose := self._joined():
            self._done.append(Piece("paragraph", loose))
        if self._rows:
            self._done.append(Piece("table", "\n".join(self._rows)))
        self._rows = []
        self._kind, self._level = "paragraph", 0
