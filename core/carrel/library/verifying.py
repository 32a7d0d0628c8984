"""Checks what is stored: the database, passages against texts, and the index against both."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

from carrel.errors import CarrelError
from carrel.events import Plain
from carrel.library import chunking

if TYPE_CHECKING:
    from carrel.library.index import LanceIndex
    from carrel.library.terms import TermHasher
    from carrel.store.catalogue import Catalogue
    from carrel.store.database import Database

_SAMPLE = 200  # passages whose words and vectors are looked up in the index


class Check(Plain, frozen=True):
    """One thing that was checked: whether it is as it should be, and a sentence."""

    name: str
    ok: bool
    words: str


class Verified(Plain, frozen=True):
    """All checks; `ok` when every one is."""

    ok: bool
    checks: list[Check]
    documents: int
    passages: int


def verify(
    database: Database, catalogue: Catalogue, index: LanceIndex, hasher: TermHasher
) -> Verified:
    """Check everything; nothing is changed. Reads all texts, so it takes its time."""
    passages, _, documents = catalogue.counts()
    checks = [_database(database), _texts(database), *_index(catalogue, index, hasher)]
    return Verified(
        ok=all(one.ok for one in checks), checks=checks, documents=documents, passages=passages
    )


def _database(database: Database) -> Check:
    (found,) = [database.value("PRAGMA integrity_check")]
    orphans = len(database.rows("PRAGMA foreign_key_check"))
    ok = found == "ok" and not orphans
    words = "whole" if ok else f"{found}; {orphans} rows without what they belong to"
    return Check(name="database", ok=ok, words=words)


def _texts(database: Database) -> Check:
    """Every passage is what its document's text says there, by digest too."""
    wrong, count = list[str](), 0
    for number, path in database.rows("SELECT id, path FROM documents ORDER BY id"):
        bad, seen = _wrong_passages(database, number)
        count += seen
        wrong += [path] if bad else []
    if wrong:
        return Check(name="passages", ok=False, words=f"not as the text says in {wrong[0]}")
    return Check(name="passages", ok=True, words=f"{count:,} stand in their texts")


def _wrong_passages(database: Database, document_id: int) -> tuple[int, int]:
    """How many passages of a document are wrong, and how many it has."""
    data = database.value("SELECT text_z FROM document_texts WHERE document_id=?", (document_id,))
    rows = database.rows(
        "SELECT start, end, text, digest FROM passages WHERE document_id=?", (document_id,)
    )
    if data is None:
        return len(rows), len(rows)
    text = zlib.decompress(data).decode("utf-8")
    good = sum(
        text[start:end] == words
        and blake2b(words.encode("utf-8"), digest_size=16).digest() == bytes(digest)
        for start, end, words, digest in rows
    )
    return len(rows) - good, len(rows)


def _index(catalogue: Catalogue, index: LanceIndex, hasher: TermHasher) -> Iterator[Check]:
    terms, vectors, _ = catalogue.counts()
    try:
        index.check(terms, vectors, _sampled(catalogue, hasher))
    except CarrelError as error:
        yield Check(name="index", ok=False, words=str(error))
        return
    words = f"{terms:,} passages by words, {vectors:,} by meaning"
    yield Check(name="index", ok=True, words=words)


def _sampled(catalogue: Catalogue, hasher: TermHasher) -> Iterator[tuple[int, int, str]]:
    """Some passages with their words as they must stand in the index."""
    indexed = catalogue.with_words()
    for number in random.Random(len(indexed)).sample(indexed, min(_SAMPLE, len(indexed))):
        for row in catalogue.passages_of(number)[:1]:
            prefix = chunking.prefix(row.title, row.headings)
            yield row.passage_id, number, hasher.of_passage(prefix, row.text)
