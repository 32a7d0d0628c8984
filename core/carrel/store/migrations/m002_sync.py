"""Schema 2, for sync: rules of a collection, where its folders were mounted, what is left out.

`collections.rules` is JSON ("" for the defaults). `collection_paths.device` is the number of the
file system that the folder was on when it was last seen with its files (null: not known): another
one at the same place, without any of the files, is an empty mount point. `left_out` holds what
lies in the folders and is no document, and why. `former_paths` leads from where a document was,
which is what citations name, to where it is.
"""

from __future__ import annotations

import time
from typing import Any

NUMBER = 2

_STATEMENTS = (
    "ALTER TABLE collections ADD COLUMN rules TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE collections ADD COLUMN synced REAL",
    "ALTER TABLE collection_paths ADD COLUMN device INTEGER",
    "CREATE TABLE left_out ("
    " collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,"
    " path TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,"
    " PRIMARY KEY (collection_id, path)) WITHOUT ROWID",
    "CREATE TABLE former_paths (path TEXT PRIMARY KEY, document_id INTEGER NOT NULL"
    " REFERENCES documents(id) ON DELETE CASCADE)",
    "CREATE TABLE flags (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE INDEX documents_by_digest ON documents(digest)",
)


def up(connection: Any) -> None:
    """Add the columns and tables; nothing that is there changes."""
    for statement in _STATEMENTS:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_history VALUES (?, ?)", (NUMBER, time.time()))
