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
_STATUSES: dict[Filter, tuple[str, ...]] = {
    "all": ("",),
    "indexed": ("indexed", "keyword_only"),
    "unreadable": ("empty", "encrypted", "failed", "missing", "quarantined"),
}
PAGE = 500
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
        self.collections, self.progress = [], {}
        self.collections_changed.emit()
        self._show([], 0)

    def list_collections(self) -> None:
        """Ask for the collections again."""
        self._bridge.ask(ListCollections(), self._listed)

    def show(self, filter: Filter, contains: str) -> None:
        """Filter the table by readability and by a part of the name."""
        self.filter, self.contains = filter, contains.strip()
        self.list_documents()

    def list_documents(self) -> None:
        """Ask for the first page of the table; a newer question replaces an older."""
        for pending in self._listing:
            pending.drop()
        found: list[DocumentRow] = []
        totals: list[int] = []
        statuses = _STATUSES[self.filter]

        def listed(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, DocumentList):
                found.extend(reply.documents)
                totals.append(reply.total)
                if len(totals) == len(statuses):
                    self._show(sorted(found, key=lambda row: row.path), sum(totals))

        self._listing = [
            self._bridge.ask(
                ListDocuments(status=status, contains=self.contains, limit=PAGE), listed
            )
            for status in statuses
        ]

    def more_documents(self) -> None:
        """Ask for the next page; only the unfiltered table is long enough to have one."""
        if self.filter != "all" or len(self.documents) >= self.total:
            return
        request = ListDocuments(contains=self.contains, offset=len(self.documents), limit=PAGE)

        def listed(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, DocumentList) and request.offset == len(self.documents):
                self._show([*self.documents, *reply.documents], reply.total)

        self._bridge.ask(request, listed)

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
        self.progress_changed.emit(message.collection)


def _added(reply: Added) -> str:
    said = tr(
        "{name}: {n} documents in {s} s.",
        name=reply.collection,
        n=number(reply.documents),
        s=f"{reply.seconds:.1f}",
    )
    if reply.skipped:
        said += " " + tr("{n} could not be read; the table says why.", n=len(reply.skipped))
    return said
