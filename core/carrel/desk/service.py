"""The desk: answers the window's requests with the core. One handler per request, in this file and,
for models, adapters and presets, in `shelf`, `adapters` and `presets` beside it.

Handlers run on a few threads; SQLite, the index and the workers take care of their own locking.
What changed is said once to everybody with `Changed`, and screens decide whether to ask again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from carrel.desk import (
    adapters,
    conversing,
    embedders,
    forgetting,
    keeping,
    lab,
    presets,
    privacy,
    shelf,
    surveying,
)
from carrel.desk import requests as r
from carrel.desk.sources import Sources
from carrel.desk.telling import Tell
from carrel.errors import CarrelError, UserError
from carrel.events import Added, Changed, Message, WorkerState
from carrel.library.watching import Keeper
from carrel.process.rpc import Call, Handler, Reply
from carrel.store import listing

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.ports import Reader

THREADS = 6  # a question, an indexing, and lists and views beside them


class Desk:
    """Serves one window. `tell` sends it what it did not ask for."""

    def __init__(self, core: Core, view_reader: Reader, tell: Tell = lambda message: None) -> None:
        self._core = core
        self._sources = Sources(core.library.catalogue, view_reader)
        self._tell = tell
        self._asking = threading.Lock()
        self._resuming = threading.Event()
        self._keeper: Keeper | None = None
        core.library.wait_politely()

    def handlers(self) -> dict[type[Message], Handler]:
        """What the desk answers, by request."""
        return {
            r.Overview: self._overview,
            r.Ask: self._ask,
            r.AddPaths: self._add,
            r.ListCollections: self._collections,
            r.ListDocuments: self._documents,
            r.ReadText: self._text,
            r.ViewSource: self._view,
            r.RestartModel: self._restart,
            r.Probe: self._probe,
            r.SetSetting: self._set,
            r.Quit: self._quit,
            **shelf.handlers(self._core, self._tell),
            **adapters.handlers(self._core, self._tell),
            **embedders.handlers(self._core, self._tell),
            **presets.handlers(self._core, self._tell),
            **keeping.handlers(self._core, self._tell),
            **forgetting.handlers(self._core, self._tell),
            **conversing.handlers(self._core, self._tell),
            **surveying.handlers(self._core, self._asking),
            **lab.handlers(self._core, self._tell),
        }

    def wake(self) -> None:
        """What the desk does when nobody asks: mend, finish old work, and warm up."""
        self._core.conversations.recover()
        self._say_warming("starting")
        try:
            self._core.library.resume(self._tell, self._resuming)
            self._core.library.warm()
        except CarrelError as error:
            self._tell(WorkerState(worker="desk", state="ready", words=str(error)))
            return
        self._say_warming("ready")
        if not self._resuming.is_set():
            report = keeping.Reporter(self._tell)
            self._keeper = Keeper(self._core.library, report, done=report.changed)
            self._keeper.start()
            if self._resuming.is_set():  # the end came in between, and did not see this one
                self._keeper.stop()

    def stop(self) -> None:
        """End background work, after what is being stored."""
        self._resuming.set()
        if self._keeper is not None:
            self._keeper.stop()

    def _say_warming(self, state: Any) -> None:
        self._tell(WorkerState(worker="desk", state=state))

    # --- questions ---

    def _ask(self, request: r.Ask, call: Call) -> Iterator[Reply]:
        with self._asking:
            yield from self._core.assistant.ask(request, call.cancel)
        if request.trace or request.in_memory:
            self._tell(Changed(kinds=["conversations"]))

    # --- the library ---

    def _overview(self, request: r.Overview, call: Call) -> Iterator[Reply]:
        library = self._core.library
        passages, _, documents = library.catalogue.counts()
        name, path = "", ""
        try:
            card = self._core.model.card()
            name, path = card.name, card.path
        except UserError:
            pass  # no usable model yet: the window says so where one would be named
        yield r.OverviewIs(
            documents=documents, passages=passages,
            collections=len(library.catalogue.collection_names()), model_name=name,
            model_path=path, profile=str(self._core.profile.data),
            encrypted=library.database.encrypted,
        )  # fmt: skip

    def _add(self, request: r.AddPaths, call: Call) -> Iterator[Reply]:
        """Progress is told to everybody; the result goes to who asked."""
        report = keeping.Reporter(self._tell)
        try:
            added: Added = self._core.library.add(request.paths, request.name, report, call.cancel)
        finally:
            report.changed()
        self._core.library.wanted.set()  # its folders are watched from now on
        yield added

    def _collections(self, request: r.ListCollections, call: Call) -> Iterator[Reply]:
        library = self._core.library
        rows = listing.collections(library.database, library.languages.note)
        yield r.CollectionList(collections=rows)

    def _documents(self, request: r.ListDocuments, call: Call) -> Iterator[Reply]:
        rows, total = listing.documents(
            self._core.library.database, collection=request.collection, status=request.status,
            contains=request.contains, offset=request.offset, limit=request.limit,
        )  # fmt: skip
        yield r.DocumentList(documents=rows, total=total)

    def _text(self, request: r.ReadText, call: Call) -> Iterator[Reply]:
        yield text_of(self._core, request.document)

    def _view(self, request: r.ViewSource, call: Call) -> Iterator[Reply]:
        yield self._sources.view(request)

    # --- workers, privacy, settings ---

    def _restart(self, request: r.RestartModel, call: Call) -> Iterator[Reply]:
        self._core.model.restart()
        for _ in self._core.model.ensure(call.cancel):
            pass
        return iter(())

    def _probe(self, request: r.Probe, call: Call) -> Iterator[Reply]:
        yield privacy.report(self._core.profile, self._core.workers(), self._core.recognizer)

    def _set(self, request: r.SetSetting, call: Call) -> Iterator[Reply]:
        if request.name == "embedder":
            embedders.use(self._core, request.value)
            return self._changed("settings", "collections")
        self._core.settings.set(request.name, request.value)
        if request.name in ("ocr", "ocr_languages"):
            self._core.library.wanted.set()  # the keeper recognizes what waits
        return self._changed("settings")

    def _quit(self, request: r.Quit, call: Call) -> Iterator[Reply]:
        self.stop()
        return iter(())

    def _changed(self, *kinds: str) -> Iterator[Reply]:
        self._tell(Changed(kinds=list(kinds)))
        return iter(())


def text_of(core: Core, document: str) -> r.TextIs:
    """The extracted text of a document that offsets point into. Raises UserError."""
    text, pages = core.library.catalogue.text(document)
    spans = [r.PageSpan(page=p.page, start=p.start, end=p.end) for p in pages]
    unseen = core.library.catalogue.detail(document)["unseen"]
    return r.TextIs(document=document, text=text, pages=spans, unseen=unseen)
