"""Removes documents and conversations from carrel.db so that none of their bytes stay in its file.

secure_delete overwrites what is deleted, but three things keep copies: the full-text index keeps
deleted words until it is merged, the write-ahead log keeps old pages until it is truncated, and the
backup that was made before a schema change is a whole copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from carrel.answering.redacting import redact
from carrel.events import Answer
from carrel.store import turn_words

if TYPE_CHECKING:
    from carrel.store.database import Database

_MOST_VALUES = 500


class Removed(NamedTuple):
    """How much was, or would be, removed."""

    documents: int = 0
    passages: int = 0
    conversations: int = 0
    quotes: int = 0


class Eraser:
    """The forgetting part of carrel.db. `key` is the profile's key for hashes."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._db = database
        self._key = key

    # --- what is kept of what was forgotten ---

    def path_key(self, path: str) -> bytes:
        """What a path is remembered by: says nothing without the profile's key."""
        return blake2b(path.encode("utf-8", "surrogateescape"), key=self._key[:64]).digest()[:16]

    def forgotten(self) -> set[bytes]:
        """The keys of paths that are not to be taken in again."""
        return {bytes(row[0]) for row in self._db.rows("SELECT path_key FROM forgotten")}

    def welcome(self, paths: Iterable[str]) -> None:
        """These paths may be taken in again: somebody added them by name."""
        with self._db.write() as db:
            db.executemany(
                "DELETE FROM forgotten WHERE path_key=?", [(self.path_key(p),) for p in paths]
            )

    def pending(self) -> list[int]:
        """Documents that are gone from here and may still be in the index."""
        rows = self._db.rows("SELECT documents FROM erasures")
        return [number for row in rows for number in msgspec.json.decode(row[0], type=list[int])]

    def finished(self) -> None:
        """Nothing of the erased documents is anywhere any more."""
        with self._db.write() as db:
            db.execute("DELETE FROM erasures")

    # --- removing ---

    def documents(
        self, ids: Sequence[int], forgotten: Sequence[str], *, keep_quotes: bool
    ) -> Removed:
        """Remove documents; `forgotten` are paths that are not to be taken in again. What is left
        to do in the index is noted in the same transaction."""
        with self._db.write() as db:
            count = self.count(ids)
            paths = self._paths(ids)
            db.execute(
                "INSERT INTO erasures(documents) VALUES (?)", (msgspec.json.encode(list(ids)),)
            )
            quotes = 0 if keep_quotes else self._redact(db, paths)
            db.executemany("DELETE FROM documents WHERE id=?", [(one,) for one in ids])
            db.executemany("DELETE FROM left_out WHERE path=?", [(one,) for one in forgotten])
            db.executemany(
                "INSERT OR IGNORE INTO forgotten VALUES (?)",
                [(self.path_key(path),) for path in forgotten],
            )
        return count._replace(quotes=quotes)

    def collection(self, name: str) -> None:
        """Remove a collection; its documents are another matter."""
        with self._db.write() as db:
            db.execute("DELETE FROM collections WHERE name=?", (name,))

    def tops(self, paths: Sequence[str]) -> None:
        """Take these folders and files out of all collections: they are not looked at any more."""
        with self._db.write() as db:
            db.executemany("DELETE FROM collection_paths WHERE path=?", [(p,) for p in paths])

    def everything(self) -> Removed:
        """Remove all documents, collections and conversations, and what was forgotten before."""
        ids = [row[0] for row in self._db.rows("SELECT id FROM documents")]
        quotes = self.quotes(ids)
        with self._db.write() as db:
            count = self.count(ids)
            conversations = db.execute("SELECT count(*) FROM conversations").fetchone()[0]
            db.execute("INSERT INTO erasures(documents) VALUES (?)", (msgspec.json.encode(ids),))
            for table in ("conversations", "collections", "documents", "left_out", "forgotten",
                          "former_paths", "jobs", "lab_runs", "surveys"):  # fmt: skip
                db.execute(f"DELETE FROM {table}")
        return count._replace(conversations=conversations, quotes=quotes)

    def scrub(self) -> None:
        """Let no copy stay: merge the full-text index, empty the log, remove backups."""
        with self._db.write() as db:
            turn_words.optimize(db)
        self._db.truncate_log()
        for backup in self._db.path.parent.glob("carrel.schema*.db"):
            backup.unlink()

    # --- counting ---

    def count(self, ids: Sequence[int]) -> Removed:
        """How many documents and passages these are."""
        passages = 0
        for part in _parts(ids):
            passages += int(
                self._db.value(
                    f"SELECT count(*) FROM passages WHERE document_id IN ({_marks(part)})", part
                )
            )
        return Removed(documents=len(ids), passages=passages)

    def quotes(self, ids: Sequence[int]) -> int:
        """How many quotes of these documents conversations hold."""
        paths = self._paths(ids)
        found = 0
        for _, answer in self._answers():
            redacted = redact(answer, paths)
            found += redacted.quotes if redacted else 0
        return found

    def _paths(self, ids: Sequence[int]) -> frozenset[str]:
        """Where these documents are and were: answers name them by path."""
        found: set[str] = set()
        for part in _parts(ids):
            marks = _marks(part)
            for table, column in (("documents", "id"), ("former_paths", "document_id")):
                sql = f"SELECT path FROM {table} WHERE {column} IN ({marks})"
                found |= {row[0] for row in self._db.rows(sql, part)}
        return frozenset(found)

    def _answers(self) -> list[tuple[int, Answer]]:
        rows = self._db.rows("SELECT id, result FROM turns WHERE result NOT NULL")
        return [(row[0], msgspec.json.decode(row[1], type=Answer)) for row in rows]

    def _redact(self, db: Any, paths: frozenset[str]) -> int:
        """Take quotes of these documents out of all answers; returns how many went."""
        gone = 0
        for turn, answer in self._answers():
            redacted = redact(answer, paths)
            if redacted is None:
                continue
            gone += redacted.quotes
            new = redacted.answer
            question = db.execute("SELECT question FROM turns WHERE id=?", (turn,)).fetchone()[0]
            # The prompt held the passages word for word; without it the next turn sends anew.
            db.execute(
                "UPDATE turns SET answer=?, result=?, prompt='' WHERE id=?",
                (new.answer, msgspec.json.encode(new), turn),
            )
            turn_words.put(db, turn, question, new.answer)
            db.executemany(
                "DELETE FROM turn_sources WHERE turn_id=? AND document=?",
                [(turn, path) for path in paths],
            )
            db.execute("DELETE FROM citations WHERE turn_id=?", (turn,))
            db.executemany(
                "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(turn, i, *msgspec.structs.astuple(one)) for i, one in enumerate(new.citations)],
            )
        return gone


def _marks(values: Sequence[int]) -> str:
    return ",".join("?" * len(values))


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[i : i + _MOST_VALUES] for i in range(0, len(ids), _MOST_VALUES)]
