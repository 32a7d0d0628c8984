"""Lists conversations and searches their titles, questions and answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import msgspec

from carrel.desk.conversation_requests import (
    ConversationHit,
    ConversationRow,
    ConversationsFound,
)
from carrel.library.readable import phrases_of, spans
from carrel.store import turn_words

if TYPE_CHECKING:
    from carrel.store.database import Database

SNIPPET = 160  # characters
_BEFORE = 40
_MOST = 500  # turns that one search looks at
_ROW = (
    "SELECT c.id, c.title, c.updated, (SELECT count(*) FROM turns t WHERE t.conversation_id=c.id),"
    " c.folder, c.pinned FROM conversations c"
)


def listing(
    database: Database, query: str = "", folder: str | None = None
) -> list[ConversationRow]:
    """Conversations, newest first; with a query those that hold all its words in a turn or in the
    title, each with the place that fits best; with a folder ("" is none) those in it."""
    rows = [
        ConversationRow(
            id=row[0], title=row[1], updated=row[2], turns=row[3], folder=row[4],
            pinned=bool(row[5]),
        )
        for row in database.rows(f"{_ROW} ORDER BY c.updated DESC, c.id DESC")
    ]  # fmt: skip
    if folder is not None:
        rows = [row for row in rows if row.folder == folder]
    if not query.strip():
        return rows
    best: dict[int, ConversationHit] = {}
    for hit in search(database, query).hits:
        best.setdefault(hit.conversation_id, hit)
    return [msgspec.structs.replace(row, found=best[row.id]) for row in rows if row.id in best]


def search(database: Database, query: str, limit: int = _MOST) -> ConversationsFound:
    """Where conversations hold all words of `query`: turns, best first (BM25), then titles."""
    begun = time.monotonic()
    turns = turn_words.find(database, query, limit)
    hits = [hit for turn in turns if (hit := _in_turn(database, turn, query)) is not None]
    hits += _in_titles(database, query)
    spent = round((time.monotonic() - begun) * 1000, 1)
    return ConversationsFound(query=query, hits=hits[:limit], milliseconds=spent)


def folders(database: Database) -> list[str]:
    """The folders that hold a conversation, in order."""
    rows = database.rows("SELECT DISTINCT folder FROM conversations WHERE folder != ''")
    return sorted((row[0] for row in rows), key=str.casefold)


def _in_turn(database: Database, turn: int, query: str) -> ConversationHit | None:
    row = database.one(
        "SELECT t.conversation_id, c.title, t.question, t.answer FROM turns t"
        " JOIN conversations c ON c.id=t.conversation_id WHERE t.id=?",
        (turn,),
    )
    if row is None:
        return None
    conversation, title, question, answer = row
    asked, said = spans(question, query), spans(answer, query)
    if len(said) > len(asked):
        return _hit(conversation, title, turn, "answer", answer, said)
    return _hit(conversation, title, turn, "question", question, asked)


def _in_titles(database: Database, query: str) -> list[ConversationHit]:
    """Titles of conversations that hold every word of the query."""
    wanted = len(phrases_of(query))
    found = []
    for number, title in database.rows(
        "SELECT id, title FROM conversations ORDER BY updated DESC, id DESC"
    ):
        if wanted and all(spans(title, word) for word in _single(query)):
            found.append(_hit(number, title, 0, "title", title, spans(title, query)))
    return found


def _single(query: str) -> list[str]:
    """The words of a query as queries of their own."""
    return [word for word in query.split() if phrases_of(word)]


def _hit(
    conversation: int,
    title: str,
    turn: int,
    part: Literal["title", "question", "answer"],
    text: str,
    marks: list[tuple[int, int]],
) -> ConversationHit:
    first = marks[0] if marks else (0, 0)
    start = _start(text, first[0])
    end = min(len(text), start + SNIPPET)
    shown = "".join(" " if sign.isspace() else sign for sign in text[start:end])
    return ConversationHit(
        conversation_id=conversation, title=title, turn_id=turn, part=part, start=first[0],
        end=first[1], snippet=shown, snippet_start=start,
        marks=[(a - start, b - start) for a, b in marks if a >= start and b <= end],
    )  # fmt: skip


def _start(text: str, mark: int) -> int:
    """Where a snippet begins: at a word, some way before what was found."""
    if mark <= _BEFORE:
        return 0
    space = text.find(" ", mark - _BEFORE, mark)
    return space + 1 if space >= 0 else mark - _BEFORE
