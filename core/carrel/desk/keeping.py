"""Keeping the library in step: what the window may ask for, and what the desk does by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.desk import library_requests as l
from carrel.desk.telling import Tell
from carrel.events import Changed, IndexProgress, Message
from carrel.library.gate import WORDS
from carrel.process.rpc import Call, Handler, Reply

if TYPE_CHECKING:
    from carrel.compose import Core


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    keeper = _Keeper(core, tell)
    return {
        l.Sync: keeper.sync,
        l.Retry: keeper.retry,
        l.Pause: keeper.pause,
        l.AskIndexing: keeper.indexing,
        l.GetRules: keeper.rules,
        l.SetRules: keeper.set_rules,
        l.ListLeftOut: keeper.left_out,
        l.AskRecognition: keeper.recognition,
    }


class Reporter:
    """Tells everybody how far indexing is, and that lists changed when a new stage begins."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told: set[tuple[str, str]] = set()

    def __call__(self, progress: IndexProgress) -> None:
        self._tell(progress)
        stage = progress.collection, progress.stage
        if stage not in self._told:
            self._told.add(stage)
            self.changed()

    def changed(self) -> None:
        """The lists of collections and documents may show something else now."""
        self._tell(Changed(kinds=["collections", "documents"]))


class _Keeper:
    def __init__(self, core: Core, tell: Tell) -> None:
        self._core = core
        self._tell = tell
        core.library.gate.told_to(lambda reason: tell(self._state()))

    def sync(self, request: l.Sync, call: Call) -> Iterator[Reply]:
        report = Reporter(self._tell)
        try:
            yield self._core.library.sync(request.collections, report, call.cancel)
        finally:
            report.changed()

    def retry(self, request: l.Retry, call: Call) -> Iterator[Reply]:
        report = Reporter(self._tell)
        try:
            yield self._core.library.retry(request.documents, report, call.cancel)
        finally:
            report.changed()

    def pause(self, request: l.Pause, call: Call) -> Iterator[Reply]:
        self._core.library.pause(request.paused)
        yield self._state()

    def indexing(self, request: l.AskIndexing, call: Call) -> Iterator[Reply]:
        yield self._state()

    def rules(self, request: l.GetRules, call: Call) -> Iterator[Reply]:
        catalogue = self._core.library.catalogue
        ((number, _),) = catalogue.collection_ids([request.collection])
        yield l.RulesAre(collection=request.collection, rules=catalogue.rules(number))

    def set_rules(self, request: l.SetRules, call: Call) -> Iterator[Reply]:
        catalogue = self._core.library.catalogue
        ((number, _),) = catalogue.collection_ids([request.collection])
        catalogue.set_rules(number, request.rules)
        yield l.RulesAre(collection=request.collection, rules=request.rules)
        self._core.library.wanted.set()  # the keeper in the background brings it up to date

    def recognition(self, request: l.AskRecognition, call: Call) -> Iterator[Reply]:
        yield self._core.library.recognition()

    def left_out(self, request: l.ListLeftOut, call: Call) -> Iterator[Reply]:
        names = [request.collection] if request.collection else []
        rows, total = self._core.library.catalogue.left_out(
            names, request.contains, request.offset, request.limit
        )
        found = [l.LeftOutRow(path=p, code=c, reason=r, collection=n) for p, c, r, n in rows]
        yield l.LeftOutList(rows=found, total=total)

    def _state(self) -> l.IndexingIs:
        gate = self._core.library.gate
        reason = gate.waiting or ("paused" if gate.paused else "")
        return l.IndexingIs(paused=gate.paused, waiting=reason, words=WORDS[reason])
