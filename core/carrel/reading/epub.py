"""Reads e-books (EPUB): the chapters in reading order, as HTML."""

from __future__ import annotations

import posixpath
import threading
from collections.abc import Iterator
from urllib.parse import unquote

from carrel.errors import UserError
from carrel.reading import html, ooxml, problems, source
from carrel.reading.decoding import one_line
from carrel.reading.layout import Piece, stream
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.zip_package import Package

MAX_BYTES = 512_000_000
_PAGES = ("application/xhtml+xml", "text/html")


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the book's text. Raises UserError("encrypted") for one with copy protection."""
    source.size_of(fd, MAX_BYTES)
    with source.open_stream(fd) as file:
        package = Package(file, "The e-book")
        if "META-INF/rights.xml" in package.names or _is_locked(package):
            raise UserError(
                "The e-book has copy protection (DRM), so its text cannot be read.",
                "Add a copy without it, where you have one.",
                "encrypted",
            )
        title, chapters = _contents(package)
        found = False
        for section in stream(_pieces(package, chapters)):
            if cancel.is_set():
                return
            found = True
            yield section
        if not found:
            raise problems.empty("The e-book holds no text.")
        yield Extracted(title=title, pages=None, engine="epub")


def _is_locked(package: Package) -> bool:
    """Whether chapters are encrypted; fonts may be scrambled without harm."""
    root = package.xml("META-INF/encryption.xml")
    names = (str(one.get("URI", "")) for one in ooxml.named(root, "CipherReference"))
    return any(name.lower().endswith((".xhtml", ".html", ".htm")) for name in names)


def _contents(package: Package) -> tuple[str, list[str]]:
    """The book's title, and its chapters in reading order."""
    container = package.xml("META-INF/container.xml")
    root = next(ooxml.named(container, "rootfile"), None)
    name = str(root.get("full-path", "")) if root is not None else ""
    book = package.xml(name) if name else None
    if book is None:
        raise problems.broken("This is a zip file without an e-book in it.")
    folder = posixpath.dirname(name)
    items = {
        one.get("id"): posixpath.normpath(posixpath.join(folder, unquote(one.get("href") or "")))
        for one in ooxml.named(book, "item")
        if one.get("media-type") in _PAGES
    }
    order = (one.get("idref") for one in ooxml.named(book, "itemref"))
    chapters = [items[one] for one in order if one in items]
    heading = next(ooxml.named(book, "title"), None)
    return one_line(ooxml.words(heading)) if heading is not None else "", chapters


def _pieces(package: Package, chapters: list[str]) -> Iterator[Piece]:
    for name in dict.fromkeys(chapters):
        data = package.read(name)
        if data and len(data) <= html.MAX_BYTES:
            yield from html.pieces(data)
