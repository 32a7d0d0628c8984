"""What of the library is in the index already, by words and by meaning: what a crash leaves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carrel.store.database import Database


class IndexState:
    """The part of the catalogue that says which documents' rows the index holds."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def mark_words(self, document_ids: Sequence[int]) -> None:
        """These documents' words are in the index now."""
        with self._db.write() as db:
            db.executemany(
                "UPDATE documents SET words_at=?, status=CASE WHEN meaning_at IS NULL"
                " THEN 'keyword_only' ELSE 'indexed' END WHERE id=?",
                [(time.time(), one) for one in document_ids],
            )

    def mark_meaning(self, document_ids: Sequence[int]) -> None:
        """These documents' vectors are in the index now."""
        with self._db.write() as db:
            db.executemany(
                "UPDATE documents SET meaning_at=?, status='indexed' WHERE id=?",
                [(time.time(), one) for one in document_ids],
            )

    def mark_missing(self, document_ids: Sequence[int]) -> None:
        """The files of these documents are gone; they are no longer searched."""
        with self._db.write() as db:
            db.executemany(
                "UPDATE documents SET status='missing', code='missing', words_at=NULL,"
                " meaning_at=NULL, reason='The file is no longer where it was.' WHERE id=?",
                [(one,) for one in document_ids],
            )

    def needs_words(self) -> list[int]:
        """Documents that were read but whose words are not in the index."""
        return [
            row[0]
            for row in self._db.rows(
                "SELECT id FROM documents WHERE status='reading' AND words_at IS NULL ORDER BY id"
            )
        ]

    def needs_meaning(self) -> list[int]:
        """Documents whose vectors are not in the index."""
        return [
            row[0]
            for row in self._db.rows(
                "SELECT id FROM documents WHERE status='keyword_only' AND meaning_at IS NULL"
                " ORDER BY id"
            )
        ]

    def with_words(self) -> list[int]:
        """Documents whose words are in the index."""
        rows = self._db.rows("SELECT id FROM documents WHERE words_at IS NOT NULL ORDER BY id")
        return [row[0] for row in rows]

    def with_meaning(self) -> list[int]:
        """Documents whose vectors are in the index."""
        rows = self._db.rows("SELECT id FROM documents WHERE meaning_at IS NOT NULL ORDER BY id")
        return [row[0] for row in rows]

    def passages_by_meaning(self) -> dict[int, int]:
        """Each passage whose vector is in the index, and its document."""
        return dict(
            self._db.rows(
                "SELECT p.id, p.document_id FROM passages p JOIN documents d ON d.id=p.document_id"
                " WHERE d.meaning_at IS NOT NULL"
            )
        )

    def size(self) -> tuple[int, int]:
        """The highest passage id, and how many documents there are: what grows when something is
        added. Known at once."""
        row = self._db.one(
            "SELECT coalesce((SELECT max(id) FROM passages), 0), (SELECT count(*) FROM documents)"
        )
        return row or (0, 0)

    def heads(self, document_id: int, most: int) -> tuple[list[str], int]:
        """The beginnings of at most so many passages of a document, evenly over it, and how many
        passages it has."""
        sql = "SELECT max(ordinal) FROM passages WHERE document_id=?"
        last = self._db.value(sql, (document_id,))
        if last is None:
            return [], 0
        step = -(-(last + 1) // most)
        rows = self._db.rows(
            "SELECT substr(text, 1, 500) FROM passages WHERE document_id=?"
            f" AND ordinal IN ({','.join(map(str, range(0, last + 1, step)))})",
            (document_id,),
        )
        return [row[0] for row in rows], last + 1

    def unmark_words(self) -> None:
        """The words are gone from the index: all are needed again; the vectors are there."""
        with self._db.write() as db:
            db.execute(
                "UPDATE documents SET status='reading', words_at=NULL"
                " WHERE status IN ('indexed', 'keyword_only')"
            )

    def unmark_words_of(self, document_ids: Sequence[int]) -> None:
        """These documents' rows were taken out of the index: words and vectors are needed again."""
        with self._db.write() as db:
            db.executemany(
                "UPDATE documents SET status='reading', words_at=NULL, meaning_at=NULL WHERE id=?",
                [(one,) for one in document_ids],
            )

    def unmark_all(self) -> None:
        """The index is gone: every document that was read needs words and vectors again."""
        with self._db.write() as db:
            db.execute(
                "UPDATE documents SET status='reading', words_at=NULL, meaning_at=NULL"
                " WHERE status IN ('indexed', 'keyword_only', 'reading')"
            )

    def unmark_meaning(self) -> None:
        """The vectors are gone, or come from another embedder: all are needed again."""
        with self._db.write() as db:
            db.execute(
                "UPDATE documents SET status='keyword_only', meaning_at=NULL WHERE status='indexed'"
            )

    def counts(self) -> tuple[int, int, int]:
        """Passages that should be in the index by words, by meaning, and documents searchable."""
        row = self._db.one(
            "SELECT coalesce(sum(d.words_at IS NOT NULL), 0),"
            " coalesce(sum(d.meaning_at IS NOT NULL), 0),"
            " count(DISTINCT CASE WHEN d.words_at IS NOT NULL THEN d.id END)"
            " FROM documents d JOIN passages p ON p.document_id=d.id"
        )
        return row or (0, 0, 0)
