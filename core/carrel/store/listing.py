"""Lists of the library for people: collections with their counts, documents with their status."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from carrel.desk.requests import CollectionRow, DocumentRow

if TYPE_CHECKING:
    from carrel.store.database import Database

_GROUPS = {
    "unreadable": ("empty", "encrypted", "failed", "missing", "quarantined"),
    "readable": ("indexed", "keyword_only"),
}


def collections(
    database: Database, note: Callable[[str], str] = lambda name: ""
) -> list[CollectionRow]:
    """Every collection with its paths, its counts and its state; `note` says what else is to be
    told of one."""
    found = database.rows(
        "SELECT c.id, c.name, count(d.id),"
        " coalesce(sum(d.status IN ('empty','encrypted','failed','missing','quarantined')), 0),"
        " coalesce(sum(d.status='reading' OR d.status='keyword_only'), 0)"
        " FROM collections c LEFT JOIN collection_documents cd ON cd.collection_id=c.id"
        " LEFT JOIN documents d ON d.id=cd.document_id GROUP BY c.id ORDER BY c.name"
    )
    return [_collection(database, *row, note=note(row[1])) for row in found]


def _collection(
    database: Database,
    number: int,
    name: str,
    documents: int,
    unreadable: int,
    unfinished: int,
    *,
    note: str,
) -> CollectionRow:
    counts = database.one(
        "SELECT count(p.id), coalesce(sum(d.words_at IS NOT NULL), 0),"
        " coalesce(sum(d.meaning_at IS NOT NULL), 0) FROM collection_documents cd"
        " JOIN documents d ON d.id=cd.document_id JOIN passages p ON p.document_id=d.id"
        " WHERE cd.collection_id=?",
        (number,),
    ) or (0, 0, 0)
    paths = [
        row[0]
        for row in database.rows(
            "SELECT path FROM collection_paths WHERE collection_id=? ORDER BY path", (number,)
        )
    ]
    away = bool(paths) and not any(os.path.exists(path) for path in paths)
    return CollectionRow(
        name=name,
        paths=paths,
        documents=documents,
        passages=counts[0],
        by_words=counts[1],
        by_meaning=counts[2],
        unreadable=unreadable,
        state="away" if away else "indexing" if unfinished else "in sync",
        note=note,
    )


def documents(
    database: Database,
    *,
    collection: str = "",
    status: str = "",
    contains: str = "",
    offset: int = 0,
    limit: int = -1,
) -> tuple[list[DocumentRow], int]:
    """Documents that pass the filters, by path, and how many there are without `limit`.

    `status` may be "unreadable" for every status without text, "readable" for those with it. Limit
    -1 is all.
    """
    where, values = _filters(collection, status, contains)
    rows = database.rows(
        "SELECT d.path, d.title, d.status, d.code, d.reason,"
        " (SELECT count(*) FROM passages p WHERE p.document_id=d.id), d.size, d.modified_ns,"
        " d.unseen,"
        " (SELECT group_concat(c.name, char(31)) FROM collection_documents cd JOIN collections c"
        "  ON c.id=cd.collection_id WHERE cd.document_id=d.id),"
        " d.status != 'empty' AND EXISTS (SELECT 1 FROM picture_pages o"
        "  WHERE o.document_id=d.id AND o.words_z IS NOT NULL)"
        f" FROM documents d WHERE {where} ORDER BY d.path LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    total = int(database.value(f"SELECT count(*) FROM documents d WHERE {where}", values))
    return [_document(row) for row in rows], total


def _document(row: tuple[object, ...]) -> DocumentRow:
    path, title, status, code, reason, passages, size, modified_ns, unseen, names, ocr = row
    return DocumentRow(
        path=path,  # type: ignore[arg-type]
        title=title,  # type: ignore[arg-type]
        status=status,  # type: ignore[arg-type]
        code=code,  # type: ignore[arg-type]
        reason=reason,  # type: ignore[arg-type]
        passages=passages,  # type: ignore[arg-type]
        size=size,  # type: ignore[arg-type]
        modified=int(str(modified_ns)) / 1e9,
        unseen=unseen,  # type: ignore[arg-type]
        collections=str(names or "").split("\x1f") if names else [],
        ocr=bool(ocr),
    )


def _filters(collection: str, status: str, contains: str) -> tuple[str, list[object]]:
    parts, values = ["d.status != ''"], list[object]()
    if collection:
        parts.append(
            "d.id IN (SELECT document_id FROM collection_documents cd JOIN collections c"
            " ON c.id=cd.collection_id WHERE c.name=?)"
        )
        values.append(collection)
    if status in _GROUPS:
        parts.append(f"d.status IN ({','.join('?' * len(_GROUPS[status]))})")
        values.extend(_GROUPS[status])
    elif status:
        parts.append("d.status=?")
        values.append(status)
    if contains:
        parts.append("instr(lower(d.path), lower(?)) > 0")
        values.append(contains)
    return " AND ".join(parts), values
