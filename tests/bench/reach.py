"""How far the library reaches: searches from 1,000 to 100,000 passages of real text.

Per size: whole hybrid search, vectors alone exactly and through the index, and how many of the ten
best the index finds. At the largest: the same while documents are indexed, a new PDF of 100 pages
until its words are found, what forgetting takes, and the memory of the process.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.common import Row, value_row
from tests.bench.corpus import Words, write_pdf
from tests.bench.real_passages import passages
from tests.bench.searching import _store

from carrel.compose import Core
from carrel.library import nearest
from carrel.library.batches import WordsBatch
from carrel.library.forgetting import Wish
from carrel.profile import Profile

SIZES = (1_000, 3_000, 10_000, 20_000, 30_000, 100_000)
PER_DOCUMENT, N = 40, 100


def rows() -> list[Row]:
    """Milliseconds, recall, seconds and megabytes, size by size in one library that grows."""
    texts, vectors = passages()
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as name, Core(Profile.at(Path(name) / "profile")) as core:
        library = _Library(core, texts, vectors)
        for size in SIZES:
            built = library.grow(size)
            found += _searches(library, size, built)
        found += _largest(library, Path(name))
    return found


class _Library:
    """Fills a real library with texts whose vectors are known."""

    def __init__(self, core: Core, texts: list[str], vectors: Any) -> None:
        self.core = core
        self.index = core.library._index
        self.texts, self.vectors = texts, vectors
        self.size = 0
        self._collection = core.library.catalogue.ensure_collection("Bench", [])

    def grow(self, size: int) -> float:
        """Have this many passages. Returns the seconds that making the indexes took at the end."""
        catalogue = self.core.library.catalogue
        batch = WordsBatch(catalogue, self.index, self.core.library._hasher)
        while self.size < size:
            at = self.size
            parts = self.texts[at : at + PER_DOCUMENT]
            number = _store(catalogue, self._collection, at, parts)
            batch.add(number)
            found = catalogue.passages_of(number)
            self.index.add_vectors(
                [(row.passage_id, number, self.vectors[at + i]) for i, row in enumerate(found)]
            )
            self.size += len(parts)
        batch.flush()
        start = time.perf_counter()
        self.index.optimize()
        took = time.perf_counter() - start
        self.index.sync()
        catalogue.mark_meaning(catalogue.needs_meaning())
        return took

    def questions(self) -> list[str]:
        """The first words of passages from all over the library."""
        step = max(1, self.size // N)
        return [" ".join(text.split()[:9]) for text in self.texts[: self.size : step]][:N]


def _searches(library: _Library, size: int, built: float) -> list[Row]:
    questions = library.questions()
    core = library.core
    core.library.search(questions[0])
    hybrid = _times(questions, core.library.search)
    embedder = core.library.any_embedder()
    queries = [embedder.encode_query(question) for question in questions]
    exact, true = _vectors(library, queries, exact=True)
    quick, found = _vectors(library, queries, exact=False)
    same = sum(len(set(a) & set(b)) for a, b in zip(true, found, strict=True))
    indexed = size >= nearest.NEAREST_FROM
    title = f"{size:>7,} passages: "
    made = [
        value_row(f"{title}hybrid, p50", "ms", statistics.median(hybrid), N, ""),
        value_row(f"{title}hybrid, p95", "ms", _p95(hybrid), N, "40 at 100,000"),
        value_row(f"{title}vectors exact, p95", "ms", _p95(exact), N, ""),
    ]
    if indexed:
        made += [
            value_row(f"{title}vectors indexed, p95", "ms", _p95(quick), N, "20 at 100,000"),
            value_row(f"{title}recall@10 of the index", "", same / (10 * len(true)), N, ".98"),
            value_row(f"{title}making the indexes", "s", built, 1, ""),
        ]
    return made


def _vectors(
    library: _Library, queries: list[Any], *, exact: bool
) -> tuple[list[float], list[list[int]]]:
    index = library.index
    index._exact = exact
    found: list[list[int]] = []
    times = _times(queries, lambda q: found.append([p for p, _ in index.search_vectors(q)[:10]]))
    index._exact = False
    return times, found


def _largest(library: _Library, folder: Path) -> list[Row]:
    core = library.core
    title = f"{library.size:>7,} passages: "
    memory = _memory_of_another(folder / "profile", library.questions())
    busy = _while_indexing(library, folder)
    write_pdf(folder / "new.pdf", Words(9), 100)
    added = core.library.add([str(folder / "new.pdf")], "New")
    start = time.perf_counter()
    forgotten = core.library.forget(Wish(collection="New"))
    took = time.perf_counter() - start
    return [
        value_row(f"{title}hybrid while indexing, p95", "ms", _p95(busy), len(busy), "40"),
        value_row(f"{title}100-page PDF, found by words after", "s", added.searchable_seconds, 1,
                  "3"),
        value_row(f"{title}forgetting {forgotten.documents} document", "s", took, 1,
                  "10 per 10,000 = 100"),
        value_row(f"{title}memory, opened and {N} searches", "MB", memory, 1, "700"),
    ]  # fmt: skip


def _while_indexing(library: _Library, folder: Path) -> list[float]:
    """Searches as a question makes them (indexing yields to it) while documents are added."""
    many = folder / "many"
    many.mkdir()
    words = Words(5)
    for number in range(150):
        text = "\n\n".join(words.paragraph() for _ in range(40))
        (many / f"{number}.txt").write_text(text, encoding="utf-8")
    core = library.core
    stop = threading.Event()
    worker = threading.Thread(
        target=lambda: _until(stop, lambda: core.library.add([str(many)], "Many", cancel=stop))
    )
    worker.start()
    times: list[float] = []
    try:
        for question in library.questions():
            start = time.perf_counter()
            with core.library.question_first():
                core.library.search(question)
            times.append((time.perf_counter() - start) * 1000)
            stop.wait(0.05)  # a person reads; indexing goes on
        assert worker.is_alive(), "indexing ended too early to be measured beside"
    finally:
        stop.set()
        worker.join()
    return times


def _until(stop: threading.Event, work: Callable[[], object]) -> None:
    from carrel.errors import Cancelled

    try:
        work()
    except Cancelled:
        assert stop.is_set()


def _times(questions: list[Any], search: Callable[[Any], object]) -> list[float]:
    times = []
    for question in questions:
        start = time.perf_counter()
        search(question)
        times.append((time.perf_counter() - start) * 1000)
    return times


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]


_OPENED = """
import json, os, sys
from carrel.compose import Core
from carrel.profile import Profile
from pathlib import Path
with Core(Profile.at(Path(sys.argv[1])), read_only=True) as core:
    core.library.warm()
    for question in json.load(sys.stdin):
        core.library.search(question)
    with open("/proc/self/statm") as file:
        print(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6)
"""


def _memory_of_another(profile: Path, questions: list[str]) -> float:
    """Megabytes in memory of a fresh process that opens the library and searches it."""
    done = subprocess.run(
        [sys.executable, "-c", _OPENED, str(profile)], input=json.dumps(questions), text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    return float(done.stdout)
