"""Bring files into the library: read, cut into passages, index by words, then by meaning.

What happens, in order: the paths are scanned; changed files are read by the reader process, a
little ahead of the desk; each is stored in one transaction; the words of a batch go to the index;
when all words are in, passages are embedded; the text in pictures is recognized last. A crash at
any point leaves rows that say what is to be done.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from carrel.desk.library_requests import Synced
from carrel.errors import Cancelled, UserError
from carrel.events import Added, SkippedFile
from carrel.library import chunking
from carrel.library.batches import MeaningBatch, WordsBatch
from carrel.library.metering import Meter, Report
from carrel.library.moving import Moves, move
from carrel.library.opening import Opened, ahead, open_and_read
from carrel.library.reconciling import Look, device_of, look
from carrel.library.sync import Found, Left, absolute
from carrel.library.tally import Tally
from carrel.reading.assemble import OnlyPictures
from carrel.reading.formats import format_of
from carrel.store.catalogue import Catalogue
from carrel.store.rows import FileState, Known

if TYPE_CHECKING:
    from carrel.library.gate import Gate
    from carrel.library.index import LanceIndex
    from carrel.library.recognizing import Recognized, Recognizing
    from carrel.library.terms import TermHasher
    from carrel.ports import Embedder, Reader
    from carrel.reading.assemble import Document
    from carrel.store.erasing import Eraser
    from carrel.store.pictures import Waiting
    from carrel_models.stops import Stop

_STATUS = {"empty": "empty", "encrypted": "encrypted", "timeout": "quarantined"}
_STATUS |= {"pictures": "empty", "no_words": "empty", "unseen": "empty"}
_STATUS |= {"died": "quarantined", "quarantined": "quarantined"}
_SETTLED = ("indexed", "keyword_only", "empty", "encrypted", "failed", "quarantined")
_SEARCHED = ("indexed", "keyword_only", "reading")  # what may have rows in the index
_RETRIED = ("changing", "unreadable")  # what may go away without the file itself changing


class Indexer:
    """Adds paths to the library and keeps it in step with them. All work waits at `gate`."""

    def __init__(
        self,
        catalogue: Catalogue,
        index: LanceIndex,
        embedder: Embedder,
        hasher: TermHasher,
        reader: Reader,
        *,
        largest_file: int,
        gate: Gate,
        eraser: Eraser,
        recognizing: Recognizing | None = None,
    ) -> None:
        """`recognizing` None leaves the text in pictures alone."""
        self._catalogue = catalogue
        self._index = index
        self._embedder = embedder
        self._hasher = hasher
        self._reader = reader
        self._largest_file = largest_file
        self._gate = gate
        self._eraser = eraser
        self._recognizing = recognizing

    def add(self, paths: Sequence[str], name: str, report: Report, cancel: Stop) -> Added:
        """Index the paths as (part of) collection `name`, or one named after the first path.

        Returns when everything is searchable by meaning. Raises UserError for a path that does not
        exist, Cancelled when `cancel` was set (what is done stays done).
        """
        start = time.monotonic()
        full = [absolute(path) for path in paths]
        name = name or collection_name(full[0], self._catalogue)
        meter = Meter(name, report)
        collection = self._catalogue.ensure_collection(name, full)
        try:
            tally = self._update(collection, full, meter, cancel)
            searchable = time.monotonic() - start
            self._embed_all(meter, cancel)
        finally:
            meter.stage("done")
        self.recognize(report, cancel)
        return self._added(name, collection, tally.left, start, searchable)

    def sync(self, names: Sequence[str], report: Report, cancel: Stop) -> Synced:
        """Bring collections ([] means all) up to date with their folders, words first for all of
        them, then meaning. Raises as `add`, but for folders that are not there: they are away."""
        homes = {
            home: self._catalogue.paths(home[0]) for home in self._catalogue.collection_ids(names)
        }
        return self.sync_paths(homes, report, cancel)

    def sync_paths(
        self,
        homes: Mapping[tuple[int, str], Sequence[str]],
        report: Report,
        cancel: Stop,
    ) -> Synced:
        """As `sync`, for some files and folders of some collections (by id and name)."""
        start = time.monotonic()
        tally, away = Tally(), []
        meters: list[Meter] = []
        try:
            for (collection, name), paths in homes.items():
                meters.append(Meter(name, report))
                one = self._update(collection, paths, meters[-1], cancel)
                tally.join(one)
                away += [name] if one.away else []
            if meters:
                self._embed_all(meters[-1], cancel)
        finally:
            for meter in meters:  # whoever shows progress must hear of each one's end
                meter.stage("done")
        self.recognize(report, cancel)
        passages, _, documents = self._catalogue.counts()
        return Synced(
            **tally.counts(), documents=documents, passages=passages,
            seconds=round(time.monotonic() - start, 3), away=away,
        )  # fmt: skip

    def _update(self, collection: int, wanted: Sequence[str], meter: Meter, cancel: Stop) -> Tally:
        """Make the catalogue say what lies under these folders of a collection."""
        rules = self._catalogue.rules(collection)
        seen = look(self._catalogue, collection, wanted, rules, self._eraser)
        tally = Tally(left=seen.scan.left, away=seen.away)
        self._record_left(collection, seen)
        self._drop_out(collection, list(seen.out.values()))
        self._read_all(collection, seen, meter, tally, cancel)
        self._note_missing(seen, tally)
        for top in seen.tops:
            self._catalogue.note_device(collection, top, device_of(top))
        return tally

    def resume(self, report: Report, cancel: Stop) -> None:
        """Finish what an earlier run left: words first, then meaning."""
        batch = self._words(cancel)
        for document_id in self._catalogue.needs_words():
            batch.add(document_id)
        batch.flush()
        meter = Meter("", report)
        try:
            self._embed_all(meter, cancel)
        finally:
            meter.stage("done")

    def recognize(self, report: Report, cancel: Stop) -> None:
        """Recognize the text of all pages that wait for it, and index it, collection by
        collection, if the user wants that. Raises Cancelled."""
        groups: dict[str, list[Waiting]] = {}
        wanted = self._recognizing is not None and self._recognizing.wanted()
        for one in self._catalogue.waiting_pictures() if wanted else []:
            groups.setdefault(self._catalogue.home(one.path)[1], []).append(one)
        for name, waiting in groups.items():
            meter = Meter(name, report)
            try:
                self._recognize(waiting, meter, cancel)
            finally:
                meter.stage("done")

    def _read_all(
        self, collection: int, seen: Look, meter: Meter, tally: Tally, cancel: Stop
    ) -> None:
        files = seen.scan.found
        batch = self._words(cancel)
        for document_id in self._catalogue.needs_words():
            batch.add(document_id)
        changed = []
        for one in files:
            self._gate.step(cancel)
            if self._must_read(collection, one):
                changed.append(one)
        tally.unchanged = len(files) - len(changed)
        meter.start("reading", len(files), tally.unchanged)
        for opened in ahead(self._opened(changed, cancel)):
            self._gate.wait(cancel)
            self._take(collection, opened, batch, tally, cancel)
            meter.document(opened.found.path, batch.passages)
        batch.flush()
        meter.passages = batch.passages
        if cancel.is_set():
            raise Cancelled("Indexing was stopped; what is done stays done.")

    def _must_read(self, collection: int, found: Found) -> bool:
        known = self._catalogue.known(found.path)
        if known is None or known.status not in _SETTLED or _worth_another_try(known, found.path):
            return True
        if known.state != found.state:
            return True
        self._catalogue.include(collection, known.document_id)
        return False

    def _opened(self, files: list[Found], cancel: Stop) -> Iterator[Opened]:
        moves = Moves(self._catalogue)
        for found in files:
            if cancel.is_set():
                return
            known = self._catalogue.known(found.path)
            # What was taken out when its file went missing is as good as the file, if it is the
            # same; what never had passages is read again.
            kept = known is not None and (
                (known.status in _SETTLED and not _worth_another_try(known, found.path))
                or (known.status == "missing" and self._catalogue.has_text(known.document_id))
            )
            self._gate.wait(cancel)
            yield open_and_read(
                found, known if kept else None, self._reader, self._largest_file,
                moved=moves.to(found) if known is None else None,
                between=lambda: self._gate.wait(cancel),
            )  # fmt: skip

    def _words(self, cancel: Stop) -> WordsBatch:
        between = partial(self._gate.step, cancel)
        return WordsBatch(self._catalogue, self._index, self._hasher, between)

    def _take(
        self, collection: int, opened: Opened, batch: WordsBatch, tally: Tally, cancel: Stop
    ) -> None:
        """Store what came of one file."""
        path, state = opened.found
        known = self._catalogue.known(path)
        if opened.outcome is None:
            self._keep(collection, opened, known, batch, tally)
            return
        tally.count("new" if known is None else "changed")
        if known is not None and known.status in _SEARCHED:
            self._index.remove([known.document_id])
        if isinstance(opened.outcome, UserError):
            self._settle(collection, path, state, opened.outcome, opened.digest)
        else:
            batch.add(self._store(collection, opened, opened.outcome, cancel))

    def _keep(
        self, collection: int, opened: Opened, known: Known | None, batch: WordsBatch, tally: Tally
    ) -> None:
        """Note a file whose content is known: touched, back, or moved."""
        path, state = opened.found
        if known is None:
            document_id = opened.moved_from
            if document_id is None:
                raise AssertionError("A file that is not known was not read.")
            again = move(self._catalogue, document_id, path, state)
            tally.moved_id(document_id)
            if again:
                self._index.remove_terms([document_id])
        else:
            document_id = known.document_id
            again = known.status == "missing"
            if again:
                self._catalogue.revive(document_id)
            tally.count("changed" if again else "unchanged")
            self._catalogue.touch(document_id, state)
        self._catalogue.include(collection, document_id)
        if again:
            batch.add(document_id)

    def _store(self, collection: int, opened: Opened, document: Document, cancel: Stop) -> int:
        chunks = chunking.chunk(
            document.text, document.blocks, document.pages, self._embedder.count_tokens,
            between=partial(self._gate.step, cancel),
        )  # fmt: skip
        path, state = opened.found
        return self._catalogue.store(
            path, collection, state, opened.digest, opened.format, document, chunks
        )

    def _recognize(self, waiting: Sequence[Waiting], meter: Meter, cancel: Stop) -> None:
        if self._recognizing is None:
            return
        meter.start("recognizing", sum(len(one.pages) for one in waiting), 0)
        batch = self._words(cancel)

        def page_done(path: str) -> None:
            meter.document(path, batch.passages)

        for done in self._recognizing.run(waiting, page_done, cancel):
            self._take_recognized(done, batch, cancel)
        self._embed_all(meter, cancel)

    def _take_recognized(self, done: Recognized, batch: WordsBatch, cancel: Stop) -> None:
        path, digest = done.waiting.path, done.waiting.digest
        collection, _ = self._catalogue.home(path)
        if isinstance(done.outcome, UserError):
            self._settle(collection, path, done.state, done.outcome, digest)
            return
        self._index.remove([done.waiting.document_id])
        opened = Opened(Found(path, done.state), digest, done.format, done.outcome)
        batch.add(self._store(collection, opened, done.outcome, cancel))
        batch.flush()

    def _settle(
        self, collection: int, path: str, state: FileState, problem: UserError, digest: str = ""
    ) -> None:
        self._catalogue.settle(
            path, collection, state, status=_STATUS.get(problem.code, "failed"),
            code=problem.code, reason=str(problem), digest=digest,
            pictures=problem.pictures if isinstance(problem, OnlyPictures) else None,
        )  # fmt: skip

    def _record_left(self, collection: int, seen: Look) -> None:
        rows = []
        for one in seen.scan.left:
            if one.is_document:
                problem = UserError(one.reason, code=one.code)
                self._settle(collection, one.path, FileState(0, 0), problem)
            else:
                rows.append((one.path, one.code, one.reason))
        self._catalogue.replace_left_out(collection, seen.tops, rows)

    def _drop_out(self, collection: int, documents: list[int]) -> None:
        """Documents that a rule leaves out now go, unless another collection has them."""
        homeless = self._catalogue.exclude(collection, documents)
        if homeless:
            self._index.remove(homeless)
            self._catalogue.delete(homeless)

    def _note_missing(self, seen: Look, tally: Tally) -> None:
        """Documents whose files are gone, and were not moved, are no longer searched."""
        gone = [one for path, one in seen.gone.items() if one not in tally.moved_ids]
        fresh = self._catalogue.not_missing(gone)
        if fresh:
            self._index.remove(fresh)
            self._catalogue.mark_missing(fresh)
            tally.missing += len(fresh)

    def _embed_all(self, meter: Meter, cancel: Stop) -> None:
        waiting = self._catalogue.needs_meaning()
        if not waiting:
            return
        meter.stage("meaning")
        batch = MeaningBatch(self._catalogue, self._index, self._embedder, self._gate)
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


def _worth_another_try(known: Known, path: str) -> bool:
    """Whether a file that could not be read may be readable now though it has not changed: what
    was in the way is gone, or its format was not read then and is now."""
    return known.code in _RETRIED or (known.code == "unsupported" and format_of(path) is not None)


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
