"""Conversations and their turns, saved as they happen, so that a crash loses nothing shown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from carrel.answering.prompt import PastTurn, holds
from carrel.desk.conversation_requests import ConversationIs, TurnRow
from carrel.errors import UserError
from carrel.events import Answer, Mode
from carrel.store import branches, turn_words
from carrel.store.names import LONGEST_FOLDER, LONGEST_TITLE, checked, title_of

if TYPE_CHECKING:
    from carrel.store.database import Database
    from carrel.store.unsaved import Unsaved

DIED = "Carrel ended before the answer did."
_TURN = "id, question, mode, state, note, asked, result, coalesce(parent_id, 0)"


class Conversations:
    """The conversation part of carrel.db; `carrel.store.finding` lists and searches it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- one turn, as it happens ---

    def start_turn(
        self, conversation_id: int, question: str, mode: Mode, branch_of: int = 0
    ) -> tuple[int, int]:
        """Save a question at the end of the path that is read, or as a branch of another turn;
        conversation 0 starts a new one. Returns conversation and turn ids.

        Raises UserError when the conversation, or the turn in it, does not exist.
        """
        now = time.time()
        with self.database.write() as db:
            if conversation_id == 0 and not branch_of:
                conversation_id = _insert_conversation(db, title_of(question), now)
            else:
                self.require(conversation_id)
                db.execute("UPDATE conversations SET updated=? WHERE id=?", (now, conversation_id))
            parent = self._parent(conversation_id, branch_of)
            _leave(db, conversation_id, parent)
            turn_id = db.execute(
                "INSERT INTO turns(conversation_id, parent_id, question, mode, state, asked)"
                " VALUES (?, ?, ?, ?, 'streaming', ?)",
                (conversation_id, parent, question, mode, now),
            ).lastrowid
            turn_words.put(db, turn_id, question, "")
        return conversation_id, int(turn_id)

    def keep_prompt(self, turn_id: int, prompt: str, window_from: int = 0) -> None:
        """Save the user message as it was sent, so that the next turn repeats it exactly, and the
        oldest turn that was sent with it."""
        with self.database.write() as db:
            db.execute(
                "UPDATE turns SET prompt=?, window_from=? WHERE id=?",
                (prompt, window_from, turn_id),
            )

    def save(self, turn_id: int, state: str, result: Answer, note: str = "") -> None:
        """Save the answer as it stands, with its citations, in one transaction.

        A turn that was deleted meanwhile stays deleted.
        """
        with self.database.write() as db:
            row = db.execute("SELECT question FROM turns WHERE id=?", (turn_id,)).fetchone()
            if row is not None:
                _write(db, turn_id, row[0], state, result, note)

    def recover(self) -> int:
        """Mark turns that a dead process left streaming; returns how many there were."""
        with self.database.write() as db:
            return int(
                db.execute(
                    "UPDATE turns SET state='died', note=? WHERE state='streaming'", (DIED,)
                ).rowcount
            )

    def history(self, conversation_id: int, before: int) -> list[PastTurn]:
        """The turns that lead to turn `before` (the whole path that is read where that is 0) and
        have an answer, oldest first."""
        nodes = self._nodes(conversation_id)
        way = branches.way_to(nodes, before)[:-1] if before else branches.path(nodes)
        order = {turn: place for place, turn in enumerate(way)}
        rows = self.database.rows(
            "SELECT id, question, answer, prompt, result, window_from FROM turns"
            " WHERE conversation_id=? AND answer != ''",
            (conversation_id,),
        )
        known = sorted((row for row in rows if row[0] in order), key=lambda row: order[row[0]])
        return [
            PastTurn(
                id=row[0],
                question=row[1],
                answer=row[2],
                prompt=row[3],
                # An answer names all passages that its prompt held; some stood in earlier turns.
                passages=[h.passage_id for h in answer_of(row[4]).passages if holds(row[3], h)],
                window_from=row[5],
            )
            for row in known
        ]

    # --- branches ---

    def branches_of(self, conversation_id: int, turn_id: int) -> list[int]:
        """The turns that stand in one place, `turn_id` among them, oldest first."""
        return branches.siblings(self._nodes(conversation_id), turn_id)

    def asked_again(self, conversation_id: int, turn_id: int) -> int:
        """How many other branches of a turn ask the same question."""
        others = self.branches_of(conversation_id, turn_id)
        marks = ",".join("?" * len(others))
        return int(
            self.database.value(
                f"SELECT count(*) FROM turns WHERE id IN ({marks}) AND id != ?"
                " AND question=(SELECT question FROM turns WHERE id=?)",
                (*others, turn_id, turn_id),
            )
        )

    def choose(self, turn_id: int) -> int:
        """Let the path that is read go through this turn; returns its conversation. Raises
        UserError when there is no such turn."""
        found = self.database.one("SELECT conversation_id FROM turns WHERE id=?", (turn_id,))
        if found is None:
            raise no_turn(turn_id)
        conversation = int(found[0])
        nodes = self._nodes(conversation)
        parents = {node.id: node.parent or None for node in nodes}
        with self.database.write() as db:
            for turn in branches.way_to(nodes, turn_id):
                _leave(db, conversation, parents[turn])
                db.execute("UPDATE turns SET chosen=1 WHERE id=?", (turn,))
        return conversation

    # --- a whole conversation ---

    def open(self, conversation_id: int, *, all_branches: bool = False) -> ConversationIs:
        """A conversation with the turns of the path that is read, or with all. Raises UserError
        when it does not exist."""
        row = self.require(conversation_id)
        nodes = self._nodes(conversation_id)
        wanted = [node.id for node in nodes] if all_branches else branches.path(nodes)
        rows = self.database.rows(
            f"SELECT {_TURN} FROM turns WHERE conversation_id=?", (conversation_id,)
        )
        by_id = {
            r[0]: TurnRow(
                id=r[0], question=r[1], mode=r[2], state=r[3], note=r[4], asked=r[5],
                result=answer_of(r[6]), parent=r[7], branches=branches.siblings(nodes, r[0]),
            )
            for r in rows
        }  # fmt: skip
        return ConversationIs(
            id=conversation_id, title=row[0], folder=row[1], pinned=bool(row[2]), created=row[3],
            updated=row[4], turns=[by_id[one] for one in wanted if one in by_id],
        )  # fmt: skip

    def digests(self, conversation_id: int) -> dict[str, list[str]]:
        """The documents that answers of a conversation were made from: the BLAKE2b digests that
        their files had then, by path."""
        rows = self.database.rows(
            "SELECT DISTINCT s.document, s.digest FROM turn_sources s JOIN turns t"
            " ON t.id=s.turn_id WHERE t.conversation_id=? ORDER BY 1, 2",
            (conversation_id,),
        )
        found: dict[str, list[str]] = {}
        for path, digest in rows:
            found.setdefault(path, []).append(digest)
        return found

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation another title; "" is "Untitled". Raises UserError."""
        self._set(conversation_id, "title", checked(title, LONGEST_TITLE, "title") or "Untitled")

    def pin(self, conversation_id: int, pinned: bool) -> None:
        """Let a conversation stand above the others, or no longer. Raises UserError."""
        self._set(conversation_id, "pinned", int(pinned))

    def move(self, conversation_id: int, folder: str) -> None:
        """Put a conversation into a folder, "" takes it out of all. Raises UserError."""
        self._set(conversation_id, "folder", checked(folder, LONGEST_FOLDER, "folder"))

    def delete(self, conversation_id: int) -> None:
        """Remove a conversation with its turns and citations; secure_delete overwrites them."""
        self.require(conversation_id)
        with self.database.write() as db:
            db.execute("DELETE FROM conversations WHERE id=?", (conversation_id,))

    def keep(self, unsaved: Unsaved) -> int:
        """Save a conversation that was in memory only, with all its branches; returns its id."""
        ids: dict[int, int | None] = {0: None}
        with self.database.write() as db:
            conversation = _insert_conversation(db, unsaved.title, unsaved.created)
            for turn in unsaved.turns:
                ids[turn.id] = number = db.execute(
                    "INSERT INTO turns(conversation_id, parent_id, question, mode, state, asked,"
                    " prompt, chosen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        conversation, ids[turn.parent], turn.question, turn.mode, turn.state,
                        turn.asked, turn.prompt, turn.chosen,
                    ),
                ).lastrowid  # fmt: skip
                _write(db, number, turn.question, turn.state, turn.result, turn.note)
            db.executemany(
                "UPDATE turns SET window_from=? WHERE id=?",
                [(ids.get(turn.window_from) or 0, ids[turn.id]) for turn in unsaved.turns],
            )
        return conversation

    def require(self, conversation_id: int) -> tuple[Any, ...]:
        """Title, folder, pinned, created and updated. Raises UserError when it does not exist."""
        row = self.database.one(
            "SELECT title, folder, pinned, created, updated FROM conversations WHERE id=?",
            (conversation_id,),
        )
        if row is None:
            raise UserError(
                f"There is no conversation {conversation_id}.", "Start a new one.", "conversation"
            )
        return row

    def _set(self, conversation_id: int, column: str, value: object) -> None:
        self.require(conversation_id)
        with self.database.write() as db:
            db.execute(f"UPDATE conversations SET {column}=? WHERE id=?", (value, conversation_id))

    def _nodes(self, conversation_id: int) -> list[branches.Node]:
        rows = self.database.rows(
            "SELECT id, coalesce(parent_id, 0), chosen FROM turns WHERE conversation_id=?"
            " ORDER BY id",
            (conversation_id,),
        )
        return [branches.Node(row[0], row[1], bool(row[2])) for row in rows]

    def _parent(self, conversation_id: int, branch_of: int) -> int | None:
        """What a new turn follows: the end of the path, or what `branch_of` follows."""
        nodes = self._nodes(conversation_id)
        if not branch_of:
            return branches.path(nodes)[-1] if nodes else None
        found = [node.parent for node in nodes if node.id == branch_of]
        if not found:
            raise no_turn(branch_of)
        return found[0] or None


def no_turn(turn_id: int) -> UserError:
    """What is said when a turn is not there, or not in that conversation."""
    return UserError(
        f"There is no turn {turn_id} here.", "See carrel conversations show ID.", "turn"
    )


def answer_of(data: bytes | None) -> Answer:
    """The answer as it was saved; an empty one before anything was."""
    if data is None:
        return Answer(answer="", origin="none", verdict="not_found")
    return msgspec.json.decode(data, type=Answer)


def documents_of(result: Answer) -> set[str]:
    """The documents that an answer names."""
    return (
        {one.document for one in result.passages}
        | {one.document for one in result.verbatim}
        | {one.document for one in result.citations}
    )


def _insert_conversation(db: Any, title: str, created: float) -> int:
    return int(
        db.execute(
            "INSERT INTO conversations(title, created, updated) VALUES (?, ?, ?)",
            (title, created, time.time()),
        ).lastrowid
    )


def _leave(db: Any, conversation_id: int, parent: int | None) -> None:
    """No branch that follows `parent` is chosen any more."""
    db.execute(
        "UPDATE turns SET chosen=0 WHERE conversation_id=? AND parent_id IS ?",
        (conversation_id, parent),
    )


def _write(db: Any, turn_id: int, question: str, state: str, result: Answer, note: str) -> None:
    db.execute(
        "UPDATE turns SET answer=?, state=?, note=?, origin=?, verdict=?, result=? WHERE id=?",
        (
            result.answer, state, note, result.origin, result.verdict,
            msgspec.json.encode(result), turn_id,
        ),
    )  # fmt: skip
    turn_words.put(db, turn_id, question, result.answer)
    db.execute("DELETE FROM citations WHERE turn_id=?", (turn_id,))
    db.executemany(
        "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                turn_id, i, c.n, c.passage_id, c.document, c.page, c.quote, c.start, c.end,
                c.answer_start, c.answer_end, c.support,
            )
            for i, c in enumerate(result.citations)
        ],
    )  # fmt: skip
    named = documents_of(result)
    db.executemany(
        "INSERT OR IGNORE INTO turn_sources SELECT ?, path, digest FROM documents WHERE path=?",
        [(turn_id, path) for path in sorted(named)],
    )
