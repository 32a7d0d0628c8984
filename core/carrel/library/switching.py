"""Changes the embedder of a library without a gap: the chosen one's vectors are made beside those
that serve, and serve themselves from one transaction on, when all are there.

What was made before a kill is found again: passages that have a vector beside are not embedded a
second time. Passages stay as they were cut, so that what was quoted from them stays where it is.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from carrel.library.batches import MeaningBatch
from carrel.library.lance import IndexDamaged
from carrel.library.metering import Meter, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrel.library.embedders import EmbedderSource
    from carrel.library.gate import Gate
    from carrel.library.index import LanceIndex
    from carrel.library.passages import PassageRow
    from carrel.library.vectors import VectorRow
    from carrel.ports import Embedder
    from carrel.store.catalogue import Catalogue
    from carrel_models.stops import Stop

_MADE_BY = "vectors beside"  # a flag of carrel.db: id and SHA-256 of who made what is beside


class Shelf(Protocol):
    """Where embedders are found by their ids: None, and no languages, for one that is gone."""

    def source(self, embedder_id: str) -> EmbedderSource | None: ...
    def languages(self, embedder_id: str) -> list[str]: ...


class Serving:
    """Which embedder serves (`source`) and which one was `chosen`. Where the one that made the
    vectors is gone, the chosen one serves at once, from new vectors."""

    def __init__(self, catalogue: Catalogue, chosen: EmbedderSource, shelf: Shelf | None) -> None:
        made_with = catalogue.embedder()
        other = made_with is not None and made_with[0] != chosen.id
        there = shelf.source(made_with[0]) if made_with and other and shelf else None
        self.source = there or chosen
        self.chosen = chosen
        self._searches = 0
        self._switching = False
        self._changed = threading.Condition()

    @property
    def pending(self) -> bool:
        """Whether another embedder was chosen than the one that serves."""
        return self.source.id != self.chosen.id

    @contextlib.contextmanager
    def search(self) -> Iterator[None]:
        """While inside, embedder and vectors stay a pair."""
        with self._changed:
            self._changed.wait_for(lambda: not self._switching)
            self._searches += 1
        try:
            yield
        finally:
            with self._changed:
                self._searches -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def switch(self, catalogue: Catalogue, index: LanceIndex, embedder: Embedder) -> Iterator[None]:
        """The chosen embedder serves from now on, with the vectors beside. While inside, nobody
        searches: searches end first, and new ones wait for a moment."""
        with self._changed:
            self._switching = True
            self._changed.wait_for(lambda: not self._searches)
        try:
            catalogue.use_embedder(embedder.id, embedder.sha256, embedder.dimensions)
            index.serve_beside()
            self.source = self.chosen
            yield
        finally:
            with self._changed:
                self._switching = False
                self._changed.notify_all()


class Line:
    """Counts who waits to change the library; as a wish to stop it is set while somebody does."""

    def __init__(self) -> None:
        self._waiting = 0
        self._lock = threading.Lock()

    def is_set(self) -> bool:
        """Whether somebody waits."""
        return self._waiting > 0

    @contextlib.contextmanager
    def stand(self) -> Iterator[None]:
        """Wait in line while inside."""
        with self._lock:
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1


def agreed(catalogue: Catalogue, index: LanceIndex, embedder: Embedder) -> Embedder:
    """The embedder, noted as the one that makes the vectors. Where those that are there come from
    one that is gone, or from other weights under its name, the index is made anew."""
    made_with = catalogue.embedder()
    if made_with != (embedder.id, embedder.sha256):
        if made_with is not None:
            index.drop()
            catalogue.unmark_all()
        catalogue.use_embedder(embedder.id, embedder.sha256, embedder.dimensions)
    return embedder


def build(
    catalogue: Catalogue,
    index: LanceIndex,
    embedder: Embedder,
    gate: Gate,
    report: Report,
    stop: Stop,
) -> bool:
    """Make the vectors of `embedder` beside, of all passages that have one by the embedder that
    serves; False when stopped: what is done stays, and the next call goes on there."""
    wanted = catalogue.passages_by_meaning()
    held = _begin(catalogue, index, embedder, wanted)
    meter = Meter("", report)
    meter.passages = len(wanted)
    try:
        meter.stage("meaning")
        meter.meaning(len(held))
        beside = MeaningBatch(_Missing(catalogue, held), _Beside(index), embedder, gate)
        waiting = {wanted[passage]: None for passage in sorted(wanted) if passage not in held}
        beside.run(list(waiting), stop, meter.meaning)
    finally:
        meter.stage("done")
    if stop.is_set():
        return False
    index.merge_beside()
    if index.beside() != wanted:
        raise IndexDamaged("Not every passage got a vector of the new embedder.")
    return True


def _begin(
    catalogue: Catalogue, index: LanceIndex, embedder: Embedder, wanted: dict[int, int]
) -> dict[int, int]:
    """What an earlier run made of these vectors; nothing of what other weights made."""
    made_by = f"{embedder.id} {embedder.sha256}"
    index.begin_beside(embedder.id, embedder.dimensions)
    held = index.beside()
    if catalogue.flag(_MADE_BY) == made_by and held.items() <= wanted.items():
        return held
    index.clear_beside()
    catalogue.set_flag(_MADE_BY, made_by)
    return {}


class _Missing:
    """The passages that have no vector beside yet, as MeaningBatch asks for them."""

    def __init__(self, catalogue: Catalogue, held: dict[int, int]) -> None:
        self._catalogue = catalogue
        self._held = held

    def each_passage(self, document_id: int) -> Iterator[PassageRow]:
        for row in self._catalogue.each_passage(document_id):
            if row.passage_id not in self._held:
                yield row

    def mark_meaning(self, document_ids: Sequence[int]) -> None:
        """What is beside is known by what is there."""


class _Beside:
    """The index, with vectors added beside."""

    def __init__(self, index: LanceIndex) -> None:
        self._index = index

    def add_vectors(self, rows: Sequence[VectorRow]) -> None:
        self._index.add_beside(rows)

    def sync(self) -> None:
        self._index.sync()
