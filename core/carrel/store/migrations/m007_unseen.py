"""Schema 7, for text that nobody sees: `documents.unseen` counts a document's characters that are
white, tiny or beside the page. Documents of before say 0 until they are read again.
"""

from __future__ import annotations

import time
from typing import Any

NUMBER = 7


def up(connection: Any) -> None:
    """Add the column; nothing that is there changes."""
    connection.execute("ALTER TABLE documents ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0")
    connection.execute("INSERT INTO schema_history VALUES (?, ?)", (NUMBER, time.time()))
