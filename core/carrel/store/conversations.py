"""Conversations and their turns, saved as they happen, so that a crash loses nothing shown."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from carrel.answering.prompt import PastTurn, holds
from carrel.desk.requests import ConversationIs, ConversationRow, TurnRow
from carrel.errors import UserError
from carrel.events import Answer, Mode

if TYPE_CHECKING:
    from carrel.store.database import Database

_LONGEST_TITLE = 60


class Conversations:
    """The conversation part of carrel.db."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def start_turn(self, conversation_id: int, question: str, mode: Mode) -> tuple[int, int]:
        """Save a question; conversation 0 starts a new one. Returns conversation and turn ids.

        Raises UserError when the conversation does not exist.
        """
        now = time.time()
        with self._db.write() as db:
            if conversation_id == 0:
                conversation_id = db.execute(
                    "INSERT INTO conversations(title, created, updated) VALUES (?, ?, ?)",
                    (title_of(question), now, now),
                ).lastrowid
            else:
                self._require(conversation_id)
                db.execute("UPDATE conversations SET updated=? WHERE id=?", (now, conversation_id))
            parent = db.execute(
                "SELECT max(id) FROM turns WHERE conversation_id=?", (conversation_id,)
            ).fetchone()[0]
            turn_id = db.execute(
                "INSERT INTO turns(conversation_id, parent_id, question, mode, state, asked)"
                " VALUES (?, ?, ?, ?, 'streaming', ?)",
                (conversation_id, parent, question, mode, now),
            ).lastrowid
        return conversation_id, int(turn_id)

    def keep_prompt(self, turn_id: int, prompt: str) -> None:
        """Save the user message as it was sent, so that the next turn repeats it exactly."""
        with self._db.write() as db:
            db.execute("UPDATE turns SET prompt=? WHERE id=?", (prompt, turn_id))

    def save(self, turn_id: int, state: str, result: Answer, note: str = "") -> None:
        """Save the answer as it stands, with its citations, in one transaction."""
        with self._db.write() as db:
            db.execute(
                "UPDATE turns SET answer=?, state=?, note=?, origin=?, verdict=?, result=?"
                " WHERE id=?",
                (
                    result.answer, state, note, result.origin, result.verdict,
                    msgspec.json.encode(result), turn_id,
                ),
            )  # fmt: skip
            db.execute("DELETE FROM citations WHERE turn_id=?", (turn_id,))
            db.executemany(
                "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        turn_id, i, c.n, c.passage_id, c.document, c.page, c.quote, c.start,
                        c.end, c.answer_start, c.answer_end, c.support,
                    )
                    for i, c in enumerate(result.citations)
                ],
            )  # fmt: skip

    def history(self, conversation_id: int, before: int) -> list[PastTurn]:
        """Earlier turns that have an answer, oldest first."""
        rows = self._db.rows(
            "SELECT id, question, answer, prompt, result FROM turns WHERE conversation_id=?"
            " AND id<? AND answer != '' ORDER BY id",
            (conversation_id, before),
        )
        return [
            PastTurn(
                id=row[0],
                question=row[1],
                answer=row[2],
                prompt=row[3],
                # An answer names all passages that its prompt held; some stood in earlier turns.
                passages=[h.passage_id for h in _answer(row[4]).passages if holds(row[3], h)],
            )
            for row in rows
        ]

    def recover(self) -> int:
        """Mark turns that a dead process left streaming; returns how many there were."""
        with self._db.write() as db:
            return int(
                db.execute(
                    "UPDATE turns SET state='died', note='Carrel ended before the answer did.'"
                    " WHERE state='streaming'"
                ).rowcount
            )

    def listing(self, query: str = "") -> list[ConversationRow]:
        """Conversations, newest first; with a query those whose words or title match."""
        where, values = "1", list[object]()
        words = _words(query)
        if words:
            where = (
                "instr(lower(c.title), lower(?)) > 0 OR c.id IN (SELECT t.conversation_id FROM"
                " turns t JOIN turns_fts f ON f.rowid=t.id WHERE turns_fts MATCH ?)"
            )
            values = [query.strip(), " ".join(f'"{w}"*' for w in words)]
        return [
            ConversationRow(id=row[0], title=row[1], updated=row[2], turns=row[3])
            for row in self._db.rows(
                "SELECT c.id, c.title, c.updated, (SELECT count(*) FROM turns t"
                f" WHERE t.conversation_id=c.id) FROM conversations c WHERE {where}"
                " ORDER BY c.updated DESC, c.id DESC",
                values,
            )
        ]

    def open(self, conversation_id: int) -> ConversationIs:
        """A whole conversation. Raises UserError when it does not exist."""
        title = self._require(conversation_id)
        rows = self._db.rows(
            "SELECT id, question, mode, state, note, asked, result FROM turns"
            " WHERE conversation_id=? ORDER BY id",
            (conversation_id,),
        )
        turns = [
            TurnRow(
                id=r[0], question=r[1], mode=r[2], state=r[3], note=r[4], asked=r[5],
                result=_answer(r[6]),
            )
            for r in rows
        ]  # fmt: skip
        return ConversationIs(id=conversation_id, title=title, turns=turns)

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation another title."""
        self._require(conversation_id)
        with self._db.write() as db:
            db.execute(
                "UPDATE conversations SET title=? WHERE id=?",
                (title.strip()[:200] or "Untitled", conversation_id),
            )

    def delete(self, conversation_id: int) -> None:
        """Remove a conversation with its turns and citations; secure_delete overwrites them."""
        self._require(conversation_id)
        with self._db.write() as db:
            db.execute("DELETE FROM conversations WHERE id=?", (conversation_id,))

    def _require(self, conversation_id: int) -> str:
        title: str | None = self._db.value(
            "SELECT title FROM conversations WHERE id=?", (conversation_id,)
        )
        if title is None:
            raise UserError(
                f"There is no conversation {conversation_id}.", "Start a new one.", "conversation"
            )
        return title


def title_of(question: str) -> str:
    """A short title: the start of the question, cut at a word."""
    line = " ".join(question.split())
    if len(line) <= _LONGEST_TITLE:
        return line or "Untitled"
    return line[:_LONGEST_TITLE].rsplit(" ", 1)[0] + "…"


def _words(query: str) -> Sequence[str]:
    return re.findall(r"\w+", query)


def _answer(data: bytes | None) -> Answer:
    if data is None:
        return Answer(answer="", origin="none", verdict="not_found")
    return msgspec.json.decode(data, type=Answer)
