"""The conversation on screen: asks, stops, opens and begins conversations."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.conversation_requests import ConversationIs, OpenConversation
from carrel.desk.requests import Ask, RestartModel
from carrel.errors import UserError
from carrel.events import Message, Mode
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.controllers.turn import Turn, saved
from carrel_desktop.i18n import tr

MODES: tuple[Mode, ...] = ("auto", "files", "model", "both")


class AskController(QObject):
    """`cleared` comes before the turns of another conversation; `turn_changed` says what changed.

    An answer under way goes on when another conversation is opened, and is there on return.
    """

    cleared = Signal()
    turn_added = Signal(object)
    turn_changed = Signal(object, str)
    busy_changed = Signal(bool)
    title_changed = Signal(str)
    conversation_changed = Signal(int)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._asking: Pending | None = None
        self._running: Turn | None = None
        self._opening: Pending | None = None
        self.turns: list[Turn] = []
        self.conversation_id = 0
        self.title = ""
        self.mode: Mode = "auto"

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._asking is not None

    def ask(self, question: str, mode: Mode | None = None) -> bool:
        """Ask in the open conversation; False when there is nothing to ask or one is under way."""
        question = question.strip()
        if not question or self.busy:
            return False
        turn = Turn(question, mode or self.mode)
        if not self.turns:
            self._set_title(question)
        self._running = turn
        self.turns.append(turn)
        self.turn_added.emit(turn)
        self._asking = self._bridge.ask(
            Ask(question=question, mode=turn.mode, conversation_id=self.conversation_id),
            lambda message, _raw: self._event(turn, message),
            lambda: self._end(turn, None),
            lambda error: self._end(turn, error),
        )
        self.busy_changed.emit(True)
        return True

    def stop(self) -> None:
        """Stop the answer under way; what is there is kept."""
        if self._asking is not None:
            self._asking.cancel()

    def new(self) -> None:
        """Begin a conversation; it is saved with its first question."""
        self._leave()
        self._set_conversation(0, "")

    def open(self, conversation_id: int) -> None:
        """Show a saved conversation; the newest call wins."""
        if conversation_id == self.conversation_id:
            return
        self._leave()
        self._set_conversation(conversation_id, "")
        self._opening = self._bridge.ask(
            OpenConversation(conversation_id=conversation_id), lambda reply, _raw: self._open(reply)
        )

    def restart_worker(self, turn: Turn) -> None:
        """Start again what died under this turn, and ask the question again."""
        if turn.desk_lost:
            if not self._bridge.running:
                self._bridge.restart()
            self.ask(turn.question, turn.mode)
            return
        self._bridge.ask(RestartModel(), lambda _reply, _raw: None, lambda: self._again(turn))

    def _again(self, turn: Turn) -> None:
        self.ask(turn.question, turn.mode)

    def _event(self, turn: Turn, message: Message) -> None:
        changed = turn.apply(message)
        shown = turn in self.turns
        if shown and turn.conversation_id and turn.conversation_id != self.conversation_id:
            self._set_conversation(turn.conversation_id, self.title)
        if changed and shown:
            self.turn_changed.emit(turn, changed)

    def _end(self, turn: Turn, error: UserError | None) -> None:
        if error is not None:
            turn.fail(error)
        turn.end()
        self._asking = self._running = None
        self.busy_changed.emit(False)
        if turn in self.turns:
            self.turn_changed.emit(turn, "all")

    def _leave(self) -> None:
        if self._opening is not None:
            self._opening.drop()
        self.turns = []
        self.cleared.emit()

    def _open(self, reply: Message) -> None:
        if not isinstance(reply, ConversationIs) or reply.id != self.conversation_id:
            return
        self._set_title(reply.title)
        self.turns = [saved(row, reply.id) for row in reply.turns]
        running = self._running
        if running is not None and running.conversation_id == reply.id:
            self.turns = [*(turn for turn in self.turns if turn.id != running.id), running]
        for turn in self.turns:
            self.turn_added.emit(turn)

    def _set_conversation(self, conversation_id: int, title: str) -> None:
        self.conversation_id = conversation_id
        self._set_title(title)
        self.conversation_changed.emit(conversation_id)

    def _set_title(self, title: str) -> None:
        self.title = title
        self.title_changed.emit(title or tr("New conversation"))
