"""Schema 3, for forgetting: erasures that are under way, and what is not to be taken in again.

`erasures` holds ids of documents whose rows may still be in the index: it names nothing, and a kill
in between is made good at the next start. `forgotten` holds keyed hashes of paths (BLAKE2b with the
profile's key): a file that was forgotten and still lies in a watched folder stays out.
"""

from __future__ import annotations

import time
from typing import Any

NUMBER = 3

_STATEMENTS = (
    "CREATE TABLE erasures (id INTEGER PRIMARY KEY, documents TEXT NOT NULL)",
    "CREATE TABLE forgotten (path_key BLOB PRIMARY KEY) WITHOUT ROWID",
)


def up(connection: Any) -> None:
    """Add the tables; nothing that is there changes."""
    for statement in _STATEMENTS:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_history VALUES (?, ?)", (NUMBER, time.time()))
