"""Keeping the library: bringing it in step, pausing, reading again, and forgetting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from carrel.desk.library_requests import (
    AskIndexing,
    Forget,
    ForgetPlan,
    Forgotten,
    GetRules,
    IndexingIs,
    LeftOutList,
    ListLeftOut,
    Pause,
    Retry,
    Rules,
    RulesAre,
    SetRules,
    Summarize,
    Sync,
    Synced,
    WhatIsForgotten,
)
from carrel.desk.requests import ReadText, TextIs
from carrel.errors import UserError
from carrel.events import Message
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.i18n import counted, tr
from carrel_desktop.messages import Messages

Sure = Callable[[str], bool]
Reply = TypeVar("Reply", bound=Message)


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

    def rules(self, collection: str, told: Callable[[RulesAre], None]) -> Pending:
        """Ask what is left out of a collection."""
        return self._ask(GetRules(collection=collection), RulesAre, told)

    def set_rules(self, collection: str, rules: Rules) -> None:
        """Leave something else out; the desk brings the collection up to date."""
        words = tr("{name} is being brought up to date.", name=collection)
        self._ask(
            SetRules(collection=collection, rules=rules), RulesAre,
            lambda _reply: self._messages.info(words),
        )  # fmt: skip

    def left_out(self, collection: str, told: Callable[[LeftOutList], None]) -> Pending:
        """Ask which files and folders are no documents, and why."""
        return self._ask(ListLeftOut(collection=collection), LeftOutList, told)

    def text(
        self, document: str, told: Callable[[TextIs], None], failed: Callable[[UserError], None]
    ) -> Pending:
        """Ask for the text that was read of a document."""
        return self._ask(ReadText(document=document), TextIs, told, failed)

    def summary(
        self, document: str, told: Callable[[Message], None], failed: Callable[[UserError], None]
    ) -> Pending:
        """Ask for a document's summary: SummaryLine..., SummaryIs."""
        return self._ask(Summarize(document=document), Message, told, failed)

    def _ask(
        self, request: Message, kind: type[Reply], told: Callable[[Reply], None],
        failed: Callable[[UserError], None] | None = None,
    ) -> Pending:  # fmt: skip
        def heard(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, kind):
                told(reply)

        return self._bridge.ask(request, heard, on_failed=failed)

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
