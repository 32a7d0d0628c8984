"""Keeping the library: bringing it in step, pausing, reading again, and forgetting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from carrel.desk.library_requests import (
    AskIndexing,
    Forget,
    ForgetPlan,
    Forgotten,
    IndexingIs,
    Pause,
    Retry,
    Sync,
    Synced,
    WhatIsForgotten,
)
from carrel.events import Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.i18n import counted, tr
from carrel_desktop.messages import Messages

Sure = Callable[[str], bool]


class KeepingController(QObject):
    """`state_changed` tells that indexing was paused, waits, or goes on."""

    state_changed = Signal()

    def __init__(self, bridge: Bridge, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages
        self.paused = False
        self.words = ""
        bridge.unasked.connect(self._state)
        bridge.started.connect(self.ask_state)

    def ask_state(self) -> None:
        """Ask whether indexing is paused, and why it waits."""
        self._bridge.ask(AskIndexing(), lambda reply, _raw: self._state(reply))

    def pause(self, paused: bool) -> None:
        """Pause indexing, or go on."""
        self._bridge.ask(Pause(paused=paused), lambda reply, _raw: self._state(reply))

    def sync(self, collection: str) -> None:
        """Bring a collection up to date now."""
        self._bridge.ask(Sync(collections=[collection]), self._synced)

    def retry(self, documents: Sequence[str]) -> None:
        """Read these documents again."""
        self._bridge.ask(Retry(documents=list(documents)), self._synced)

    def forget(self, sure: Sure, *, paths: Sequence[str] = (), collection: str = "") -> None:
        """Say what would be forgotten, and when the user is sure, forget it."""
        wish = WhatIsForgotten(paths=list(paths), collection=collection)

        def planned(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, ForgetPlan) and sure(reply.words):
                request = Forget(paths=wish.paths, collection=wish.collection)
                self._bridge.ask(request, self._forgotten)

        self._bridge.ask(wish, planned)

    def _state(self, message: Message) -> None:
        if isinstance(message, IndexingIs):
            self.paused, self.words = message.paused, message.words
            self.state_changed.emit()

    def _synced(self, reply: Message, _raw: bytes) -> None:
        if not isinstance(reply, Synced):
            return
        done = [
            tr("{n} new", n=reply.new), tr("{n} changed", n=reply.changed),
            tr("{n} moved", n=reply.moved), tr("{n} missing", n=reply.missing),
        ]  # fmt: skip
        self._messages.info(", ".join(done) + ".")
        for name in reply.away:
            self._messages.warning(
                tr("{name} is away: its drive or folder is not there.", name=name),
                tr("Nothing of it was changed."),
            )

    def _forgotten(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, Forgotten):
            what = counted(reply.documents, "1 document", "{n} documents")
            self._messages.info(tr("Forgotten: {what}.", what=what))
