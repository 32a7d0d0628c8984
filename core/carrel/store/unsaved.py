"""No-trace conversations: in the memory of this process, in no file, gone when it ends.

They speak as `Conversations` does; ids are below 0. Keeping one copies it into carrel.db.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Set
from dataclasses import dataclass, field

from carrel.answering.prompt import PastTurn, holds
from carrel.answering.redacting import redact
from carrel.desk.conversation_requests import ConversationIs, ConversationRow, TurnRow
from carrel.errors import UserError
from carrel.events import Answer, Mode
from carrel.store import branches
from carrel.store.conversations import answer_of, no_turn
from carrel.store.names import LONGEST_TITLE, checked, title_of


@dataclass
class UnsavedTurn:
    """A turn as `Conversations` stores it."""

    id: int
    parent: int
    question: str
    mode: Mode
    asked: float
    state: str = "streaming"
    note: str = ""
    prompt: str = ""
    window_from: int = 0
    chosen: bool = True
    result: Answer = field(default_factory=lambda: answer_of(None))


@dataclass
class Unsaved:
    """A conversation in memory; `turns` in the order in which they were asked."""

    id: int
    title: str
    created: float
    turns: list[UnsavedTurn] = field(default_factory=list)

    @property
    def nodes(self) -> list[branches.Node]:
        """The tree of its turns."""
        return [branches.Node(one.id, one.parent, one.chosen) for one in self.turns]

    def row(self) -> ConversationRow:
        """As the list of conversations shows it."""
        return ConversationRow(
            id=self.id, title=self.title, updated=self.turns[-1].asked, turns=len(self.turns)
        )


class UnsavedConversations:
    """All no-trace conversations of this process."""

    def __init__(self) -> None:
        self._all: dict[int, Unsaved] = {}
        self._last = 0
        self._lock = threading.Lock()

    def start_turn(
        self, conversation_id: int, question: str, mode: Mode, branch_of: int = 0
    ) -> tuple[int, int]:
        """As `Conversations.start_turn`."""
        now = time.time()
        with self._lock:
            if conversation_id == 0 and not branch_of:
                conversation_id = self._next()
                self._all[conversation_id] = Unsaved(conversation_id, title_of(question), now)
            found = self.require(conversation_id)
            if branch_of:
                parent = self._turn(found, branch_of).parent
            else:
                parent = branches.path(found.nodes)[-1] if found.turns else 0
            self._leave(found, parent)
            turn = UnsavedTurn(self._next(), parent, question, mode, now)
            found.turns.append(turn)
            return conversation_id, turn.id

    def keep_prompt(self, turn_id: int, prompt: str, window_from: int = 0) -> None:
        """As `Conversations.keep_prompt`."""
        for turn in self._turns(turn_id):
            turn.prompt, turn.window_from = prompt, window_from

    def save(self, turn_id: int, state: str, result: Answer, note: str = "") -> None:
        """As `Conversations.save`."""
        for turn in self._turns(turn_id):
            turn.state, turn.result, turn.note = state, result, note

    def history(self, conversation_id: int, before: int) -> list[PastTurn]:
        """As `Conversations.history`."""
        found = self.require(conversation_id)
        way = branches.way_to(found.nodes, before)[:-1] if before else branches.path(found.nodes)
        known = {one.id: one for one in found.turns if one.result.answer}
        return [
            PastTurn(
                id=turn.id, question=turn.question, answer=turn.result.answer, prompt=turn.prompt,
                passages=[h.passage_id for h in turn.result.passages if holds(turn.prompt, h)],
                window_from=turn.window_from,
            )
            for turn in (known[one] for one in way if one in known)
        ]  # fmt: skip

    def branches_of(self, conversation_id: int, turn_id: int) -> list[int]:
        """As `Conversations.branches_of`."""
        return branches.siblings(self.require(conversation_id).nodes, turn_id)

    def asked_again(self, conversation_id: int, turn_id: int) -> int:
        """As `Conversations.asked_again`."""
        found = self.require(conversation_id)
        questions = [self._turn(found, one).question for one in self.branches_of(found.id, turn_id)]
        return questions.count(self._turn(found, turn_id).question) - 1

    def choose(self, turn_id: int) -> int:
        """As `Conversations.choose`."""
        for found in self._all.values():
            if any(one.id == turn_id for one in found.turns):
                for step in branches.way_to(found.nodes, turn_id):
                    turn = self._turn(found, step)
                    self._leave(found, turn.parent)
                    turn.chosen = True
                return found.id
        raise no_turn(turn_id)

    def open(self, conversation_id: int, *, all_branches: bool = False) -> ConversationIs:
        """As `Conversations.open`."""
        found = self.require(conversation_id)
        nodes = found.nodes
        wanted = [node.id for node in nodes] if all_branches else branches.path(nodes)
        turns = {
            one.id: TurnRow(
                id=one.id, question=one.question, mode=one.mode, state=one.state,  # type: ignore[arg-type]
                note=one.note, asked=one.asked, result=one.result, parent=one.parent,
                branches=branches.siblings(nodes, one.id),
            )
            for one in found.turns
        }  # fmt: skip
        return ConversationIs(
            id=found.id, title=found.title, created=found.created,
            updated=found.turns[-1].asked, turns=[turns[one] for one in wanted],
        )  # fmt: skip

    def digests(self, conversation_id: int) -> dict[str, list[str]]:
        """None are noted: what is indexed now was read."""
        return {}

    def rename(self, conversation_id: int, title: str) -> None:
        """As `Conversations.rename`."""
        self.require(conversation_id).title = checked(title, LONGEST_TITLE, "title") or "Untitled"

    def delete(self, conversation_id: int) -> None:
        """Let go of a conversation."""
        self.require(conversation_id)
        del self._all[conversation_id]

    def listing(self) -> list[ConversationRow]:
        """All of them, newest first."""
        rows = [one.row() for one in self._all.values() if one.turns]
        return sorted(rows, key=lambda row: -row.updated)

    def redact(self, paths: Set[str]) -> None:
        """Take what comes from forgotten documents out of all answers: they may be kept later."""
        for found in self._all.values():
            for turn in found.turns:
                redacted = redact(turn.result, paths)
                if redacted is not None:
                    turn.result, turn.prompt = redacted.answer, ""

    def clear(self) -> None:
        """Let go of everything."""
        self._all.clear()

    def require(self, conversation_id: int) -> Unsaved:
        """The conversation. Raises UserError when it is gone."""
        if conversation_id not in self._all:
            raise UserError(
                "This conversation was kept in memory only and is gone.",
                "Start a new one.",
                "conversation",
            )
        return self._all[conversation_id]

    def _next(self) -> int:
        self._last -= 1
        return self._last

    def _turns(self, turn_id: int) -> list[UnsavedTurn]:
        """The turn, none when it was deleted meanwhile."""
        return [t for one in self._all.values() for t in one.turns if t.id == turn_id]

    def _turn(self, found: Unsaved, turn_id: int) -> UnsavedTurn:
        for turn in found.turns:
            if turn.id == turn_id:
                return turn
        raise no_turn(turn_id)

    def _leave(self, found: Unsaved, parent: int) -> None:
        for turn in found.turns:
            if turn.parent == parent:
                turn.chosen = False
