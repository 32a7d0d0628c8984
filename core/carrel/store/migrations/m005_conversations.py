"""Schema 5, for conversations: folders, pins, branches, what an answer was made from, and search.

Turns are a tree: those with one `parent_id` are branches of each other, and `chosen` marks the one
that is shown; the path from the first turn along the chosen ones is the conversation as it is read
and prompted. `window_from` is the oldest turn that the prompt of a turn held. `turn_sources` holds
the digest of each document as it was when the answer was made. `turn_words` replaces `turns_fts`:
it holds no text, only folded words, in which scripts without spaces can be searched too. A change
of a turn's text takes its words out; whoever writes the text puts the new ones in.
"""

from __future__ import annotations

import time
from typing import Any

from carrel.store import turn_words

NUMBER = 5

_STATEMENTS = (
    "ALTER TABLE conversations ADD COLUMN folder TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE turns ADD COLUMN chosen INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE turns ADD COLUMN window_from INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX turns_by_parent ON turns(parent_id)",
    "CREATE INDEX turns_under_way ON turns(id) WHERE state='streaming'",
    "CREATE TABLE turn_sources (turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,"
    " document TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (turn_id, document)) WITHOUT ROWID",
    "DROP TRIGGER turns_added",
    "DROP TRIGGER turns_removed",
    "DROP TRIGGER turns_changed",
    "DROP TABLE turns_fts",
    # Words are folded before they come here; `ascii` takes every other character for a letter.
    "CREATE VIRTUAL TABLE turn_words USING fts5(question, answer, content='', contentless_delete=1,"
    " tokenize='ascii')",
    "CREATE TRIGGER turns_removed AFTER DELETE ON turns BEGIN"
    " DELETE FROM turn_words WHERE rowid=old.id; END",
    "CREATE TRIGGER turns_changed AFTER UPDATE OF question, answer ON turns BEGIN"
    " DELETE FROM turn_words WHERE rowid=old.id; END",
)


def up(connection: Any) -> None:
    """Add the columns and tables, and put the words of all turns into the new index."""
    for statement in _STATEMENTS:
        connection.execute(statement)
    rows = connection.execute("SELECT id, question, answer FROM turns").fetchall()
    for turn, question, answer in rows:
        turn_words.put(connection, turn, question, answer)
    connection.execute("INSERT INTO schema_history VALUES (?, ?)", (NUMBER, time.time()))
