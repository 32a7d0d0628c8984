"""Schema 1: collections, documents, passages, conversations, models, jobs, and the profile's keys.

Statuses of a document: reading, keyword_only, indexed, empty, encrypted, failed, missing,
quarantined. `words_at` and `meaning_at` say when its passages reached the index (seconds since
1970), null before that: they are what a crash leaves to be done again.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

NUMBER = 1

_TABLES = """
CREATE TABLE profile_keys (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE schema_history (version INTEGER PRIMARY KEY, applied REAL NOT NULL);

CREATE TABLE collections (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created REAL NOT NULL
);
CREATE TABLE collection_paths (
    collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    path TEXT NOT NULL, PRIMARY KEY (collection_id, path)
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL DEFAULT '',
    format TEXT NOT NULL DEFAULT '', size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    digest TEXT NOT NULL DEFAULT '', engine TEXT NOT NULL DEFAULT '', pages INTEGER,
    status TEXT NOT NULL, code TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    deaths INTEGER NOT NULL DEFAULT 0, read_at REAL, words_at REAL, meaning_at REAL
);
CREATE INDEX documents_by_status ON documents(status);
CREATE TABLE collection_documents (
    collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    PRIMARY KEY (collection_id, document_id)
) WITHOUT ROWID;
CREATE INDEX collections_of_document ON collection_documents(document_id);
CREATE TABLE document_texts (
    document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
    text_z BLOB NOT NULL
);
CREATE TABLE document_pages (
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    page INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, char_map_z BLOB,
    PRIMARY KEY (document_id, page)
) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, page INTEGER,
    headings TEXT NOT NULL, tokens INTEGER NOT NULL, text TEXT NOT NULL, digest BLOB NOT NULL
);
CREATE UNIQUE INDEX passages_of_document ON passages(document_id, ordinal);

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL
);
CREATE TABLE turns (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    parent_id INTEGER REFERENCES turns(id) ON DELETE SET NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '', prompt TEXT NOT NULL DEFAULT '',
    mode TEXT NOT NULL,
    state TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL DEFAULT 'none',
    verdict TEXT NOT NULL DEFAULT 'not_found', asked REAL NOT NULL, result BLOB
);
CREATE INDEX turns_of_conversation ON turns(conversation_id, id);
CREATE TABLE citations (
    turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, n INTEGER NOT NULL, passage_id INTEGER NOT NULL,
    document TEXT NOT NULL, page INTEGER, quote TEXT NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL,
    answer_start INTEGER NOT NULL, answer_end INTEGER NOT NULL, support REAL NOT NULL,
    PRIMARY KEY (turn_id, ordinal)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE turns_fts USING fts5(
    question, answer, content='turns', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER turns_added AFTER INSERT ON turns BEGIN
    INSERT INTO turns_fts(rowid, question, answer) VALUES (new.id, new.question, new.answer);
END;
CREATE TRIGGER turns_removed AFTER DELETE ON turns BEGIN
    INSERT INTO turns_fts(turns_fts, rowid, question, answer)
    VALUES ('delete', old.id, old.question, old.answer);
END;
CREATE TRIGGER turns_changed AFTER UPDATE OF question, answer ON turns BEGIN
    INSERT INTO turns_fts(turns_fts, rowid, question, answer)
    VALUES ('delete', old.id, old.question, old.answer);
    INSERT INTO turns_fts(rowid, question, answer) VALUES (new.id, new.question, new.answer);
END;

CREATE TABLE embedders (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, dimensions INTEGER NOT NULL,
    in_use INTEGER NOT NULL DEFAULT 0, added REAL NOT NULL
);
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, payload TEXT NOT NULL, state TEXT NOT NULL,
    created REAL NOT NULL, updated REAL NOT NULL
);
CREATE TABLE lab_runs (
    id INTEGER PRIMARY KEY, created REAL NOT NULL, settings TEXT NOT NULL, report TEXT
);
"""


def up(connection: Any) -> None:
    """Create everything, and the key that term hashes are made with."""
    for statement in _statements(_TABLES):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO profile_keys(name, value) VALUES ('terms', ?)", (secrets.token_bytes(32),)
    )
    connection.execute("INSERT INTO schema_history VALUES (?, ?)", (NUMBER, time.time()))


def _statements(script: str) -> list[str]:
    """Split at semicolons that end a statement; a trigger's body ends with END;"""
    found: list[str] = []
    current: list[str] = []
    in_trigger = False
    for line in script.splitlines():
        in_trigger = in_trigger or line.startswith("CREATE TRIGGER")
        current.append(line)
        ends = line.strip() == "END;" if in_trigger else line.rstrip().endswith(";")
        if ends:
            found.append("\n".join(current))
            current, in_trigger = [], False
    return found
