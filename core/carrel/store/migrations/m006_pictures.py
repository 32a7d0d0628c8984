"""Schema 6, for text recognition: the pages of documents that are pictures.

A page without words waits to be recognized; words hold its text, and the box of each word, so that
a quote can be shown on the page. A page goes with its document. Documents that settled as pictures
before are read again, so that their pages are known.
"""

from __future__ import annotations

import time
from typing import Any

NUMBER = 6

_STATEMENTS = (
    "CREATE TABLE picture_pages (document_id INTEGER NOT NULL REFERENCES documents(id)"
    " ON DELETE CASCADE, page INTEGER NOT NULL, words_z BLOB, PRIMARY KEY (document_id, page))"
    " WITHOUT ROWID",
    "UPDATE documents SET size=-1, digest='' WHERE status='empty'"
    " AND reason LIKE '%text recognition (OCR)%'",
)


def up(connection: Any) -> None:
    """Add the table; scans are looked at again at the next sync."""
    for statement in _STATEMENTS:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_history VALUES (?, ?)", (NUMBER, time.time()))
