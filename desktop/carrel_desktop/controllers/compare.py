"""One question to two settings, one after the other; neither is saved."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from carrel.desk.requests import Ask
from carrel.desk.shelf_requests import AdapterChoice
from carrel.errors import UserError
from carrel.events import Message, Mode
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.controllers.turn import Turn


@dataclass(frozen=True)
class Side:
    """A model ("" for the one in use), its adapters (None for those attached to it), a mode."""

    model: str = ""
    adapters: tuple[tuple[str, float], ...] | None = None
    mode: Mode = "auto"


class CompareController(QObject):
    """`began` carries a side's index and its turn, `turn_changed` a turn and what changed."""

    began = Signal(int, object)
    turn_changed = Signal(object, str)
    busy_changed = Signal(bool)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._pending: Pending | None = None
        self._waiting: list[tuple[Turn, Side]] = []
        self.turns: list[Turn] = []

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._pending is not None

    def ask(self, question: str, sides: tuple[Side, Side]) -> bool:
        """Ask both, the left one first; False when there is nothing to ask or both are busy."""
        question = question.strip()
        if not question or self.busy:
            return False
        self.turns = [Turn(question, side.mode, stage="waiting") for side in sides]
        self._waiting = list(zip(self.turns, sides, strict=True))
        for at, turn in enumerate(self.turns):
            self.began.emit(at, turn)
        self._next()
        self.busy_changed.emit(True)
        return True

    def stop(self) -> None:
        """Stop the answer under way, and ask no other."""
        for turn, _side in self._waiting:
            turn.end()
            self.turn_changed.emit(turn, "all")
        self._waiting = []
        if self._pending is not None:
            self._pending.cancel()

    def _next(self) -> None:
        turn, side = self._waiting.pop(0)
        turn.stage = "searching"
        self.turn_changed.emit(turn, "stage")
        chosen = side.adapters
        adapters = (
            None if chosen is None else [AdapterChoice(id=id, scale=scale) for id, scale in chosen]
        )
        self._pending = self._bridge.ask(
            Ask(question=turn.question, mode=side.mode, trace=False, model=side.model,
                adapters=adapters, generated="always"),
            lambda message, _raw: self._event(turn, message),
            lambda: self._end(turn, None),
            lambda error: self._end(turn, error),
        )  # fmt: skip

    def _event(self, turn: Turn, message: Message) -> None:
        changed = turn.apply(message)
        if changed:
            self.turn_changed.emit(turn, changed)

    def _end(self, turn: Turn, error: UserError | None) -> None:
        if error is not None:
            turn.fail(error)
        turn.end()
        self.turn_changed.emit(turn, "all")
        if self._waiting:
            self._next()
            return
        self._pending = None
        self.busy_changed.emit(False)
