"""The library of one profile: carrel.db, the index and the embedder, opened, checked and used.

The database is the truth and the index is derived: when the two disagree at the start, rows of
unfinished documents are removed; when that does not mend it, the index is built again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from carrel.desk.library_requests import ForgetPlan, Forgotten, RecognitionIs, Synced
from carrel.errors import Cancelled, UserError
from carrel.library.forgetting import Forgetter, full_paths
from carrel.library.gate import Gate
from carrel.library.indexing import Indexer
from carrel.library.mending import open_index, open_read_only
from carrel.library.metering import Report
from carrel.library.noticing import Noticing
from carrel.library.patience import reason_to_wait
from carrel.library.recognizing import Recognizing
from carrel.library.reranking import reranker_in
from carrel.library.reserve import Reserve
from carrel.library.switching import Line, Serving, Shelf, agreed, build
from carrel.library.terms import TermHasher
from carrel.library.verifying import Verified, verify
from carrel.store.catalogue import Catalogue
from carrel.store.database import Database
from carrel_models.stops import AnyOf, Stop

if TYPE_CHECKING:
    from carrel.events import Added, Hit
    from carrel.library.embedders import EmbedderSource
    from carrel.library.forgetting import Wish
    from carrel.library.index import LanceIndex
    from carrel.library.search import Searcher
    from carrel.library.upkeep import UpkeepProcess
    from carrel.ports import Embedder, Reader, Recognizer
    from carrel.profile import Profile
    from carrel.settings import Settings


class Library:
    """Folders of documents that can be searched. Open it once per process; close it at the end.

    `embedder` is the chosen one, made when it is first needed; the one that serves until it has
    vectors is found on the `shelf`. With `read_only` nothing can be added, which is how
    a command looks into a profile that a window holds. `key` opens an encrypted carrel.db; `upkeep`
    merges the index's files in a process of its own.
    """

    def __init__(
        self,
        profile: Profile,
        settings: Settings,
        reader: Reader,
        embedder: EmbedderSource,
        *,
        read_only: bool = False,
        key: bytes | None = None,
        upkeep: UpkeepProcess | None = None,
        recognizer: Recognizer | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._upkeep = upkeep
        self.read_only = read_only
        self.database = Database(profile.database, key=key, read_only=read_only)
        self.catalogue = Catalogue(self.database)
        self.serving = Serving(self.catalogue, embedder, shelf)
        self.languages = Noticing(self.catalogue, self.serving, shelf)
        self._line = Line()  # who waits to change the library
        self._hasher = TermHasher(self.catalogue.key("terms"))
        self._folder = profile.index_folder
        self._opened: LanceIndex | None = None
        self._lost = False  # the index was lost and is not built again yet
        self._reserve = Reserve(profile.data)
        self.gate = Gate()
        self._indexing = threading.RLock()  # one at a time changes the library
        self._interrupt = threading.Event()  # set: whoever indexes makes way for forgetting
        self._forgetter = Forgetter(self.database, self.catalogue, self.catalogue.key("paths"))
        self.wanted = threading.Event()  # set: somebody wants the library brought in step soon
        self._in_background = False  # text is recognized by the keeper, and gives way to all else
        self._recognizing = Recognizing(
            self.catalogue, reader, recognizer, self.gate, settings, self._line.is_set
        )
        self._lock = threading.RLock()
        self._searcher: Searcher | None = None

    # --- using ---

    def add(
        self,
        paths: Sequence[str],
        name: str = "",
        report: Report = lambda progress: None,
        cancel: threading.Event | None = None,
    ) -> Added:
        """Index files and folders; see Indexer.add."""
        with self._alone(cancel) as stop:
            self._complete(report, stop)
            self._forgetter.eraser.welcome(full_paths(paths))
            return self._indexer(recognize=not self._in_background).add(paths, name, report, stop)

    def sync(
        self,
        collections: Sequence[str] = (),
        report: Report = lambda progress: None,
        cancel: threading.Event | None = None,
    ) -> Synced:
        """Bring collections, () means all, up to date with their folders; see Indexer.sync."""
        with self._alone(cancel) as stop:
            self._complete(report, stop)
            return self._indexer(recognize=not self._in_background).sync(collections, report, stop)

    def retry(
        self,
        documents: Sequence[str],
        report: Report = lambda progress: None,
        cancel: threading.Event | None = None,
    ) -> Synced:
        """Read documents again, whatever became of them before. Raises UserError for a path that
        is no document."""
        homes: dict[tuple[int, str], list[str]] = {}
        for path in documents:
            homes.setdefault(self.catalogue.home(path), []).append(path)
        with self._alone(cancel) as stop:
            self._complete(report, stop)
            self.catalogue.unsettle(documents)
            return self._indexer(recognize=not self._in_background).sync_paths(homes, report, stop)

    def recognize(self, report: Report, cancel: Stop) -> None:
        """Recognize the text in pictures that wait for it now, if the user wants that. Ends between
        two pages when somebody waits to change the library, and sets `wanted`. Raises UserError
        when it does not work, Cancelled."""
        if not self._recognizing.wanted() or not self.catalogue.count_waiting_pictures()[0]:
            return
        with self._alone(cancel) as stop:
            self._complete(report, stop)
            self._indexer(recognize=True).recognize(report, stop)
            if self._line.is_set():
                self.wanted.set()
        if self._recognizing.problem is not None:
            raise self._recognizing.problem

    def recognition(self) -> RecognitionIs:
        """Whether text in pictures is recognized, and how much waits for it."""
        return self._recognizing.state()

    def plan_forgetting(self, wish: Wish) -> ForgetPlan:
        """What `forget` would remove. Raises UserError for what is not there."""
        return self._forgetter.plan(wish)

    def forget(self, wish: Wish, *, keep_quotes: bool = False) -> Forgotten:
        """Remove for good, from the index and from conversations too; see Forgetter.

        Indexing that runs is stopped for it, and `wanted` is set so that it goes on afterwards.
        """
        self._require_writable()
        self._forgetter.plan(wish)  # what is not there interrupts nobody
        if wish.conversation_id:
            with self._reserve.lent():
                return self._forgetter.forget(wish, lambda: self._index)
        self._interrupt.set()
        try:
            with self._indexing:
                self._interrupt.clear()
                with self._alone(None), self._reserve.lent():
                    return self._forgetter.forget(
                        wish, lambda: self._index, keep_quotes=keep_quotes
                    )
        finally:
            self._interrupt.clear()
            self._lost = self._opened is not None and self._is_lost(self._opened)
            self.wanted.set()

    def pause(self, paused: bool) -> None:
        """Pause indexing, or go on; kept over a restart."""
        self._require_writable()
        self.catalogue.set_flag("paused", "yes" if paused else "")
        self.gate.pause(paused)

    def wait_politely(self) -> None:
        """Let indexing wait from now on while the user paused it, the disk is nearly full, and on
        battery and under load as the settings say: for a desk in the background. A command that
        was typed does not wait."""
        self._in_background = True
        self._reserve.keep()
        self.gate.watch(partial(reason_to_wait, self._folder.parent, self._settings))
        self.gate.pause(self.catalogue.flag("paused") == "yes")

    def resume(self, report: Report, cancel: threading.Event) -> None:
        """Finish indexing that an earlier run left undone."""
        with self._alone(cancel) as stop:
            self._open()
            self._lost = False
            if self.catalogue.needs_words() or self.catalogue.needs_meaning():
                self._indexer().resume(report, stop)

    def choose_embedder(self, embedder: EmbedderSource) -> None:
        """Let this one serve from when `reembed` has made its vectors."""
        self.serving.chosen = embedder
        self.wanted.set()

    def reembed(self, report: Report, cancel: Stop) -> None:
        """Make the vectors of the chosen embedder, where another one serves, and let it serve.

        Raises Cancelled when stopped, or when somebody else wants to change the library; the next
        call goes on there. Raises UserError when the embedder cannot be loaded.
        """
        if not self.serving.pending:
            return
        chosen = self.serving.chosen.get()
        with self._alone(AnyOf(cancel, self._line), in_line=False) as stop:
            index = self._open()
            if not build(self.catalogue, index, chosen, self.gate, report, stop):
                self.wanted.set()
                raise Cancelled("The change of the embedder was stopped; what is done stays done.")
            with self.serving.switch(self.catalogue, index, chosen):
                self._searcher = None
            index.drop_unused()

    def _complete(self, report: Report, stop: Stop) -> None:
        """Build what the index lost again from carrel.db, so that no file is read for it."""
        self._open()
        if self._lost:
            self._lost = False
            self._indexer().resume(report, stop)

    def search(
        self,
        question: str,
        k: int = 10,
        collections: Sequence[str] = (),
        history: Sequence[str] = (),
    ) -> list[Hit]:
        """The k best passages for the question, best first; earlier questions may help."""
        scope = self.catalogue.scope(collections)
        weight = self.languages.meaning_weight(collections)
        return [] if scope == [] else self._found(question, k, scope, list(history), weight)

    def search_document(self, question: str, document_id: int, k: int) -> list[Hit]:
        """The k best passages of one document, best first."""
        return self._found(question, k, [document_id], [], self.languages.meaning_weight(()))

    def _found(
        self, question: str, k: int, scope: list[int] | None, history: list[str], meaning: float
    ) -> list[Hit]:
        self._open()
        if self._lost:
            self.resume(lambda progress: None, threading.Event())
        with self.serving.search():
            return self._search().search(
                question, k=k, documents=scope, history=history or None, meaning=meaning
            )

    def verify(self) -> Verified:
        """Check everything that is stored; nothing is changed. See `verifying.verify`."""
        return verify(self.database, self.catalogue, self._index, self._hasher)

    def rebuild(self, report: Report, cancel: Stop) -> Synced:
        """Build the index of all documents again from the database."""
        with self._alone(cancel) as stop:
            start = time.monotonic()
            self._index.drop()
            self.catalogue.unmark_all()
            self._indexer().resume(report, stop)
            passages, _, documents = self.catalogue.counts()
            return Synced(
                new=0, changed=0, moved=0, missing=0, unchanged=documents, documents=documents,
                passages=passages, seconds=round(time.monotonic() - start, 3),
            )  # fmt: skip

    @contextlib.contextmanager
    def question_first(self) -> Iterator[None]:
        """While the block runs, indexing in the background waits."""
        with self.gate.question():
            yield

    def require(self, collections: Sequence[str]) -> None:
        """Raise UserError for a collection that does not exist."""
        self.catalogue.scope(collections)

    def has_passages(self, collections: Sequence[str] = ()) -> bool:
        return self.documents_searched(collections) > 0

    def documents_searched(self, collections: Sequence[str] = ()) -> int:
        """How many documents a search of these collections looks into."""
        return self.catalogue.searchable(self.catalogue.scope(collections))

    def has_vectors(self) -> bool:
        """Whether anything can be found by meaning already."""
        return self._index.counts()[1] > 0

    def ready_embedder(self) -> Embedder | None:
        """The embedder, when the library has vectors (and so a use for it)."""
        return self.serving.source.get() if self.has_vectors() else None

    def any_embedder(self) -> Embedder:
        """The embedder, also of an empty library. Raises UserError when it cannot be loaded."""
        return self.serving.source.get()

    def warm(self) -> None:
        """Load what the first question needs, so that it does not wait for it."""
        self._search()
        if self.has_vectors():
            self.serving.source.get().encode_query("warm")

    def close(self) -> None:
        """Close the database; the index needs no closing."""
        self.database.close()

    # --- keeping ---

    @contextlib.contextmanager
    def _alone(self, cancel: Stop | None, *, in_line: bool = True) -> Iterator[Stop]:
        """While inside, nobody else changes the library; gives what says that work must stop."""
        self._require_writable()
        with self._line.stand() if in_line else contextlib.nullcontext():
            self._indexing.acquire()
        try:
            yield AnyOf(cancel, self._interrupt)
        finally:
            if self._upkeep is not None:
                self._upkeep.rest()
            self._indexing.release()

    def _require_writable(self) -> None:
        if self.read_only:
            raise UserError("This profile is open for reading only.", code="read_only")

    def _indexer(self, *, recognize: bool = False) -> Indexer:
        return Indexer(
            self.catalogue,
            self._index,
            agreed(self.catalogue, self._index, self.serving.source.get()),
            self._hasher,
            self._reader,
            largest_file=self._settings.whole("largest_file_mb") * 1_000_000,
            gate=self.gate,
            eraser=self._forgetter.eraser,
            recognizing=self._recognizing if recognize else None,
        )

    def _search(self) -> Searcher:
        from carrel.library.search import Searcher

        if self._searcher is None:
            self._searcher = Searcher(
                self._index, self.serving.source, self._hasher, self.catalogue.fetch,
                reranker=reranker_in(self._settings.text("reranker")),
            )  # fmt: skip
        return self._searcher

    @property
    def _index(self) -> LanceIndex:
        return self._open()

    def _open(self) -> LanceIndex:
        """The index, opened and checked when it is first needed: its library loads slowly."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open_index()
            return self._opened

    def _open_index(self) -> LanceIndex:
        from carrel.library.index import LanceIndex

        chosen = self.serving.chosen if self.serving.pending else None
        upkeep = self._upkeep
        make = partial(
            LanceIndex, self._folder, self.serving.source.id, self.serving.source.dimensions,
            read_only=self.read_only, secret=self.catalogue.index_secret(),
            exact=self._settings.text("vector_search") == "exact",
            helper=partial(upkeep.merge, interrupt=self.gate.taken_back) if upkeep else None,
            beside=None if chosen is None else (chosen.id, chosen.dimensions),
        )  # fmt: skip
        if self.read_only:
            return open_read_only(make)
        index, lost = open_index(self._folder, self.catalogue, make, self._finish_forgetting)
        index.drop_unused()
        self._lost = lost or self._is_lost(index)
        return index

    def _is_lost(self, index: LanceIndex) -> bool:
        """Whether no words are in the index though documents were read: it was dropped to make
        room, or a passphrase was set."""
        return not index.counts()[0] and bool(self.catalogue.needs_words())

    def _finish_forgetting(self, index: LanceIndex) -> None:
        if self._forgetter.eraser.pending():
            self._forgetter.finish(lambda: index)
