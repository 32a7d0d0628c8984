"""Reads Word documents: headings by style, lists, tables row by row, text boxes; then footnotes,
endnotes, comments, and what stands at the head and the foot of pages.

The XML is read directly (with python-docx's hardened parser), because documents from the wild have
dangling parts, content controls and strict namespaces that a document object model refuses.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import chain
from typing import Any

from carrel.reading import problems, source
from carrel.reading.decoding import clean, one_line
from carrel.reading.docx_looks import Looks
from carrel.reading.docx_package import Package
from carrel.reading.layout import Piece, stream, unseen_pieces
from carrel.reading.messages import Extract, Extracted, Section

MAX_BYTES = 512_000_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_GONE = frozenset(("del", "moveFrom", "Fallback", "rPr", "pPr"))  # deleted, or said twice
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_HEADING_NAME = re.compile(r"heading (\d)$", re.I)
_MARGIN = re.compile(r"word/(header|footer)\d*\.xml$")
_MAX_HEADING = 300  # characters; longer ones are paragraphs in a heading's clothes
_DEPTH = 40


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the document's text in order. Cells of a row are separated by " | "."""
    source.size_of(fd, MAX_BYTES)
    with source.open_stream(fd) as file:
        package = Package(file)
        main = package.xml(package.document_name())
        styles = package.xml("word/styles.xml")
        reader = _Reader(_Styles(styles), Looks(styles, main))
        found = False
        last = unseen_pieces(reader.unseen)
        for section in stream(chain(reader.pieces(main), _notes(package, reader), last)):
            if cancel.is_set():
                return
            found = True
            yield section
        if not found:
            raise problems.empty("The document holds no text.")
        yield Extracted(title=_title(package), pages=None, engine="docx")


def _notes(package: Package, reader: _Reader) -> Iterator[Piece]:
    for name in ("word/footnotes.xml", "word/endnotes.xml"):
        notes = package.xml(name)
        if notes is not None:
            yield from reader.pieces(notes)
    comments = package.xml("word/comments.xml")
    for comment in comments if comments is not None else ():
        if words := _flat(reader.pieces(comment)):
            yield Piece("paragraph", f"Comment: {words}")
    margins = (found for name in package.names if (found := _MARGIN.match(name)))
    said = {(found[1], _flat(reader.pieces(package.xml(found[0])))): None for found in margins}
    for place, words in said:  # each section has its own, mostly the same
        if any(sign.isalpha() for sign in words):
            yield Piece("paragraph", f"{place.capitalize()}: {words}")


def _title(package: Package) -> str:
    core = package.xml("docProps/core.xml")
    found = core.find(_TITLE) if core is not None else None
    return one_line(found.text or "") if found is not None else ""


class _Styles:
    """What a paragraph style means: a heading level, a list, or neither."""

    def __init__(self, root: Any) -> None:
        styles = root.findall(f"{_W}style") if root is not None else []
        self._styles = {style.get(f"{_W}styleId"): style for style in styles}

    def level(self, style_id: str | None, depth: int = 0) -> int | None:
        """Return 0 for a title, 1 to 9 for headings, None for anything else."""
        style = self._styles.get(style_id)
        if style is None or depth > _DEPTH:
            return None
        name = self._name(style)
        if name == "title":
            return 0
        if found := _HEADING_NAME.match(name):
            return int(found.group(1))
        outline = _outline(style)
        if outline is not None:
            return outline
        return self.level(_value(style.find(f"{_W}basedOn")), depth + 1)

    def is_list(self, style_id: str | None) -> bool:
        """Whether a style numbers or bullets its paragraphs."""
        style = self._styles.get(style_id)
        return style is not None and self._name(style).startswith("list ")

    @staticmethod
    def _name(style: Any) -> str:
        return (_value(style.find(f"{_W}name")) or "").casefold()


class _Reader:
    """Walks block-level elements in document order; what nobody can see goes to `unseen`."""

    def __init__(self, styles: _Styles, looks: Looks) -> None:
        self._styles = styles
        self._looks = looks
        self.unseen: list[str] = []
        self._levels: dict[str | None, int | None] = {}

    def pieces(self, parent: Any) -> Iterator[Piece]:
        """Yield the pieces below an element: of paragraphs, tables, and whatever wraps them."""
        for element in parent:
            name = _local(element)
            if name == "p":
                yield from self._paragraph(element)
            elif name == "tbl":
                yield from self._table(element)
            elif name not in _GONE:
                yield from self.pieces(element)

    def _paragraph(self, element: Any) -> Iterator[Piece]:
        boxes: list[Any] = []
        unseen: list[str] = []
        text = clean("".join(self._words(element, boxes, unseen)))
        if unseen:
            self.unseen.append(clean("".join(unseen)))
        if text.strip():
            yield self._piece(element, text)
        for box in boxes:
            yield from self.pieces(box)

    def _piece(self, element: Any, text: str) -> Piece:
        properties = element.find(f"{_W}pPr")
        if properties is None:
            return Piece("paragraph", text)
        style = _value(properties.find(f"{_W}pStyle"))
        level = _outline(element)
        if level is None:
            if style not in self._levels:
                self._levels[style] = self._styles.level(style)
            level = self._levels[style]
        if level is not None and len(text) <= _MAX_HEADING:
            return Piece("heading", text, level)
        numbered = properties.find(f"{_W}numPr") is not None
        return Piece("list" if numbered or self._styles.is_list(style) else "paragraph", text)

    def _words(self, element: Any, boxes: list[Any], unseen: list[str]) -> Iterator[str]:
        """Yield the text of a paragraph's runs; text boxes inside go to `boxes`, runs that nobody
        can see to `unseen`, and hidden ones nowhere."""
        for child in element:
            name = _local(child)
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name == "txbxContent":
                boxes.append(child)
            elif name == "r" and (look := self._looks.of(child)) != "seen":
                words = "".join(self._words(child, boxes, unseen))
                if look == "unseen":
                    unseen.append(words)
            elif name not in _GONE:
                yield from self._words(child, boxes, unseen)

    def _table(self, table: Any) -> Iterator[Piece]:
        rows = [_cells(row) for row in table.iter(f"{_W}tr") if _owner(row) is table]
        if len(rows) == 1 and len(rows[0]) == 1:
            yield from self.pieces(rows[0][0])  # a frame around text, not a table
            return
        lines = (" | ".join(_flat(self.pieces(cell)) for cell in row) for row in rows)
        if text := "\n".join(line for line in lines if line.strip(" |")):
            yield Piece("table", text)


def _cells(row: Any) -> list[Any]:
    return [cell for cell in row.iter(f"{_W}tc") if _owner(cell, "tr") is row]


def _owner(element: Any, name: str = "tbl") -> Any:
    return next(element.iterancestors(f"{_W}{name}"), None)


def _flat(pieces: Iterator[Piece]) -> str:
    return " ".join(" ".join(piece.text.split()) for piece in pieces)


def _outline(element: Any) -> int | None:
    """Return the outline level that an element sets itself, from 1; None for body text."""
    found = element.find(f"{_W}pPr/{_W}outlineLvl")
    value = _value(found) or ""
    return int(value) + 1 if len(value) == 1 and value in "012345678" else None


def _value(element: Any) -> str | None:
    return None if element is None else element.get(f"{_W}val")


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""
