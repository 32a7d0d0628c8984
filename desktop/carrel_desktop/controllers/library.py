"""Collections and documents: adding, progress, and the filtered table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from PySide6.QtCore import QObject, QTimer, Signal

from carrel.desk.requests import (
    AddPaths,
    CollectionList,
    CollectionRow,
    DocumentList,
    DocumentRow,
    ListCollections,
    ListDocuments,
)
from carrel.errors import UserError
from carrel.events import Added, Changed, IndexProgress, Message
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.i18n import number, tr
from carrel_desktop.messages import Messages

Filter = Literal["all", "indexed", "unreadable"]
FILTERS: tuple[Filter, ...] = get_args(Filter)
_STATUSES: dict[Filter, str] = {"all": "", "indexed": "readable", "unreadable": "unreadable"}
PAGE = 500
_MOST = 5000  # rows that are asked for again at once; who scrolled further scrolls again
_LOOK_MS = 2000  # while files are indexed, the lists follow this often
_SETTLE_MS = 300  # many Changed messages in a row redraw once


class LibraryController(QObject):
    """`collections_changed`, `documents_changed` and `progress_changed` (name) tell what is new."""

    collections_changed = Signal()
    documents_changed = Signal()
    progress_changed = Signal(str)

    def __init__(self, bridge: Bridge, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages
        self._listing: list[Pending] = []
        self.collections: list[CollectionRow] = []
        self.documents: list[DocumentRow] = []
        self.total = 0
        self.filter: Filter = "all"
        self.contains = ""
        self.progress: dict[str, IndexProgress] = {}
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self._look = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._look.timeout.connect(self.refresh)
        bridge.unasked.connect(self._heard)
        bridge.started.connect(self.refresh)

    def add(self, paths: Sequence[str]) -> None:
        """Make folders and files searchable."""
        if paths:
            self._bridge.ask(
                AddPaths(paths=list(paths)), self._adding, self.refresh, self._add_failed
            )

    def refresh(self) -> None:
        """Ask for the collections and for the table again."""
        self.list_collections()
        self.list_documents()

    def clear(self) -> None:
        """Show nothing any more."""
        self._look.stop()
        self.collections, self.progress = [], {}
        self.collections_changed.emit()
        self._show([], 0)

    def list_collections(self) -> None:
        """Ask for the collections again."""
        self._bridge.ask(ListCollections(), self._listed)

    def show(self, filter: Filter, contains: str) -> None:
        """Filter the table by readability and by a part of the name."""
        self.filter, self.contains = filter, contains.strip()
        self._list(0, PAGE)

    def list_documents(self) -> None:
        """Ask again for as much of the table as is loaded; a newer question replaces an older."""
        self._list(0, min(max(PAGE, len(self.documents)), _MOST))

    def more_documents(self) -> None:
        """Ask for the next page."""
        if not self._listing and len(self.documents) < self.total:
            self._list(len(self.documents), PAGE)

    def _list(self, offset: int, limit: int) -> None:
        for pending in self._listing:
            pending.drop()
        request = ListDocuments(
            status=_STATUSES[self.filter], contains=self.contains, offset=offset, limit=limit
        )

        def listed(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, DocumentList):
                self._listing = []
                self._show([*self.documents[:offset], *reply.documents], reply.total)

        def failed(error: UserError) -> None:
            self._listing = []
            self._bridge.failed.emit(error)

        self._listing = [self._bridge.ask(request, listed, on_failed=failed)]

    def counts(self) -> tuple[int, int, int]:
        """Return how many documents and passages there are, and how many cannot be read."""
        rows = self.collections
        return (
            sum(row.documents for row in rows),
            sum(row.passages for row in rows),
            sum(row.unreadable for row in rows),
        )

    def _show(self, documents: list[DocumentRow], total: int) -> None:
        self.documents, self.total = documents, total
        self.documents_changed.emit()

    def _listed(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, CollectionList):
            self.collections = reply.collections
            self.collections_changed.emit()

    def _adding(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, IndexProgress):
            self._progress(reply)
        elif isinstance(reply, Added):
            self.progress.pop(reply.collection, None)
            self._messages.info(_added(reply))

    def _add_failed(self, error: UserError) -> None:
        self.progress.clear()
        self._messages.error(error)
        self.refresh()

    def _heard(self, message: Message) -> None:
        if isinstance(message, IndexProgress):
            self._progress(message)
        elif isinstance(message, Changed) and {"collections", "documents"} & set(message.kinds):
            self._settle.start()

    def _progress(self, message: IndexProgress) -> None:
        if message.stage == "done":
            self.progress.pop(message.collection, None)
            self._settle.start()
        else:
            self.progress[message.collection] = message
            if not self._look.isActive():
                self._look.start()
        self.progress_changed.emit(message.collection)


def _added(reply: Added) -> str:
    said = tr(
        "{name}: {n} documents in {s} s.",
        name=reply.collection,
        n=number(reply.documents),
        s=f"{reply.seconds:.1f}",
    )
    if reply.skipped:  # those that rules leave out are among them, and stand in no table
        said += " " + tr("{n} could not be read or were left out; the table and Rules say why.",
                         n=number(len(reply.skipped)))  # fmt: skip
    return said
