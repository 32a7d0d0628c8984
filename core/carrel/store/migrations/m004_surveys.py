"""Schema 4, for surveys: one question to every document, with a row per document.

A row goes with its document: what is forgotten leaves no quote in a survey. The path is not kept,
so that a moved document is found under its new one.
"""

from __future__ import annotations

import time
from typing import Any

NUMBER = 4

_STATEMENTS = (
    "CREATE TABLE surveys (id INTEGER PRIMARY KEY, question TEXT NOT NULL,"
    " collections TEXT NOT NULL, answers INTEGER NOT NULL, created REAL NOT NULL)",
    "CREATE TABLE survey_rows (survey_id INTEGER NOT NULL REFERENCES surveys(id) ON DELETE CASCADE,"
    " document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,"
    " row TEXT NOT NULL, PRIMARY KEY (survey_id, document_id)) WITHOUT ROWID",
    "CREATE INDEX survey_rows_by_document ON survey_rows(document_id)",
)


def up(connection: Any) -> None:
    """Add the tables; nothing that is there changes."""
    for statement in _STATEMENTS:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_history VALUES (?, ?)", (NUMBER, time.time()))
