"""The collections of the library: their folders, and which documents belong to them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from carrel.desk.library_requests import Rules
from carrel.errors import UserError

if TYPE_CHECKING:
    from carrel.store.database import Database


class Collections:
    """The part of the catalogue that is about collections."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ensure_collection(self, name: str, paths: Sequence[str]) -> int:
        """The id of the collection, created or extended by the paths."""
        with self._db.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO collections(name, created) VALUES (?, ?)",
                (name, time.time()),
            )
            row = db.execute("SELECT id FROM collections WHERE name=?", (name,)).fetchone()
            for path in paths:
                db.execute(
                    "INSERT OR IGNORE INTO collection_paths(collection_id, path) VALUES (?, ?)",
                    (row[0], path),
                )
        return int(row[0])

    def collection_of_path(self, path: str) -> str | None:
        """The name of the collection that this very path was added to."""
        found: str | None = self._db.value(
            "SELECT name FROM collections c JOIN collection_paths p ON p.collection_id=c.id"
            " WHERE p.path=? ORDER BY c.id LIMIT 1",
            (path,),
        )
        return found

    def collection_names(self) -> list[str]:
        return [row[0] for row in self._db.rows("SELECT name FROM collections ORDER BY name")]

    def scope(self, names: Sequence[str]) -> list[int] | None:
        """Document ids of these collections, None for all. Raises UserError for an unknown name."""
        if not names:
            return None
        known = set(self.collection_names())
        for name in names:
            if name not in known:
                raise UserError(
                    f"There is no collection called {name}.",
                    f"Known: {', '.join(sorted(known)) or 'none yet; add a folder first'}.",
                    "collection",
                )
        marks = ",".join("?" * len(names))
        rows = self._db.rows(
            "SELECT DISTINCT document_id FROM collection_documents cd JOIN collections c"
            f" ON c.id=cd.collection_id WHERE c.name IN ({marks})",
            names,
        )
        return [row[0] for row in rows]

    def searchable(self, document_ids: Sequence[int] | None) -> int:
        """How many of these documents (None: of all) can be searched."""
        if document_ids is None:
            sql = "SELECT count(*) FROM documents WHERE status IN ('indexed', 'keyword_only')"
            return int(self._db.value(sql))
        wanted = set(document_ids)
        rows = self._db.rows("SELECT id FROM documents WHERE status IN ('indexed', 'keyword_only')")
        return sum(row[0] in wanted for row in rows)

    # --- what sync keeps ---

    def paths(self, collection_id: int) -> list[str]:
        """The folders and files that were added to a collection."""
        sql = "SELECT path FROM collection_paths WHERE collection_id=? ORDER BY path"
        return [row[0] for row in self._db.rows(sql, (collection_id,))]

    def collection_ids(self, names: Sequence[str] = ()) -> list[tuple[int, str]]:
        """Ids and names of these collections, [] for all. Raises UserError for an unknown name."""
        self.scope(names)
        rows = self._db.rows("SELECT id, name FROM collections ORDER BY name")
        return [(row[0], row[1]) for row in rows if not names or row[1] in names]

    def devices(self, collection_id: int) -> dict[str, int]:
        """The file systems that a collection's folders were on, by folder, where known."""
        sql = "SELECT path, device FROM collection_paths WHERE collection_id=? AND device NOT NULL"
        return dict(self._db.rows(sql, (collection_id,)))

    def note_device(self, collection_id: int, path: str, device: int | None) -> None:
        """Remember the file system that a folder with its files is on."""
        with self._db.write() as db:
            db.execute(
                "UPDATE collection_paths SET device=? WHERE collection_id=? AND path=?",
                (device, collection_id, path),
            )

    def rules(self, collection_id: int) -> Rules:
        """What is left out of a collection."""
        text = self._db.value("SELECT rules FROM collections WHERE id=?", (collection_id,))
        return msgspec.json.decode(text, type=Rules) if text else Rules()

    def set_rules(self, collection_id: int, rules: Rules) -> None:
        """Leave this out of a collection from the next sync on."""
        text = msgspec.json.encode(rules).decode()
        with self._db.write() as db:
            db.execute("UPDATE collections SET rules=? WHERE id=?", (text, collection_id))

    def replace_left_out(
        self, collection_id: int, tops: Sequence[str], rows: Sequence[tuple[str, str, str]]
    ) -> None:
        """Note what below `tops` is no document: path, code and reason of each."""
        with self._db.write() as db:
            for top in tops:
                db.execute(
                    "DELETE FROM left_out WHERE collection_id=? AND"
                    " (path=? OR substr(path, 1, length(?))=?)",
                    (
                        collection_id,
                        top,
                        f"{top.rstrip(os.sep)}{os.sep}",
                        f"{top.rstrip(os.sep)}{os.sep}",
                    ),
                )
            db.executemany(
                "INSERT OR REPLACE INTO left_out VALUES (?, ?, ?, ?)",
                [(collection_id, *row) for row in rows],
            )

    def left_out(
        self, names: Sequence[str], contains: str = "", offset: int = 0, limit: int = 500
    ) -> tuple[list[tuple[str, str, str, str]], int]:
        """(path, code, reason, collection) of what is no document, and how many there are."""
        ids = [number for number, _ in self.collection_ids(names)]
        where = (
            f" FROM left_out l JOIN collections c ON c.id=l.collection_id WHERE l.collection_id"
            f" IN ({','.join('?' * len(ids))}) AND instr(lower(l.path), lower(?)) > 0"
        )
        total = int(self._db.value(f"SELECT count(*){where}", (*ids, contains)))
        rows = self._db.rows(
            f"SELECT l.path, l.code, l.reason, c.name{where} ORDER BY l.path LIMIT ? OFFSET ?",
            (*ids, contains, limit, offset),
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows], total

    def flag(self, name: str) -> str:
        """A small thing that is kept over a restart, "" when it was never set."""
        return str(self._db.value("SELECT value FROM flags WHERE name=?", (name,)) or "")

    def set_flag(self, name: str, value: str) -> None:
        """Keep a small thing over a restart."""
        with self._db.write() as db:
            db.execute("INSERT OR REPLACE INTO flags VALUES (?, ?)", (name, value))
