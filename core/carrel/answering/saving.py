"""Where one question is kept while it is answered, if anywhere, and how often.

The question is kept when it is asked, the quotes when they are found, the answer at the end of
sentences and at least every second: a power cut costs what was said since. Each time is one
transaction that waits for the disk (some 5 ms), so it is not done for every token.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from carrel.sentences import ends_sentence

if TYPE_CHECKING:
    from carrel.answering.prompt import PastTurn
    from carrel.desk.requests import Ask
    from carrel.events import Answer
    from carrel.store.conversations import Conversations
    from carrel.store.unsaved import UnsavedConversations

_SOONEST, _LATEST = 0.25, 1.0  # seconds between two savings of a streaming answer


class Saver:
    """Keeps one turn. Ids are 0 where nothing is kept; `again` counts how often this question was
    asked in this place before."""

    def __init__(
        self, request: Ask, saved: Conversations | None, unsaved: UnsavedConversations
    ) -> None:
        """Save the question. Raises UserError when its conversation or turn does not exist."""
        in_memory = request.conversation_id < 0 or (not request.trace and request.in_memory)
        before = unsaved if request.conversation_id < 0 else saved
        self._store = unsaved if in_memory else saved if request.trace else None
        self._last = 0.0
        self.conversation_id, self.turn_id = request.conversation_id, 0
        self.branches: list[int] = []
        self.again = 0
        if self._store is not None:
            self.conversation_id, self.turn_id = self._store.start_turn(
                request.conversation_id, request.question, request.mode, request.branch_of
            )
            self.branches = self._store.branches_of(self.conversation_id, self.turn_id)
            before = self._store
        self.history: list[PastTurn] = []
        if before is not None and self.conversation_id:
            self.history = before.history(self.conversation_id, self.turn_id)
        if self._store is not None and request.branch_of:
            self.again = self._store.asked_again(self.conversation_id, self.turn_id)

    def sent(self, prompt: str, history: list[PastTurn]) -> None:
        """Keep the user message as it was sent, after these earlier turns."""
        if self._store is not None:
            begun = history[0].id if history else self.turn_id
            self._store.keep_prompt(self.turn_id, prompt, begun)

    def said(self, answer: Answer, text: str) -> None:
        """Keep the answer so far where it is time to; `text` are its newest words."""
        waited = time.monotonic() - self._last
        if waited > _LATEST or (waited > _SOONEST and ends_sentence(text)):
            self.save("streaming", answer)

    def save(self, state: str, answer: Answer, note: str = "") -> None:
        """Keep the answer as it stands."""
        self._last = time.monotonic()
        if self._store is not None:
            self._store.save(self.turn_id, state, answer, note)
