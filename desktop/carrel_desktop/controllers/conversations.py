"""The list of conversations: search, rename, pin, move, delete; the newest search wins."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.conversation_requests import (
    ConversationList,
    ConversationRow,
    DeleteConversation,
    ListConversations,
    MoveConversation,
    PinConversation,
    RenameConversation,
)
from carrel.events import Changed, Message
from carrel_desktop.bridge import Bridge, Pending


class ConversationsController(QObject):
    """`changed` comes when `rows` is new; `deleted` names a conversation that is gone."""

    changed = Signal()
    deleted = Signal(int)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._listing: Pending | None = None
        self.rows: list[ConversationRow] = []
        self.query = ""
        bridge.unasked.connect(self._heard)
        bridge.started.connect(self.refresh)

    def search(self, query: str) -> None:
        """Show the conversations that hold these words; "" shows all."""
        self.query = query.strip()
        self.refresh()

    def refresh(self) -> None:
        """Ask for the list again."""
        if self._listing is not None:
            self._listing.drop()
        self._listing = self._bridge.ask(ListConversations(query=self.query), self._listed)

    def clear(self) -> None:
        """Show nothing any more."""
        self.rows, self.query = [], ""
        self.changed.emit()

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation another title; an empty one is ignored."""
        if title.strip():
            request = RenameConversation(conversation_id=conversation_id, title=title.strip())
            self._bridge.ask(request, lambda _reply, _raw: None, self.refresh)

    def pin(self, conversation_id: int, pinned: bool) -> None:
        """Let a conversation stand above the others, or no longer."""
        request = PinConversation(conversation_id=conversation_id, pinned=pinned)
        self._bridge.ask(request, lambda _reply, _raw: None, self.refresh)

    def move(self, conversation_id: int, folder: str) -> None:
        """Put a conversation into a folder, "" takes it out of all."""
        request = MoveConversation(conversation_id=conversation_id, folder=folder)
        self._bridge.ask(request, lambda _reply, _raw: None, self.refresh)

    @property
    def folders(self) -> list[str]:
        """The folders of the conversations that are listed."""
        return sorted({one.folder for one in self.rows if one.folder}, key=str.casefold)

    def row(self, conversation_id: int) -> ConversationRow | None:
        """A listed conversation, None when it is not listed."""
        return next((one for one in self.rows if one.id == conversation_id), None)

    def delete(self, conversation_id: int) -> None:
        """Delete a conversation for good."""

        def done() -> None:
            self.deleted.emit(conversation_id)
            self.refresh()

        request = DeleteConversation(conversation_id=conversation_id)
        self._bridge.ask(request, lambda _reply, _raw: None, done)

    def _listed(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, ConversationList):
            self.rows = reply.conversations
            self.changed.emit()

    def _heard(self, message: Message) -> None:
        if isinstance(message, Changed) and "conversations" in message.kinds:
            self.refresh()
