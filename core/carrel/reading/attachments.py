"""Reads what is attached to a message, in memory: text and HTML so far.

The other formats read from a descriptor, and the reader may not make one: its limit on file size
is 0, which also holds for files in memory. They give a sentence with the reason instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from carrel.errors import UserError
from carrel.reading import html, problems
from carrel.reading.decoding import clean, decode
from carrel.reading.formats import HEAD_BYTES, choose, is_code
from carrel.reading.layout import Piece
from carrel.reading.messages import BlockKind
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
    if format in ("text", "markdown"):
        return _plain(clean(decode(data, charset)), "code" if is_code(name) else "paragraph")
    raise UserError(
        f"Carrel does not read {format} files inside a message yet.",
        "Save the attachment as a file and add that.",
        "unsupported",
    )


def _plain(text: str, kind: BlockKind) -> Iterator[Piece]:
    for block in paragraphs(text, kind):
        yield Piece(kind, text[block.start : block.end])
