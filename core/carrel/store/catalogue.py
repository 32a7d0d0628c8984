"""What is in the library: collections, documents with their status, and their passages.

One transaction per document: a reader of the database sees all of a document or nothing of it.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from carrel.errors import UserError
from carrel.library.keyed import Secret, from_bytes
from carrel.library.passages import PassageRow
from carrel.store.collections import Collections
from carrel.store.index_state import IndexState
from carrel.store.pictures import Pictures, set_pages
from carrel.store.rows import (
    PASSAGE_COLUMNS,
    FileState,
    Known,
    PageRange,
    clear,
    pack,
    passage_row,
    passage_values,
    upsert,
)

if TYPE_CHECKING:
    from carrel.library.chunking import Chunk
    from carrel.reading.assemble import Document
    from carrel.reading.recognized import RecognizedPage

READABLE = ("indexed", "keyword_only")
_PAGE = 2_000  # passages that are read at once
_MOST_VALUES = 500  # SQLite's historical limit is 999 bound values in one statement


class Catalogue(Collections, IndexState, Pictures):
    """The library part of carrel.db."""

    # --- documents ---

    def known(self, path: str) -> Known | None:
        """What is known of the document at this absolute path."""
        row = self._db.one(
            "SELECT id, size, modified_ns, digest, status, deaths, code FROM documents"
            " WHERE path=?",
            (path,),
        )
        return Known(row[0], FileState(row[1], row[2]), *row[3:]) if row else None

    def documents_under(self, collection_id: int) -> dict[str, int]:
        """Paths and ids of the collection's documents."""
        return dict(
            self._db.rows(
                "SELECT d.path, d.id FROM documents d JOIN collection_documents cd"
                " ON cd.document_id=d.id WHERE cd.collection_id=?",
                (collection_id,),
            )
        )

    def summary(self, collection_id: int) -> tuple[int, int, list[tuple[str, str, str]]]:
        """Searchable documents and their passages, and (path, code, reason) of all others."""
        row = self._db.one(
            "SELECT count(DISTINCT d.id), count(p.id) FROM collection_documents cd"
            " JOIN documents d ON d.id=cd.document_id LEFT JOIN passages p ON p.document_id=d.id"
            " WHERE cd.collection_id=? AND d.status IN ('indexed', 'keyword_only')",
            (collection_id,),
        ) or (0, 0)
        problems = self._db.rows(
            "SELECT d.path, d.code, d.reason FROM collection_documents cd JOIN documents d"
            " ON d.id=cd.document_id WHERE cd.collection_id=? AND d.code != ''",
            (collection_id,),
        )
        return row[0], row[1], [(p[0], p[1], p[2]) for p in problems]

    def include(self, collection_id: int, document_id: int) -> None:
        """Put a known document into a collection as well."""
        with self._db.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO collection_documents VALUES (?, ?)",
                (collection_id, document_id),
            )

    def touch(self, document_id: int, state: FileState) -> None:
        """Note that an unchanged document has a new modification time."""
        with self._db.write() as db:
            db.execute(
                "UPDATE documents SET size=?, modified_ns=? WHERE id=?", (*state, document_id)
            )

    def lost_twin(self, digest: str, size: int) -> list[tuple[int, str]]:
        """Ids and paths of documents with this content: one of them may have been moved."""
        rows = self._db.rows(
            "SELECT id, path FROM documents WHERE digest=? AND size=? AND status IN"
            " ('indexed', 'keyword_only', 'reading', 'missing') ORDER BY status='missing', id",
            (digest, size),
        )
        return [(row[0], row[1]) for row in rows]

    def move(self, document_id: int, path: str, state: FileState, title: str | None) -> None:
        """The document's file is at another path now, under a new title or the old one (None).
        With a new title its words have to go to the index again."""
        with self._db.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO former_paths SELECT path, id FROM documents WHERE id=?",
                (document_id,),
            )
            db.execute("DELETE FROM former_paths WHERE path=?", (path,))
            db.execute(
                "UPDATE documents SET path=?, size=?, modified_ns=? WHERE id=?",
                (path, *state, document_id),
            )
            if title is not None:
                db.execute(
                    "UPDATE documents SET title=?, status='reading', words_at=NULL WHERE id=?",
                    (title, document_id),
                )

    def all_paths(self) -> set[str]:
        """Where documents are, and where they were."""
        sql = "SELECT path FROM documents UNION SELECT path FROM former_paths"
        return {row[0] for row in self._db.rows(sql)}

    def moved_to(self, path: str) -> str | None:
        """Where the document is now that once was at this path, None when none was."""
        found: str | None = self._db.value(
            "SELECT d.path FROM former_paths f JOIN documents d ON d.id=f.document_id"
            " WHERE f.path=?",
            (path,),
        )
        return found

    def title(self, document_id: int) -> str:
        """The document's title."""
        return str(self._db.value("SELECT title FROM documents WHERE id=?", (document_id,)) or "")

    def home(self, path: str) -> tuple[int, str]:
        """Id and name of the first collection that the document is in. Raises UserError when the
        path is no document."""
        row = self._db.one(
            "SELECT c.id, c.name FROM documents d JOIN collection_documents cd"
            " ON cd.document_id=d.id JOIN collections c ON c.id=cd.collection_id WHERE d.path=?"
            " ORDER BY c.id LIMIT 1",
            (path,),
        )
        if row is None:
            raise UserError(
                f"{path} is not in the library.", "Add it first: carrel add PATH.", "unknown"
            )
        return row[0], row[1]

    def unsettle(self, paths: Sequence[str]) -> None:
        """What is known of these files' content is forgotten, so that they are read again."""
        with self._db.write() as db:
            db.executemany(
                "UPDATE documents SET size=-1, digest='', deaths=0 WHERE path=?",
                [(path,) for path in paths],
            )

    def path(self, document_id: int) -> str:
        """The absolute path of the document's file."""
        return str(self._db.value("SELECT path FROM documents WHERE id=?", (document_id,)) or "")

    def is_missing(self, document_id: int) -> bool:
        """Whether the document's file was gone at the last look."""
        return bool(self.not_missing([document_id])) is False

    def not_missing(self, document_ids: Sequence[int]) -> list[int]:
        """Those of the documents that are not known to be missing."""
        sql = "SELECT status FROM documents WHERE id=?"
        return [one for one in document_ids if self._db.value(sql, (one,)) != "missing"]

    def has_text(self, document_id: int) -> bool:
        """Whether the document's text and passages are kept."""
        sql = "SELECT EXISTS (SELECT 1 FROM passages WHERE document_id=?)"
        return bool(self._db.value(sql, (document_id,)))

    def revive(self, document_id: int) -> None:
        """The file of a missing document is back, with the content that is kept."""
        with self._db.write() as db:
            db.execute(
                "UPDATE documents SET status='reading', code='', reason='' WHERE id=?",
                (document_id,),
            )

    def exclude(self, collection_id: int, document_ids: Sequence[int]) -> list[int]:
        """Take documents out of a collection; returns those that belong to none any more."""
        with self._db.write() as db:
            db.executemany(
                "DELETE FROM collection_documents WHERE collection_id=? AND document_id=?",
                [(collection_id, one) for one in document_ids],
            )
        kept = "SELECT EXISTS (SELECT 1 FROM collection_documents WHERE document_id=?)"
        return [one for one in document_ids if not self._db.value(kept, (one,))]

    def delete(self, document_ids: Sequence[int]) -> None:
        """Remove documents with all that is kept of them."""
        with self._db.write() as db:
            db.executemany("DELETE FROM documents WHERE id=?", [(one,) for one in document_ids])

    def settle(
        self,
        path: str,
        collection_id: int,
        state: FileState,
        *,
        status: str,
        code: str,
        reason: str,
        digest: str = "",
        deaths: int = 0,
        pictures: Mapping[int, RecognizedPage | None] | None = None,
    ) -> int:
        """Record a document that has no passages, and why; `pictures` are pages that may be
        recognized, or were. Returns its id."""
        with self._db.write() as db:
            document_id = upsert(db, path, state, digest)
            clear(db, document_id)
            set_pages(db, document_id, pictures or {})
            db.execute(
                "UPDATE documents SET status=?, code=?, reason=?, deaths=?, read_at=?,"
                " unseen=0, words_at=NULL, meaning_at=NULL WHERE id=?",
                (status, code, reason, deaths, time.time(), document_id),
            )
            db.execute(
                "INSERT OR IGNORE INTO collection_documents VALUES (?, ?)",
                (collection_id, document_id),
            )
        return document_id

    def store(
        self,
        path: str,
        collection_id: int,
        state: FileState,
        digest: str,
        format: str,
        document: Document,
        chunks: Sequence[Chunk],
    ) -> int:
        """Record a document that was read, with its text, pages and passages. Returns its id.

        Its status is "reading" until its words are in the index.
        """
        with self._db.write() as db:
            document_id = upsert(db, path, state, digest)
            clear(db, document_id)
            set_pages(db, document_id, document.pictures)
            db.execute(
                "UPDATE documents SET title=?, format=?, engine=?, pages=?, unseen=?,"
                " status='reading', code='', reason='', deaths=0, read_at=?, words_at=NULL,"
                " meaning_at=NULL WHERE id=?",
                (
                    document.title,
                    format,
                    document.engine,
                    len(document.pages) or None,
                    document.unseen,
                    time.time(),
                    document_id,
                ),
            )
            db.execute(
                "INSERT INTO document_texts VALUES (?, ?)",
                (document_id, zlib.compress(document.text.encode("utf-8"), 3)),
            )
            db.executemany(
                "INSERT INTO document_pages VALUES (?, ?, ?, ?, ?)",
                [
                    (document_id, p.page, p.start, p.end, pack(document.char_maps.get(p.page)))
                    for p in document.pages
                ],
            )
            db.executemany(
                "INSERT INTO passages(document_id, ordinal, start, end, page, headings, tokens,"
                " text, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (passage_values(document_id, i, c, document.text) for i, c in enumerate(chunks)),
            )
            db.execute(
                "INSERT OR IGNORE INTO collection_documents VALUES (?, ?)",
                (collection_id, document_id),
            )
        return document_id

    # --- passages ---

    def passages_of(self, document_id: int) -> list[PassageRow]:
        """The document's passages in reading order."""
        return list(self.each_passage(document_id))

    def each_passage(self, document_id: int) -> Iterator[PassageRow]:
        """The document's passages in reading order, of which few are in memory at once."""
        after = -1
        while rows := self._db.rows(
            f"SELECT {PASSAGE_COLUMNS} FROM passages p JOIN documents d ON d.id=p.document_id"
            " WHERE d.id=? AND p.ordinal>? ORDER BY p.ordinal LIMIT ?",
            (document_id, after, _PAGE),
        ):
            for row in map(passage_row, rows):
                yield row
                after = row.ordinal

    def fetch(self, passage_ids: Sequence[int]) -> Mapping[int, PassageRow]:
        """Passages by id; ids that are gone, or whose document cannot be searched, are left out."""
        found: dict[int, PassageRow] = {}
        for i in range(0, len(passage_ids), _MOST_VALUES):
            some = passage_ids[i : i + _MOST_VALUES]
            for row in self._db.rows(
                # CROSS: SQLite would else begin with the status, and read every passage there is.
                f"SELECT {PASSAGE_COLUMNS} FROM passages p"
                " CROSS JOIN documents d ON d.id=p.document_id"
                f" WHERE p.id IN ({','.join('?' * len(some))})"
                " AND d.status IN ('indexed', 'keyword_only')",
                some,
            ):
                found[row[0]] = passage_row(row)
        return found

    def key(self, name: str, otherwise: str = "terms") -> bytes:
        """One of the profile's keys; one that was never made is the key called `otherwise`."""
        sql = "SELECT value FROM profile_keys WHERE name=?"
        value: bytes = self._db.value(sql, (name,)) or self._db.value(sql, (otherwise,))
        return value

    def index_secret(self) -> Secret:
        """What the index is stored under: nothing before a passphrase was ever set."""
        kept = self._db.value("SELECT value FROM profile_keys WHERE name='index'")
        return from_bytes(kept) if kept else Secret()

    def embedder(self) -> tuple[str, str] | None:
        """Id and SHA-256 of the embedder that the index's vectors come from; None at first."""
        row = self._db.one("SELECT id, sha256 FROM embedders WHERE in_use=1")
        return (row[0], row[1]) if row else None

    def made_by(self) -> tuple[str, int] | None:
        """Id and dimensions of the embedder that the index's vectors come from; None at first."""
        row = self._db.one("SELECT id, dimensions FROM embedders WHERE in_use=1")
        return (row[0], row[1]) if row else None

    def use_embedder(self, id: str, sha256: str, dimensions: int) -> None:
        """Note the embedder that vectors come from now on."""
        with self._db.write() as db:
            db.execute("UPDATE embedders SET in_use=0")
            db.execute(
                "INSERT INTO embedders VALUES (?, ?, ?, 1, ?) ON CONFLICT(id) DO UPDATE SET"
                " sha256=excluded.sha256, dimensions=excluded.dimensions, in_use=1",
                (id, sha256, dimensions, time.time()),
            )

    # --- text ---

    def text(self, path: str) -> tuple[str, list[PageRange]]:
        """The extracted text of a document and its pages. Raises UserError when there is none."""
        row = self._db.one(
            "SELECT d.id, t.text_z, d.reason FROM documents d LEFT JOIN document_texts t"
            " ON t.document_id=d.id WHERE d.path=?",
            (path,),
        )
        if row is None:
            raise UserError(
                f"{path} is not in the library.", "Add it first: carrel add PATH.", "unknown"
            )
        if row[1] is None:
            raise UserError(f"{path} has no text: {row[2]}", "See carrel documents.", "no_text")
        pages = self._db.rows(
            "SELECT page, start, end FROM document_pages WHERE document_id=? ORDER BY page",
            (row[0],),
        )
        return zlib.decompress(row[1]).decode("utf-8"), [PageRange(*one) for one in pages]

    def char_map(self, path: str, page: int) -> list[int]:
        """For a PDF page: pdfium character index of each character of its text; [] is identity."""
        packed = self._db.value(
            "SELECT p.char_map_z FROM document_pages p JOIN documents d ON d.id=p.document_id"
            " WHERE d.path=? AND p.page=?",
            (path, page),
        )
        return msgspec.json.decode(zlib.decompress(packed), type=list[int]) if packed else []

    def detail(self, path: str) -> dict[str, Any]:
        """Title, format, engine, digest, page count and unseen characters of a document, {} when
        unknown."""
        names = ("title", "format", "engine", "digest", "pages", "unseen")
        row = self._db.one(f"SELECT {', '.join(names)} FROM documents WHERE path=?", (path,))
        return dict(zip(names, row or (), strict=False))
