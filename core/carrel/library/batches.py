"""Write passages to the index in batches: words first, then vectors, each flushed before it counts.

The order is the promise: index rows reach the disk, then carrel.db says that they are in. A crash
between the two leaves work to do again, never a document that claims to be searchable and is not.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from carrel.library import chunking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from carrel.library.gate import Gate
    from carrel.library.index import LanceIndex
    from carrel.library.passages import PassageRow
    from carrel.library.terms import TermHasher
    from carrel.ports import Embedder
    from carrel.store.catalogue import Catalogue
    from carrel_models.stops import Stop

_WORDS_BATCH = 4000  # passages per write: a write and its flush to disk cost about 20 ms
_HASHED_AT_ONCE = 100  # passages: some ten milliseconds
_MEANING_BATCH = 192  # passages embedded and written together: a second or two


def searched_text(row: PassageRow) -> str:
    """What is searched for a passage: where it stands, then what it says."""
    return f"{chunking.prefix(row.title, row.headings)}\n{row.text}"


class WordsBatch:
    """Collects documents whose words go to the index together. `between` is called now and then and
    may take its time: a waiting question comes first."""

    def __init__(
        self,
        catalogue: Catalogue,
        index: LanceIndex,
        hasher: TermHasher,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self._catalogue = catalogue
        self._index = index
        self._hasher = hasher
        self._between = between
        self._rows: list[tuple[int, int, str]] = []
        self._documents: list[int] = []
        self.passages = 0

    def add(self, document_id: int) -> None:
        """Take a stored document; its passages are written now or with later ones."""
        for at, row in enumerate(self._catalogue.each_passage(document_id)):
            if at % _HASHED_AT_ONCE == 0:
                self._between()
            prefix = chunking.prefix(row.title, row.headings)
            self._rows.append(
                (row.passage_id, document_id, self._hasher.of_passage(prefix, row.text))
            )
        self._documents.append(document_id)
        if len(self._rows) >= _WORDS_BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was collected, flush it to the disk, then say so in the database."""
        self._between()
        if self._rows:
            self._index.add_terms(self._rows)
            self._between()
            self._index.sync()
        if self._documents:
            self._catalogue.mark_words(self._documents)
        self.passages += len(self._rows)
        self._rows, self._documents = [], []


class _Passages(Protocol):
    def each_passage(self, document_id: int) -> Iterator[PassageRow]: ...
    def mark_meaning(self, document_ids: Sequence[int]) -> None: ...


class _Vectors(Protocol):
    def add_vectors(self, rows: Sequence[tuple[int, int, NDArray[np.float32]]]) -> None: ...
    def sync(self) -> None: ...


class MeaningBatch:
    """Embeds documents in the background: a waiting question and a cancel come first."""

    def __init__(
        self,
        catalogue: _Passages,
        index: _Vectors,
        embedder: Embedder,
        gate: Gate,
    ) -> None:
        self._catalogue = catalogue
        self._index = index
        self._embedder = embedder
        self._gate = gate

    def run(self, document_ids: list[int], cancel: Stop, told: Callable[[int], None]) -> None:
        """Embed all passages of these documents; `told` hears how many were done each time."""
        waiting: list[PassageRow] = []
        whole: list[int] = []
        for document_id in document_ids:
            for row in self._catalogue.each_passage(document_id):
                if len(waiting) == _MEANING_BATCH:
                    if not self._embed(waiting, cancel, told):
                        return
                    waiting = []
                    self._mark(whole, waiting)
                waiting.append(row)
            whole.append(document_id)
        if self._embed(waiting, cancel, told):
            self._mark(whole, [])

    def _embed(self, rows: list[PassageRow], cancel: Stop, told: Callable[[int], None]) -> bool:
        """Embed and write these passages; False when cancelled (nothing of them is written)."""
        vectors: dict[int, NDArray[np.float32]] = {}
        while len(vectors) < len(rows):
            self._gate.wait(cancel)
            left = [at for at in range(len(rows)) if at not in vectors]
            for at, vector in self._encoded([rows[i] for i in left], cancel, told):
                vectors[left[at]] = vector
            if cancel.is_set():
                return False
        if rows:
            self._gate.wait(cancel)
            self._index.add_vectors(
                [(r.passage_id, r.document_id, vectors[at]) for at, r in enumerate(rows)]
            )
            self._gate.wait(cancel)
            self._index.sync()
        return True

    def _encoded(
        self, rows: list[PassageRow], cancel: Stop, told: Callable[[int], None]
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Positions in `rows` and their vectors, until a question begins, a pause, or `cancel`."""
        if cancel.is_set():
            return
        texts = [searched_text(row) for row in rows]
        with closing(self._embedder.encode_batches(texts, self._gate.taken_back)) as parts:
            for places, part in parts:
                yield from zip(places, part, strict=True)
                told(len(part))
                if cancel.is_set() or self._gate.paused:
                    return

    def _mark(self, whole: list[int], waiting: list[PassageRow]) -> None:
        """Mark documents none of whose passages still wait."""
        unfinished = {row.document_id for row in waiting}
        self._catalogue.mark_meaning([one for one in whole if one not in unfinished])
        whole[:] = [one for one in whole if one in unfinished]
