"""Milliseconds from Enter to the verbatim sentences at 50,000 passages.

Everything before a model is asked: search, evidence and quotes, through `Assistant.ask`, with the
starter embedder. The passages are made here and their vectors are random: that changes what is
found, not how long it takes.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from tests.bench.common import Row, value_row
from tests.bench.corpus import Words
from tests.bench.searching import _store

from carrel.compose import Core
from carrel.desk.requests import Ask
from carrel.events import Quoted
from carrel.library.batches import WordsBatch
from carrel.profile import Profile

PASSAGES, PER_DOCUMENT, N = 50_000, 100, 40
GOAL = 300


def rows() -> list[Row]:
    """Median and 95th percentile of N questions, after three that warm up."""
    with tempfile.TemporaryDirectory() as name, Core(Profile.at(Path(name))) as core:
        texts = _fill(core)
        questions = [" ".join(text.split()[:9]) for text in texts[:: len(texts) // (N + 3)]]
        times = sorted([_until_quoted(core, question) for question in questions[: N + 3]][3:])
    title = f"Enter to the verbatim sentences, {PASSAGES:,} passages"
    return [
        value_row(f"{title}, p50", "ms", statistics.median(times), N, str(GOAL)),
        value_row(f"{title}, p95", "ms", times[int(0.95 * len(times))], N, str(GOAL)),
    ]


def _until_quoted(core: Core, question: str) -> float:
    """Milliseconds until the quotes are there; the rest of the answer is not waited for."""
    start = time.perf_counter()
    request = Ask(question=question, mode="files", generated="never", trace=False)
    for event in core.assistant.ask(request):
        if isinstance(event, Quoted):
            return (time.perf_counter() - start) * 1000
    raise RuntimeError("The question ended without quotes.")


def _fill(core: Core) -> list[str]:
    library, words, random = core.library, Words(3), np.random.default_rng(0)
    embedder = library.any_embedder()
    collection = library.catalogue.ensure_collection("Bench", [])
    batch = WordsBatch(library.catalogue, library._index, library._hasher)
    texts: list[str] = []
    for number in range(PASSAGES // PER_DOCUMENT):
        parts = [words.paragraph() for _ in range(PER_DOCUMENT)]
        document = _store(library.catalogue, collection, number, parts)
        batch.add(document)
        texts += parts
        vectors: Any = random.standard_normal((PER_DOCUMENT, embedder.dimensions))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found = library.catalogue.passages_of(document)
        library._index.add_vectors(
            [
                (row.passage_id, document, vector.astype(np.float32))
                for row, vector in zip(found, vectors, strict=True)
            ]
        )
    batch.flush()
    library._index.optimize()
    library.catalogue.mark_meaning(library.catalogue.needs_meaning())
    return texts
