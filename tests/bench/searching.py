"""Hybrid search at 10,000 passages against SQLite FTS5 + exact cosine in numpy, fused the same way.

The rival holds its vectors in memory and embeds the question with the same model; both return the
text of the ten best passages.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from tests.bench.common import Row, paired, ratio_row
from tests.bench.corpus import Words

from carrel.compose import Core
from carrel.library.batches import WordsBatch
from carrel.library.chunking import Chunk
from carrel.profile import Profile
from carrel.reading.assemble import Document
from carrel.store.rows import FileState

PASSAGES, PER_DOCUMENT, N = 10_000, 50, 40


def rows() -> list[Row]:
    """Milliseconds for a question, median over questions taken in turn."""
    with tempfile.TemporaryDirectory() as name, Core(Profile.at(Path(name))) as core:
        words = Words(2)
        texts, vectors = _fill(core, words)
        rival = _Rival(Path(name), core.library.ready_embedder(), texts, vectors)
        questions = [" ".join(words.sentence().split()[:9]) for _ in range(N)]
        core.library.search(questions[0])
        rival.search(questions[0])
        asked, other = iter(questions), iter(questions)
        ours, theirs = paired(
            lambda: _milliseconds(core.library.search, next(asked)),
            lambda: _milliseconds(rival.search, next(other)),
            N,
        )
    title = f"hybrid search at {PASSAGES:,} passages"
    return [ratio_row(title, "ms", ours, theirs, "SQLite FTS5 + exact numpy, RRF", N, "none set")]


def _milliseconds(search: Any, question: str) -> float:
    start = time.perf_counter()
    search(question)
    return (time.perf_counter() - start) * 1000


def _fill(core: Core, words: Words) -> tuple[list[str], Any]:
    """10,000 passages with random unit vectors: the search does the same work as with real ones."""
    library = core.library
    catalogue, index = library.catalogue, library._index
    collection = catalogue.ensure_collection("Bench", [])
    batch = WordsBatch(catalogue, index, library._hasher)
    rng = np.random.default_rng(0)
    texts: list[str] = []
    everything: list[Any] = []
    for number in range(PASSAGES // PER_DOCUMENT):
        parts = [words.paragraph() for _ in range(PER_DOCUMENT)]
        document_id = _store(catalogue, collection, number, parts)
        batch.add(document_id)
        texts += parts
        for row in catalogue.passages_of(document_id):
            vector = rng.standard_normal(384).astype(np.float32)
            everything.append((row.passage_id, document_id, vector / np.linalg.norm(vector)))
    batch.flush()
    index.add_vectors(everything)
    index.optimize()
    catalogue.mark_meaning(catalogue.needs_meaning())
    return texts, np.stack([vector for _, _, vector in everything])


def _store(catalogue: Any, collection: int, number: int, parts: list[str]) -> int:
    chunks, at = [], 0
    for part in parts:
        chunks.append(Chunk(at, at + len(part), None, (), 120))
        at += len(part) + 2
    document = Document(
        format="text",
        text="\n\n".join(parts), blocks=[], pages=[], char_maps={}, title=f"Document {number}",
        engine="bench",
    )  # fmt: skip
    path = f"/bench/{number}.txt"
    return int(
        catalogue.store(path, collection, FileState(at, 0), str(number), "text", document, chunks)
    )


class _Rival:
    """FTS5 with bm25(), stop words left out, and a matrix product; RRF with k=10."""

    _STOP = frozenset(
        [
            "the",
            "of",
            "and",
            "to",
            "in",
            "a",
            "is",
            "that",
            "for",
            "it",
            "as",
            "was",
            "with",
            "be",
            "by",
            "on",
            "not",
            "he",
            "at",
            "from",
        ]
    )

    def __init__(self, folder: Path, embedder: Any, texts: list[str], vectors: Any) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._db = sqlite3.connect(folder / "rival.db")
        self._db.execute("CREATE VIRTUAL TABLE p USING fts5(text, tokenize='porter unicode61')")
        with self._db:
            self._db.executemany(
                "INSERT INTO p(rowid, text) VALUES (?, ?)", list(enumerate(texts, 1))
            )

    def search(self, question: str) -> list[str]:
        words = [w for w in question.lower().rstrip(".").split() if w not in self._STOP]
        query = " OR ".join(f'"{word}"' for word in words)
        sql = "SELECT rowid FROM p WHERE p MATCH ? ORDER BY bm25(p) LIMIT 100"
        by_words = [row[0] for row in self._db.execute(sql, (query,))]
        scores = self._vectors @ self._embedder.encode_query(question)
        by_meaning = np.argsort(-scores)[:100] + 1
        fused: dict[int, float] = {}
        for ranking in (by_words, by_meaning.tolist()):
            for rank, row in enumerate(ranking, 1):
                fused[row] = fused.get(row, 0.0) + 1 / (10 + rank)
        best = sorted(fused, key=lambda row: -fused[row])[:10]
        marks = ",".join("?" * len(best))
        return [
            r[0] for r in self._db.execute(f"SELECT text FROM p WHERE rowid IN ({marks})", best)
        ]
