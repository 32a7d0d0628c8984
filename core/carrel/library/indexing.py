"""Bring files into the library: read, cut into passages, index by words, then by meaning.

What happens, in order: the paths are scanned; changed files are read by the reader process, a
little ahead of the desk; each is stored in one transaction; the words of a batch go to the index;
when all words are in, passages are embedded. A crash at any point leaves rows that say what is to
be done.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from carrel.errors import Cancelled, UserError
from carrel.events import Added, IndexProgress, SkippedFile
from carrel.library import chunking
from carrel.library.batches import MeaningBatch, WordsBatch
from carrel.library.opening import Opened, ahead, open_and_read
from carrel.library.sync import Found, Left, absolute, scan
from carrel.store.catalogue import Catalogue
from carrel.store.rows import FileState

if TYPE_CHECKING:
    from carrel.library.index import LanceIndex
    from carrel.library.terms import TermHasher
    from carrel.ports import Embedder, Reader
    from carrel.reading.assemble import Document

_STATUS = {"empty": "empty", "encrypted": "encrypted", "timeout": "quarantined"}
_STATUS |= {"died": "quarantined", "quarantined": "quarantined"}
_SETTLED = ("indexed", "keyword_only", "empty", "encrypted", "failed", "quarantined")
_SEARCHED = ("indexed", "keyword_only", "reading")  # what may have rows in the index
_RETRIED = ("changing", "unreadable")  # what may go away without the file itself changing
Report = Callable[[IndexProgress], None]


class Indexer:
    """Adds paths to the library. Embedding waits whenever `idle` is clear: a question runs."""

    def __init__(
        self,
        catalogue: Catalogue,
        index: LanceIndex,
        embedder: Embedder,
        hasher: TermHasher,
        reader: Reader,
        *,
        largest_file: int,
        idle: threading.Event,
    ) -> None:
        self._catalogue = catalogue
        self._index = index
        self._embedder = embedder
        self._hasher = hasher
        self._reader = reader
        self._largest_file = largest_file
        self._idle = idle
        self._lock = threading.Lock()

    def add(
        self, paths: Sequence[str], name: str, report: Report, cancel: threading.Event
    ) -> Added:
        """Index the paths as (part of) collection `name`, or one named after the first path.

        Returns when everything is searchable by meaning. Raises UserError for a path that does not
        exist, Cancelled when `cancel` was set (what is done stays done).
        """
        with self._lock:
            start = time.monotonic()
            full = [absolute(path) for path in paths]
            name = name or collection_name(full[0], self._catalogue)
            meter = _Meter(name, report)
            seen = scan(full)
            collection = self._catalogue.ensure_collection(name, full)
            self._note_missing(collection, full, seen.found)
            left = self._record_left(collection, seen.left)
            self._read_all(collection, seen.found, meter, cancel)
            searchable = time.monotonic() - start
            self._embed_all(meter, cancel)
            meter.stage("done")
            return self._added(name, collection, left, start, searchable)

    def resume(self, report: Report, cancel: threading.Event) -> None:
        """Finish what an earlier run left: words first, then meaning."""
        with self._lock:
            batch = WordsBatch(self._catalogue, self._index, self._hasher)
            for document_id in self._catalogue.needs_words():
                batch.add(document_id)
            batch.flush()
            self._embed_all(_Meter("", report), cancel)

    def _read_all(
        self, collection: int, files: list[Found], meter: _Meter, cancel: threading.Event
    ) -> None:
        batch = WordsBatch(self._catalogue, self._index, self._hasher)
        for document_id in self._catalogue.needs_words():
            batch.add(document_id)
        changed = [one for one in files if self._must_read(collection, one)]
        meter.start("reading", len(files), len(files) - len(changed))
        for opened in ahead(self._opened(changed, cancel)):
            self._take(collection, opened, batch)
            meter.document(opened.found.path, batch.passages)
        batch.flush()
        meter.passages = batch.passages
        if cancel.is_set():
            raise Cancelled("Indexing was stopped; what is done stays done.")

    def _must_read(self, collection: int, found: Found) -> bool:
        known = self._catalogue.known(found.path)
        if known is None or known.status not in _SETTLED or known.code in _RETRIED:
            return True
        if known.state != found.state:
            return True
        self._catalogue.include(collection, known.document_id)
        return False

    def _opened(self, files: list[Found], cancel: threading.Event) -> Iterator[Opened]:
        for found in files:
            if cancel.is_set():
                return
            known = self._catalogue.known(found.path)
            settled = known if known is not None and known.status in _SETTLED else None
            yield open_and_read(found, settled, self._reader, self._largest_file)

    def _take(self, collection: int, opened: Opened, batch: WordsBatch) -> None:
        """Store what came of one file."""
        path, state = opened.found
        known = self._catalogue.known(path)
        if opened.outcome is None and known is not None:
            self._catalogue.touch(known.document_id, state)
            self._catalogue.include(collection, known.document_id)
            return
        if known is not None and known.status in _SEARCHED:
            self._index.remove([known.document_id])
        if isinstance(opened.outcome, UserError):
            self._settle(collection, path, state, opened.outcome, opened.digest)
        elif opened.outcome is not None:
            batch.add(self._store(collection, opened, opened.outcome))

    def _store(self, collection: int, opened: Opened, document: Document) -> int:
        chunks = chunking.chunk(
            document.text, document.blocks, document.pages, self._embedder.count_tokens
        )
        path, state = opened.found
        return self._catalogue.store(
            path, collection, state, opened.digest, opened.format, document, chunks
        )

    def _settle(
        self, collection: int, path: str, state: FileState, problem: UserError, digest: str = ""
    ) -> None:
        self._catalogue.settle(
            path, collection, state, status=_STATUS.get(problem.code, "failed"),
            code=problem.code, reason=str(problem), digest=digest,
        )  # fmt: skip

    def _record_left(self, collection: int, left: list[Left]) -> list[Left]:
        for one in left:
            if one.is_document:
                problem = UserError(one.reason, code=one.code)
                self._settle(collection, one.path, FileState(0, 0), problem)
        return left

    def _note_missing(self, collection: int, tops: list[str], files: list[Found]) -> None:
        """Documents under these paths whose files are gone are marked, and no longer searched."""
        present = {one.path for one in files}
        gone = [
            number
            for path, number in self._catalogue.documents_under(collection).items()
            if path not in present and _under(path, tops) and not os.path.lexists(path)
        ]
        if gone:
            self._index.remove(gone)
            self._catalogue.mark_missing(gone)

    def _embed_all(self, meter: _Meter, cancel: threading.Event) -> None:
        waiting = self._catalogue.needs_meaning()
        if not waiting:
            return
        meter.stage("meaning")
        batch = MeaningBatch(self._catalogue, self._index, self._embedder, self._idle)
        batch.run(waiting, cancel, meter.meaning)
        if cancel.is_set():
            raise Cancelled("Indexing was stopped; what is done stays done.")

    def _added(
        self, name: str, collection: int, left: list[Left], start: float, searchable: float
    ) -> Added:
        documents, passages, problems = self._catalogue.summary(collection)
        skipped = {
            one.path: SkippedFile(path=one.path, code=one.code, reason=one.reason) for one in left
        }
        for path, code, reason in problems:
            skipped[path] = SkippedFile(path=path, code=code, reason=reason)
        return Added(
            collection=name, documents=documents, passages=passages,
            skipped=sorted(skipped.values(), key=lambda s: s.path),
            seconds=round(time.monotonic() - start, 3), searchable_seconds=round(searchable, 3),
        )  # fmt: skip


def collection_name(path: str, catalogue: Catalogue) -> str:
    """The collection this path belongs to already, or a new name after its last part."""
    known = catalogue.collection_of_path(path)
    if known is not None:
        return known
    base = os.path.basename(path if os.path.isdir(path) else os.path.dirname(path)) or "Files"
    taken, name, number = set(catalogue.collection_names()), base, 2
    while name in taken:
        name, number = f"{base} {number}", number + 1
    return name


def _under(path: str, tops: Sequence[str]) -> bool:
    return any(path == top or path.startswith(top.rstrip(os.sep) + os.sep) for top in tops)


class _Meter:
    """Counts what was done and reports it, at most ten times a second."""

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._stage = "scanning"
        self._total = self._done = self._skipped = self._meaning = 0
        self._started = self._told = time.monotonic()
        self.passages = 0
        self._send("")

    def start(self, stage: str, total: int, done: int) -> None:
        self._total, self._done, self._skipped = total, done, done
        self.stage(stage)

    def stage(self, stage: str) -> None:
        self._stage, self._started = stage, time.monotonic()
        self._send("")

    def document(self, path: str, passages: int) -> None:
        self._done += 1
        self.passages = passages
        self._now_and_then(path)

    def meaning(self, count: int) -> None:
        self._meaning += count
        self._now_and_then("")

    def _now_and_then(self, current: str) -> None:
        now = time.monotonic()
        if now - self._told > 0.1:
            self._told = now
            self._send(current)

    def _send(self, current: str) -> None:
        seconds = max(time.monotonic() - self._started, 1e-6)
        by_meaning = self._stage == "meaning"
        work = self._meaning if by_meaning else self._done - self._skipped
        left = (self.passages - self._meaning) if by_meaning else (self._total - self._done)
        rate = work / seconds
        self._report(
            IndexProgress(
                collection=self._name, stage=self._stage,  # type: ignore[arg-type]
                documents_done=self._done, documents_total=self._total, passages=self.passages,
                passages_by_meaning=self._meaning, per_second=round(rate, 2),
                seconds_left=round(left / rate, 1) if work and left >= 0 else None,
                current=current,
            )
        )  # fmt: skip
