"""The shelf of embedders: list, add a model folder, use with vectors made beside, remove."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.shelf_requests import (
    AddEmbedder,
    EmbedderList,
    EmbedderRow,
    ListEmbedders,
    RemoveEmbedder,
    UseEmbedder,
)
from carrel.errors import UserError
from carrel.events import Changed, IndexProgress, Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages


class EmbeddersController(QObject):
    """`changed` comes when `embedders` or `adding` is new, `progressed` when `done` and `total`
    are: passages with a vector of the one that is being prepared, and all (0: not known yet).
    """

    changed = Signal()
    progressed = Signal()

    def __init__(self, bridge: Bridge, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages
        self.embedders: list[EmbedderRow] | None = None
        self.adding = ""
        self.done = self.total = 0
        bridge.unasked.connect(self._heard)
        bridge.started.connect(self._again)

    @property
    def preparing(self) -> EmbedderRow | None:
        """The embedder that serves when its vectors are made, None when none waits for that."""
        return next((one for one in self.embedders or [] if one.preparing), None)

    @property
    def in_use(self) -> EmbedderRow | None:
        """The embedder whose vectors are searched."""
        return next((one for one in self.embedders or [] if one.in_use), None)

    def refresh(self) -> None:
        """Ask for the list."""
        self._bridge.ask(ListEmbedders(), self._take)

    def add(self, folder: str) -> None:
        """Prepare the embedder in a model folder."""
        if not folder or self.adding:
            return
        self._bridge.ask(AddEmbedder(path=folder), self._take, self._ready, self._failed)
        self.adding = folder
        self.changed.emit()

    def use(self, embedder_id: str) -> None:
        """Search with this one from when its vectors are made."""
        self.done = self.total = 0
        self._bridge.ask(UseEmbedder(embedder_id=embedder_id), self._take)

    def remove(self, embedder_id: str) -> None:
        """Take an embedder off the shelf; the folder it came from stays."""

        def gone() -> None:
            self._messages.info(tr("{name} is off the shelf.", name=embedder_id))

        self._bridge.ask(RemoveEmbedder(embedder_id=embedder_id), self._take, gone)

    def clear(self) -> None:
        """Let go of what was shown."""
        self.embedders = None
        self.done = self.total = 0
        self.changed.emit()

    def _again(self) -> None:
        """A new desk: ask anew for what is shown. What was being added ended with the old one."""
        self.adding = ""
        if self.embedders is not None:
            self.refresh()

    def _take(self, reply: Message, _raw: bytes) -> None:
        if not isinstance(reply, EmbedderList):
            return
        known = {one.id for one in self.embedders or []}
        self.embedders = reply.embedders
        if reply.added:
            text = tr("{name} is on the shelf already.", name=reply.added)
            if reply.added not in known:
                text = tr("{name} is prepared and can be used.", name=reply.added)
            self._messages.info(text)
        self.changed.emit()

    def _ready(self) -> None:
        self.adding = ""
        self.changed.emit()

    def _failed(self, error: UserError) -> None:
        self._ready()
        self._bridge.failed.emit(error)

    def _heard(self, message: Message) -> None:
        if self.embedders is None:
            return
        if isinstance(message, Changed) and "collections" in message.kinds:
            self.refresh()
        elif isinstance(message, IndexProgress) and not message.collection:
            self.done, self.total = message.passages_by_meaning, message.passages
            self.progressed.emit()
