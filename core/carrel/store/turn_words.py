"""The words of all questions and answers, to be searched: folded, without the text itself.

Every word of a query must be in the question or the answer; it also finds longer words that begin
with it. Scripts without spaces are held as pairs of neighbouring characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carrel.library.readable import phrases_of, readable

if TYPE_CHECKING:
    from carrel.store.database import Database


def put(connection: Any, turn: int, question: str, answer: str) -> None:
    """Put a turn's words in, inside the caller's transaction; they are not there yet."""
    connection.execute(
        "INSERT INTO turn_words(rowid, question, answer) VALUES (?, ?, ?)",
        (turn, _joined(question), _joined(answer)),
    )


def find(database: Database, query: str, limit: int) -> list[int]:
    """The turns that hold all words of `query`, best first (BM25), newer ones first among equals;
    none where it holds no word."""
    phrases = phrases_of(query)
    if not phrases:
        return []
    wanted = " ".join(f'"{" ".join(one.forms)}"{"*" if one.open else ""}' for one in phrases)
    rows = database.rows(
        "SELECT rowid FROM turn_words WHERE turn_words MATCH ? ORDER BY rank, rowid DESC LIMIT ?",
        (wanted, limit),
    )
    return [row[0] for row in rows]


def optimize(connection: Any) -> None:
    """Write the index anew, so that nothing of what was taken out stays in the file."""
    connection.execute("INSERT INTO turn_words(turn_words) VALUES ('optimize')")


def _joined(text: str) -> str:
    return " ".join(one.form for one in readable(text))
