"""Reads OpenDocument files: texts, spreadsheets and presentations, with notes and annotations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import chain
from typing import Any

from carrel.reading import grids, ooxml, problems, source
from carrel.reading.decoding import clean, one_line
from carrel.reading.layout import Piece, stream
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.spans import Spans, number
from carrel.reading.zip_package import Package

MAX_BYTES = 512_000_000
_MOST_REPEATS = 1_000  # of a cell or a row: a sheet ends in a million empty ones
_MAX_HEADING = 300
_TITLES = ("Title", "Subtitle")
_SPACE = {"s": " ", "tab": "\t", "line-break": "\n"}
_MARGINS = ("header", "footer", "header-left", "footer-left", "header-first", "footer-first")
_APART = ("note", "annotation")  # what stands inside a paragraph and is none of its text


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the document's text in order. Cells of a row are separated by " | "."""
    source.size_of(fd, MAX_BYTES)
    with source.open_stream(fd) as file:
        package = Package(file, "The document")
        manifest = package.read("META-INF/manifest.xml") or b""
        if b"encryption-data" in manifest:
            raise problems.encrypted()
        content = package.xml("content.xml")
        if content is None:
            raise problems.broken("This is a zip file without an OpenDocument in it.")
        found = False
        body = next(ooxml.named(content, "body"), ())
        hidden = _hidden(content, package.xml("styles.xml"))
        for one in hidden:
            one.clear(keep_tail=True)
        pieces = chain(_Reader(_titles(content)).pieces(body), _margins(package, body))
        for section in stream(pieces):
            if cancel.is_set():
                return
            found = True
            yield section
        if not found:
            raise problems.empty("The document holds no text.")
        yield Extracted(title=_title(package), pages=None, engine="odf")


def _title(package: Package) -> str:
    found = next(ooxml.named(package.xml("meta.xml"), "title"), None)
    return one_line(ooxml.words(found)) if found is not None else ""


def _margins(package: Package, body: Any) -> Iterator[Piece]:
    """What stands at the head and the foot of a text's pages, once."""
    if any(ooxml.local(one) == "text" for one in body):
        said = dict.fromkeys(
            (ooxml.local(one).partition("-")[0], " ".join(map(_words, ooxml.named(one, "p"))))
            for one in ooxml.named(package.xml("styles.xml"), *_MARGINS)
        )
        for place, words in said:
            if any(sign.isalpha() for sign in words):
                yield Piece("paragraph", f"{place.capitalize()}: {words}")


def _hidden(content: Any, styles: Any) -> list[Any]:
    """What the document itself does not show: sections and words that are switched off."""
    named = chain(ooxml.named(content, "style"), ooxml.named(styles, "style"))
    off = {
        ooxml.attribute(style, "name")
        for style in named
        if any(
            ooxml.attribute(one, "display") == "none"
            for one in ooxml.named(style, "text-properties")
        )
    }
    return [
        one
        for one in ooxml.named(content, "section", "span", "p", "h", "hidden-text")
        if ooxml.local(one) == "hidden-text"
        or ooxml.attribute(one, "display") == "none"
        or ooxml.attribute(one, "style-name") in off
    ]


def _titles(content: Any) -> frozenset[str]:
    """The styles of titles: those that are called so, and those that are made from them."""
    made = {
        ooxml.attribute(one, "name")
        for one in ooxml.named(content, "style")
        if ooxml.attribute(one, "parent-style-name") in _TITLES
    }
    return frozenset((*_TITLES, *made))


class _Reader:
    """Walks the document; `titles` are the names of styles that titles are written in."""

    def __init__(self, titles: frozenset[str]) -> None:
        self._titles = titles

    def pieces(self, parent: Any, kind: str = "") -> Iterator[Piece]:
        for one in parent:
            name = ooxml.local(one)
            if name == "h":
                yield from _heading(one)
            elif name == "p":
                yield from self._paragraph(one, kind)
            elif name == "list":
                yield from self.pieces(one, "list")
            elif name == "table":
                yield from _table(one)
            elif name == "page":  # a slide
                if title := ooxml.attribute(one, "name"):
                    yield Piece("heading", title, 1)
                yield from self.pieces(one)
            elif name == "notes":
                for words in (ooxml.words(p) for p in ooxml.named(one, "p")):
                    yield Piece("paragraph", f"Notes: {words}" if words else "")
            elif name not in ("tracked-changes", "annotation-end", "forms"):
                yield from self.pieces(one, kind)

    def _paragraph(self, element: Any, kind: str) -> Iterator[Piece]:
        words = _words(element)
        if words.strip() and ooxml.attribute(element, "style-name") in self._titles:
            yield Piece("heading", words, 1)
        elif words.strip():
            yield Piece("list" if kind == "list" else "paragraph", words)
        for box in _boxes(element):
            yield from self.pieces(box)
        yield from _apart(element)


def _boxes(element: Any) -> Iterator[Any]:
    """The text boxes below an element; those inside of one are found when that one is read."""
    for one in element:
        if ooxml.local(one) == "text-box":
            yield one
        else:
            yield from _boxes(one)


def _heading(element: Any) -> Iterator[Piece]:
    words, level = _words(element).strip(), ooxml.attribute(element, "outline-level")
    if words:
        yield Piece("heading" if len(words) <= _MAX_HEADING else "paragraph", words, number(level))
    yield from _apart(element)


def _apart(element: Any) -> Iterator[Piece]:
    """Footnotes and annotations that hang on a paragraph."""
    for one in ooxml.named(element, *_APART):
        words = " ".join(ooxml.words(p) for p in ooxml.named(one, "p"))
        if words:
            is_note = ooxml.local(one) == "note"
            yield Piece("paragraph", f"{'Note' if is_note else 'Comment'}: {words}")


def _table(table: Any) -> Iterator[Piece]:
    if any(ooxml.local(one) == "table" for one in table.iterancestors()):
        return  # the cells of the table around it have its words
    if (name := ooxml.attribute(table, "name")) and _is_sheet(table):
        yield Piece("heading", name, 1)
    yield from grids.tables(_rows(table))


def _is_sheet(table: Any) -> bool:
    return ooxml.local(table.getparent()) == "spreadsheet"


def _own_rows(parent: Any) -> Iterator[Any]:
    """The rows of a table, without those of tables in its cells."""
    for one in parent:
        if ooxml.local(one) == "table-row":
            yield one
        elif ooxml.local(one) not in ("table-cell", "covered-table-cell", "table"):
            yield from _own_rows(one)


def _rows(table: Any) -> Iterator[list[str]]:
    spans = Spans()
    for row in _own_rows(table):
        given: list[tuple[str, int, int]] = []
        for cell in row:
            if ooxml.local(cell) == "table-cell":  # a covered one says what covers it
                words = " ".join(_words(p).strip() for p in ooxml.named(cell, "p"))
                count = number(ooxml.attribute(cell, "number-columns-repeated"))
                columns = number(ooxml.attribute(cell, "number-columns-spanned"))
                rows = number(ooxml.attribute(cell, "number-rows-spanned"))
                given += [(words, columns, rows)] * min(count, _MOST_REPEATS if words else 50)
        cells = spans.row(given)
        if any(cells):
            for _ in range(
                min(number(ooxml.attribute(row, "number-rows-repeated")), _MOST_REPEATS)
            ):
                yield cells


def _words(element: Any) -> str:
    """The text of a paragraph, without what only hangs on it."""
    return clean("".join(_parts(element)))


def _parts(element: Any) -> Iterator[str]:
    yield element.text or ""
    for one in element:
        name = ooxml.local(one)
        if name in _SPACE:
            count = ooxml.attribute(one, "c")
            yield _SPACE[name] * min(number(count), 100)
        elif name == "frame":  # a picture says what it shows
            for part in one:
                if ooxml.local(part) in ("title", "desc"):
                    yield f" {ooxml.words(part)} "
        elif name not in (*_APART, "text-box"):
            yield from _parts(one)
        yield one.tail or ""
