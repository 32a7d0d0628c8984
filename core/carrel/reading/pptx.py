"""Reads presentations: a slide is a page; titles, text, tables, speaker notes and comments."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from carrel.reading import charts, ooxml, problems, source
from carrel.reading.layout import HeadingPath, Piece, compose, sections
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.spans import Spans, number
from carrel.reading.zip_package import Package

MAX_BYTES = 512_000_000
_MAIN = "ppt/presentation.xml"
_TITLES = ("title", "ctrTitle")


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the slides in the order in which they are shown. Table cells are separated by " | "."""
    source.size_of(fd, MAX_BYTES)
    with source.open_stream(fd) as file:
        package = Package(file, "The presentation")
        names = _slides(package)
        path, found = HeadingPath(), False
        for number, name in enumerate(names, start=1):
            text, blocks = compose(_pieces(package, name), path)
            for section in sections(text, blocks, number):
                if cancel.is_set():
                    return
                found = True
                yield section
        if not found:
            raise problems.empty("The presentation holds no text.")
        yield Extracted(title=ooxml.title(package), pages=len(names), engine="pptx")


def _slides(package: Package) -> list[str]:
    main = package.xml(_MAIN)
    if main is None:
        raise problems.broken("This is a zip file without a presentation in it.")
    related = ooxml.relations(package, _MAIN)
    found: list[str] = []
    for one in ooxml.named(main, "sldId"):
        # A slide has an id of its own too; the relation is the one in a namespace.
        ids = [v for k, v in one.attrib.items() if k.endswith("}id")]
        kind, name = related.get(ids[0] if ids else "", ("", ""))
        if kind == "slide":
            found.append(name)
    return found


def _pieces(package: Package, name: str) -> Iterator[Piece]:
    root = package.xml(name)
    if root is None:
        return
    yield from _shapes(root)
    yield from charts.of(package, name)
    for kind, part in ooxml.relations(package, name).values():
        if kind == "notesSlide":
            yield from _notes(package.xml(part))
        elif kind == "comments":
            for one in ooxml.named(package.xml(part), "text", "t"):
                yield Piece("paragraph", f"Comment: {ooxml.words(one)}")


def _shapes(root: Any) -> Iterator[Piece]:
    """Titles first: a slide's title may be drawn last."""
    shapes = list(ooxml.named(root, "sp", "graphicFrame"))
    titles = [one for one in shapes if _placeholder(one) in _TITLES]
    for one in titles:
        yield Piece("heading", " ".join(_paragraphs(one)), 1)
    for one in shapes:
        if one in titles:
            continue
        if ooxml.local(one) == "graphicFrame":
            for table in ooxml.named(one, "tbl"):
                yield Piece("table", _table(table))
        else:
            kind = _placeholder(one)
            for words in _paragraphs(one):
                yield Piece("list" if kind in ("body", "obj", "") else "paragraph", words)


def _notes(root: Any) -> Iterator[Piece]:
    for one in ooxml.named(root, "sp"):
        if _placeholder(one) == "body":
            for words in _paragraphs(one):
                yield Piece("paragraph", f"Notes: {words}")


def _placeholder(shape: Any) -> str:
    """What a shape is for: "title", "body", ..., "" for a plain text box."""
    found = next(ooxml.named(shape, "ph"), None)
    return "" if found is None else (found.get("type") or "obj")


def _paragraphs(shape: Any) -> Iterator[str]:
    for one in ooxml.named(shape, "p"):
        text = "".join(
            "\n" if ooxml.local(part) == "br" else part.text or ""
            for part in ooxml.named(one, "t", "br")
        )
        if text.strip():
            yield text


def _table(table: Any) -> str:
    spans, rows = Spans(), list[str]()
    for row in ooxml.named(table, "tr"):
        cells = [
            (ooxml.words(cell), number(cell.get("gridSpan")), number(cell.get("rowSpan")))
            for cell in row
            # What another cell covers stands there too, without words.
            if ooxml.local(cell) == "tc" and not (cell.get("hMerge") or cell.get("vMerge"))
        ]
        rows.append(" | ".join(spans.row(cells)))
    return "\n".join(row for row in rows if row.strip(" |"))
