"""Reads what is attached to a message, in memory, by the module of its format."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from carrel.errors import UserError
from carrel.reading import html, problems, source
from carrel.reading.decoding import clean, decode
from carrel.reading.formats import HEAD_BYTES, SOURCES, choose
from carrel.reading.layout import Piece
from carrel.reading.messages import BlockKind, Extract, Section
from carrel.reading.text import paragraphs

MAX_BYTES = 16_000_000  # of one attachment, decoded


def pieces_of(name: str, data: bytes, level: int, charset: str = "") -> Iterator[Piece]:
    """Yield an attachment's pieces; its headings stand below `level`.

    Raises UserError with one of the reading codes before the first piece.
    """
    if not data:
        raise problems.empty()
    if len(data) > MAX_BYTES:
        raise problems.too_large(len(data), MAX_BYTES, "The attachment")
    format = choose(name, data[:HEAD_BYTES])
    if format == "html":
        found = html.pieces(data, charset)
        return (p._replace(level=p.level + level) if p.level else p for p in found)
    if format == "text" or format in SOURCES:
        return _plain(clean(decode(data, charset)), "code" if format in SOURCES else "paragraph")
    if format in ("eml", "mbox", "msg"):
        raise UserError(
            "It is a message of its own; what is attached to attached messages is not followed.",
            "Save the attachment as a file and add that.",
            "unsupported",
        )
    if format == "picture":
        raise UserError(
            "It is a picture; text in attached pictures is not recognized.",
            "Save the attachment as a file and add that.",
            "unsupported",
        )
    return iter(list(_by_module(format, name, data, level)))  # all of it, or its reason


def _by_module(format: str, name: str, data: bytes, level: int) -> Iterator[Piece]:
    from carrel.reading.worker import extractor

    # A PDF may end pdfium, and with it the reading of the whole message; pypdf stays bounded.
    engine = "pypdf" if format == "pdf" else ""
    with source.in_memory(data) as fd:
        request = Extract(format=format, name=name, size=len(data))
        for section in extractor(format, engine)(request, fd, threading.Event()):
            if isinstance(section, Section):
                for block in section.blocks:
                    depth = level + len(block.headings) if block.kind == "heading" else 0
                    words = section.text[block.start : block.end]
                    if depth and block.headings:
                        words = block.headings[-1]  # without the signs that mark it as one
                    yield Piece(block.kind, words, depth)


def _plain(text: str, kind: BlockKind) -> Iterator[Piece]:
    for block in paragraphs(text, kind):
        yield Piece(kind, text[block.start : block.end])
