"""Rows of the catalogue: what they hold, and how they go into carrel.db and come out of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from carrel.library.passages import PassageRow

if TYPE_CHECKING:
    from carrel.library.chunking import Chunk

PASSAGE_COLUMNS = (
    "p.id, d.path, d.id, p.ordinal, d.title, p.headings, p.page, p.start, p.end, p.text, p.digest"
)


class FileState(NamedTuple):
    """What the file system says of a file: size in bytes, modification time in nanoseconds."""

    size: int
    modified_ns: int


class Known(NamedTuple):
    """What the catalogue knows of a document before it is looked at again."""

    document_id: int
    state: FileState
    digest: str
    status: str
    deaths: int
    code: str


class PageRange(NamedTuple):
    page: int
    start: int
    end: int


def upsert(db: Any, path: str, state: FileState, digest: str) -> int:
    """Insert or update a document by its path; returns its id."""
    db.execute(
        "INSERT INTO documents(path, size, modified_ns, digest, status) VALUES (?, ?, ?, ?, '')"
        " ON CONFLICT(path) DO UPDATE SET size=excluded.size, modified_ns=excluded.modified_ns,"
        " digest=excluded.digest",
        (path, *state, digest),
    )
    return int(db.execute("SELECT id FROM documents WHERE path=?", (path,)).fetchone()[0])


def clear(db: Any, document_id: int) -> None:
    """Remove a document's passages, text and pages."""
    for table in ("passages", "document_texts", "document_pages"):
        db.execute(f"DELETE FROM {table} WHERE document_id=?", (document_id,))


def passage_values(document_id: int, ordinal: int, chunk: Chunk, text: str) -> tuple[Any, ...]:
    """The values of one passage for its table, digest (BLAKE2b, 16 bytes) included."""
    words = text[chunk.start : chunk.end]
    digest = blake2b(words.encode("utf-8"), digest_size=16).digest()
    headings = json.dumps(list(chunk.headings), ensure_ascii=False)
    return (
        document_id, ordinal, chunk.start, chunk.end, chunk.page, headings, chunk.tokens,
        words, digest,
    )  # fmt: skip


def passage_row(row: tuple[Any, ...]) -> PassageRow:
    """A row of PASSAGE_COLUMNS as a PassageRow."""
    return PassageRow(
        passage_id=row[0], document=row[1], document_id=row[2], ordinal=row[3], title=row[4],
        headings=tuple(json.loads(row[5])), page=row[6], start=row[7], end=row[8], text=row[9],
        digest=bytes(row[10]),
    )  # fmt: skip


def pack(char_map: Sequence[int] | None) -> bytes | None:
    """A page's character map, compressed; None for the identity."""
    return zlib.compress(msgspec.json.encode(list(char_map)), 6) if char_map else None
