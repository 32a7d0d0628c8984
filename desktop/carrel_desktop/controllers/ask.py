"""The conversation on screen: asks, stops, opens and begins conversations."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.conversation_requests import (
    ChooseBranch,
    ConversationIs,
    KeepConversation,
    OpenConversation,
)
from carrel.desk.requests import Ask, RestartModel
from carrel.errors import UserError
from carrel.events import Message, Mode
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.controllers.turn import Turn, saved
from carrel_desktop.i18n import tr

MODES: tuple[Mode, ...] = ("auto", "files", "model", "both")


class AskController(QObject):
    """`cleared` comes before the turns of another conversation; `turn_changed` says what changed;
    `turns_removed` lists turns that stand on another branch now; `turn_wanted` is to be looked at.

    An answer under way goes on when another conversation is opened, and is there on return.
    """

    cleared = Signal()
    turn_added = Signal(object)
    turn_changed = Signal(object, str)
    busy_changed = Signal(bool)
    title_changed = Signal(str)
    conversation_changed = Signal(int)
    turns_removed = Signal(list)
    turn_wanted = Signal(object)
    no_trace_changed = Signal(bool)

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
        self.no_trace = False
        self._found = 0

    @property
    def busy(self) -> bool:
        """Whether an answer is under way."""
        return self._asking is not None

    def ask(
        self,
        question: str,
        mode: Mode | None = None,
        in_place_of: Turn | None = None,
        *,
        written: bool = False,
    ) -> bool:
        """Ask in the open conversation, at its end or in place of a turn, which stays as a branch;
        False when there is nothing to ask or one is under way. `written` has a model write the
        answer also where the files' sentences would stand."""
        question = question.strip()
        if not question or self.busy:
            return False
        turn = Turn(question, mode or self.mode)
        branch_of = 0
        if in_place_of is not None and in_place_of in self.turns:
            branch_of = in_place_of.id
            self._remove_from(self.turns.index(in_place_of))
        if not self.turns:
            self._set_title(question)
        self._running = turn
        self.turns.append(turn)
        self.turn_added.emit(turn)
        self._asking = self._bridge.ask(
            Ask(
                question=question,
                mode=turn.mode,
                conversation_id=self.conversation_id,
                branch_of=branch_of,
                trace=not self.no_trace,
                in_memory=self.no_trace,
                generated="always" if written else "",
            ),
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

    def again(self, turn: Turn) -> bool:
        """Ask the question of a turn again; the answer that is there stays as a branch."""
        return self.ask(turn.question, turn.mode, turn)

    def new(self, no_trace: bool = False) -> None:
        """Begin a conversation; it is saved with its first question, unless it is to leave no
        trace: then it is in memory only."""
        self._leave()
        self._set_conversation(0, "")
        self._set_no_trace(no_trace)

    def keep(self) -> None:
        """Save the no-trace conversation that is open."""
        if self.conversation_id < 0 and not self.busy:
            request = KeepConversation(conversation_id=self.conversation_id)
            self._opening = self._bridge.ask(request, lambda reply, _raw: self._kept(reply))

    def choose(self, turn_id: int) -> None:
        """Read on along another branch."""
        if not self.busy:
            self._opening = self._bridge.ask(
                ChooseBranch(turn_id=turn_id), lambda reply, _raw: self._show(reply)
            )

    def open(self, conversation_id: int, turn_id: int = 0) -> None:
        """Show a saved conversation, and a turn of it; the newest call wins."""
        self._found = turn_id
        if conversation_id == self.conversation_id:
            self._look_for_turn()
            return
        self._leave()
        self._set_conversation(conversation_id, "")
        self._set_no_trace(conversation_id < 0)
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
        self._look_for_turn()

    def _look_for_turn(self) -> None:
        """Have the turn that a search found looked at, on its branch."""
        wanted, self._found = self._found, 0
        for turn in self.turns:
            if wanted and turn.id == wanted:
                self.turn_wanted.emit(turn)
                return
        if wanted:
            self._found = wanted
            self.choose(wanted)

    def _show(self, reply: Message) -> None:
        """Show another branch: what both have stays where it is."""
        if not isinstance(reply, ConversationIs) or reply.id != self.conversation_id:
            return
        rows = [saved(row, reply.id) for row in reply.turns]
        same = 0
        for old, new in zip(self.turns, rows, strict=False):
            if old.id != new.id:
                break
            same += 1
        self._remove_from(same)
        for turn in rows[same:]:
            self.turns.append(turn)
            self.turn_added.emit(turn)
        found, self._found = self._found, 0
        shown = [turn for turn in self.turns if turn.id == found] or self.turns[same : same + 1]
        for turn in shown:
            self.turn_wanted.emit(turn)

    def _remove_from(self, place: int) -> None:
        gone, self.turns = self.turns[place:], self.turns[:place]
        if gone:
            self.turns_removed.emit(gone)

    def _kept(self, reply: Message) -> None:
        if isinstance(reply, ConversationIs) and self.no_trace:
            self._leave()
            self._set_no_trace(False)
            self._set_conversation(reply.id, reply.title)
            self._open(reply)

    def _set_no_trace(self, no_trace: bool) -> None:
        self.no_trace = no_trace
        self.no_trace_changed.emit(no_trace)

    def _set_conversation(self, conversation_id: int, title: str) -> None:
        self.conversation_id = conversation_id
        self._set_title(title)
        self.conversation_changed.emit(conversation_id)

    def _set_title(self, title: str) -> None:
        self.title = title
        self.title_changed.emit(title or tr("New conversation"))
