"""The pages of documents that are pictures: which wait to be recognized, and what was read on them.

Each page is stored when it is recognized, so that a long scan goes on where it was stopped.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from carrel.reading.recognized import RecognizedPage

if TYPE_CHECKING:
    from carrel.store.database import Database

_WAITS = (
    "FROM picture_pages p JOIN documents d ON d.id=p.document_id WHERE p.words_z IS NULL"
    " AND d.status IN ('empty', 'indexed', 'keyword_only')"
)


class Waiting(NamedTuple):
    """A document with pages (from 1) that are not recognized yet."""

    document_id: int
    path: str
    digest: str
    pages: list[int]


class Pictures:
    """The part of the catalogue that knows the pages to recognize."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def waiting_pictures(self) -> list[Waiting]:
        """Documents with pages to recognize, those with the fewest first."""
        found: dict[int, Waiting] = {}
        for number, path, digest, page in self._db.rows(
            f"SELECT d.id, d.path, d.digest, p.page {_WAITS} ORDER BY d.id, p.page"
        ):
            found.setdefault(number, Waiting(number, path, digest, [])).pages.append(page)
        return sorted(found.values(), key=lambda one: (len(one.pages), one.document_id))

    def count_waiting_pictures(self) -> tuple[int, int]:
        """How many documents wait for text recognition, and how many pages."""
        row = self._db.one(f"SELECT count(DISTINCT d.id), count(*) {_WAITS}")
        return (row[0], row[1]) if row else (0, 0)

    def record_recognized(self, document_id: int, page: int, found: RecognizedPage) -> None:
        """A page was recognized; its document is made of it when all of its pages are."""
        with self._db.write() as db:
            db.execute(
                "UPDATE picture_pages SET words_z=? WHERE document_id=? AND page=?",
                (_pack(found), document_id, page),
            )

    def recognized(self, document_id: int) -> dict[int, RecognizedPage]:
        """What was recognized on the document's pages so far."""
        rows = self._db.rows(
            "SELECT page, words_z FROM picture_pages WHERE document_id=? AND words_z IS NOT NULL",
            (document_id,),
        )
        return {page: _unpack(words) for page, words in rows}

    def recognized_page(self, path: str, page: int) -> RecognizedPage | None:
        """What was recognized on a page, None when the page has text of its own."""
        words = self._db.value(
            "SELECT p.words_z FROM picture_pages p JOIN documents d ON d.id=p.document_id"
            " WHERE d.path=? AND p.page=?",
            (path, page),
        )
        return _unpack(words) if words else None

    def has_recognized(self, path: str) -> bool:
        """Whether some of the document's text was recognized in pictures."""
        return bool(
            self._db.value(
                "SELECT EXISTS (SELECT 1 FROM picture_pages p JOIN documents d"
                " ON d.id=p.document_id WHERE d.path=? AND p.words_z IS NOT NULL"
                " AND d.status != 'empty')",
                (path,),
            )
        )


def set_pages(db: Any, document_id: int, pages: Mapping[int, RecognizedPage | None]) -> None:
    """Store which pages of a document are pictures, and what was recognized on them."""
    db.execute("DELETE FROM picture_pages WHERE document_id=?", (document_id,))
    db.executemany(
        "INSERT INTO picture_pages VALUES (?, ?, ?)",
        [(document_id, page, _pack(found) if found else None) for page, found in pages.items()],
    )


def _pack(found: RecognizedPage) -> bytes:
    return zlib.compress(msgspec.json.encode(found), 6)


def _unpack(words: bytes) -> RecognizedPage:
    return msgspec.json.decode(zlib.decompress(words), type=RecognizedPage)
