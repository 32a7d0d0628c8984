"""The source beside the answer: which passages it has, which one is open, at which page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from PySide6.QtCore import QObject, Signal

from carrel.desk.requests import SourceView, ViewSource
from carrel.errors import UserError
from carrel.events import Message
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.controllers.turn import Turn

MAX_WIDTH = 2000
MIN_WIDTH = 900


@dataclass(frozen=True)
class Passage:
    """A place that can be opened: `n` is the citation's number, 0 when nothing cites it."""

    document: str
    page: int | None
    start: int
    end: int
    quote: str
    n: int = 0

    @property
    def place(self) -> tuple[str, int, int]:
        """What makes it the same passage."""
        return self.document, self.start, self.end

    @property
    def name(self) -> str:
        """The file's name."""
        return PurePath(self.document).name


def passages_of(turn: Turn) -> list[Passage]:
    """Return the distinct places of an answer: citations by number, then quotes, then hits."""
    cited = [
        Passage(one.document, one.page, one.start, one.end, one.quote, one.n)
        for one in sorted(turn.citations, key=lambda one: one.n)
    ]
    quoted = [
        Passage(one.document, one.page, one.start, one.end, one.text) for one in turn.verbatim
    ]
    found = [Passage(one.document, one.page, one.start, one.end, one.text) for one in turn.hits]
    places: dict[tuple[str, int, int], Passage] = {}
    for passage in (*cited, *quoted):
        places.setdefault(passage.place, passage)
    for passage in found:
        if not any(_holds(passage, inner) for inner in places.values()):
            places[passage.place] = passage
    return list(places.values())


def _holds(outer: Passage, inner: Passage) -> bool:
    return (
        outer.document == inner.document and outer.start <= inner.start and inner.end <= outer.end
    )


class SourceController(QObject):
    """`passages_changed` when the list is new, `viewing` when a view has come or been cleared."""

    passages_changed = Signal()
    opening = Signal()
    viewing = Signal()
    failed = Signal(object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._pending: Pending | None = None
        self.passages: list[Passage] = []
        self.index = -1
        self.view: SourceView | None = None
        self.png = b""
        self.width = MIN_WIDTH

    @property
    def current(self) -> Passage | None:
        """The open passage."""
        return self.passages[self.index] if 0 <= self.index < len(self.passages) else None

    def show(self, passages: Sequence[Passage], index: int) -> None:
        """Open one of an answer's passages and list the others beside it."""
        self.passages, self.index = list(passages), index
        self.passages_changed.emit()
        self._request(0)

    def offer(self, passages: Sequence[Passage]) -> None:
        """List an answer's passages; what is open stays open, nothing opens by itself."""
        current = self.current
        self.passages = list(passages)
        same = [at for at, one in enumerate(passages) if current and one.place == current.place]
        self.index = same[0] if same else -1
        self.passages_changed.emit()

    def step(self, by: int) -> None:
        """Open the next or the previous passage."""
        if 0 <= self.index + by < len(self.passages):
            self.index += by
            self.passages_changed.emit()
            self._request(0)

    def turn_page(self, by: int) -> None:
        """Show the next or the previous page of the open document."""
        view = self.view
        if view is None or view.page is None:
            return
        page = view.page + by
        if 1 <= page <= (view.pages or page):
            self._request(page)

    def clear(self) -> None:
        """Forget the passages and the view."""
        self._drop()
        self.passages, self.index = [], -1
        self.view, self.png = None, b""
        self.passages_changed.emit()
        self.viewing.emit()

    def _request(self, page: int) -> None:
        passage = self.current
        if passage is None:
            return
        self._drop()
        self.opening.emit()
        request = ViewSource(
            document=passage.document,
            start=passage.start,
            end=passage.end,
            quote=passage.quote,
            page=page,
            width=max(MIN_WIDTH, min(MAX_WIDTH, self.width)),
        )
        self._pending = self._bridge.ask(request, self._came, on_failed=self._failed)

    def _came(self, reply: Message, raw: bytes) -> None:
        if isinstance(reply, SourceView):
            self.view, self.png = reply, raw
            self.viewing.emit()

    def _failed(self, error: UserError) -> None:
        self.view, self.png = None, b""
        self.failed.emit(error)

    def _drop(self) -> None:
        if self._pending is not None:
            self._pending.drop()
            self._pending = None
