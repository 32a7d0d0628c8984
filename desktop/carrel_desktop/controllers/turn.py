"""One question and what is known of its answer so far: pure state, changed by events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from carrel.desk.conversation_requests import TurnRow
from carrel.errors import UserError
from carrel.events import (
    Answer,
    Answered,
    Checked,
    Citation,
    Cited,
    ContextUsed,
    Evidence,
    Hit,
    Interrupted,
    Message,
    Mode,
    ModelLoading,
    PassagesFound,
    Quoted,
    Started,
    Thinking,
    Token,
    Verbatim,
)

Stage = Literal[
    "waiting", "searching", "thinking", "loading", "writing",
    "complete", "stopped", "died", "failed",
]  # fmt: skip
RUNNING: tuple[Stage, ...] = ("waiting", "searching", "thinking", "loading", "writing")


@dataclass
class Turn:
    """`desk_lost` tells a turn that ended with the desk from one that ended with the model."""

    question: str
    mode: Mode
    stage: Stage = "searching"
    id: int = 0
    conversation_id: int = 0
    hits: list[Hit] = field(default_factory=list)
    documents_searched: int | None = None
    milliseconds: float | None = None
    evidence: Evidence | None = None
    verbatim: list[Verbatim] = field(default_factory=list)
    context: ContextUsed | None = None
    loading: float = 0.0
    thinking: str = ""
    answer: str = ""
    citations: list[Citation] = field(default_factory=list)
    unsupported: list[tuple[int, int]] = field(default_factory=list)
    result: Answer | None = None
    what: str = ""
    what_to_do: str = ""
    desk_lost: bool = False
    branches: list[int] = field(default_factory=list)
    """The turns in this place, itself among them, oldest first."""
    survey: bool = False
    """Whether it asks about all documents, which a survey answers better."""

    @property
    def running(self) -> bool:
        """Whether more is to come."""
        return self.stage in RUNNING

    @property
    def not_found(self) -> bool:
        """Whether the answer is that the files do not say."""
        return self.result is not None and self.result.verdict == "not_found"

    @property
    def in_quotes(self) -> bool:
        """Whether the quotes are the answer, and a model's text is offered."""
        return self.result is not None and self.result.offered

    def apply(self, event: Message) -> str:
        """Take in one event of the question; returns what changed: a field's name, or "all"."""
        match event:
            case Started():
                self.id, self.conversation_id = event.turn_id, event.conversation_id
                self.survey, self.branches = event.survey, event.branches
                return "branches"
            case PassagesFound():
                self.hits, self.milliseconds = event.hits, event.milliseconds
                self.documents_searched = event.documents_searched
                return "verbatim"
            case Evidence():
                self.evidence = event
                return "stage"
            case Quoted():
                self.verbatim, self.stage = event.verbatim, "thinking"
                return "verbatim"
            case ContextUsed():
                self.context, self.stage = event, "thinking"
                return "context"
            case ModelLoading():
                self.loading, self.stage = event.fraction, "loading"
                return "stage"
            case Thinking():
                self.thinking += event.text
                self.stage = "thinking"
                return "thinking"
            case Token():
                self.answer += event.text
                self.stage = "writing"
                return "token"
            case Cited():
                self.citations = event.citations
                return "answer"
            case Checked():
                self.unsupported = event.unsupported
                return "answer"
            case Answered() | Interrupted():
                self._last(event)
                return "all"
        return ""

    def fail(self, error: UserError) -> None:
        """End early; what was already there stays."""
        self.desk_lost = error.code in ("desk_died", "no_desk")
        self.stage = "died" if self.desk_lost else "failed"
        self.what, self.what_to_do = error.what, error.what_to_do

    def end(self) -> None:
        """The line said Done: a turn without a last event was stopped."""
        if self.running:
            self.stage = "stopped"

    def _last(self, event: Answered | Interrupted) -> None:
        if isinstance(event, Answered):
            self._settle(event.result, "complete")
            self.id = event.turn_id
        else:
            self._settle(event.partial, event.why)
            self.what, self.what_to_do = event.what, event.what_to_do

    def _settle(self, result: Answer, stage: Stage) -> None:
        self.result, self.stage = result, stage
        self.answer = result.answer
        self.thinking = result.thinking or self.thinking
        self.citations, self.unsupported = result.citations, result.unsupported
        self.verbatim = result.verbatim or self.verbatim
        self.hits = result.passages or self.hits


def saved(row: TurnRow, conversation_id: int) -> Turn:
    """Return the turn of a saved row."""
    turn = Turn(row.question, row.mode, id=row.id, conversation_id=conversation_id)
    turn.branches = row.branches
    stage: Stage = "stopped" if row.state == "streaming" else row.state
    turn._settle(row.result, stage)
    turn.milliseconds = row.result.timings.search_ms
    turn.what = row.note
    return turn
