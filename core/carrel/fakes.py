"""A scripted model, a hashing embedder and an index in memory: for tests, screenshots and --fakes.

They go through the same doors as the real ones, so what is tested with them is the real path.
"""

from __future__ import annotations

import math
import re
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from carrel.engine.messages import (
    AdapterFile,
    AdaptersSet,
    EngineReply,
    Generate,
    Generated,
    LabelScore,
    LabelScores,
    Loaded,
    LoadModel,
    LoadProgress,
    Piece,
    PreviewTemplate,
    ScoreLabels,
    SetAdapters,
    TemplatePreview,
    Thought,
)
from carrel.engine.thinking import Spoken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.engine.keeping import SavedState
    from carrel_models.stops import Interrupt

_BATCH = 24  # texts between two looks at an interrupt
_WORD = re.compile(r"\w+")


def quote_best_sentence(request: Generate) -> str:
    """The default script: the sentence of the prompt that shares most words with the question."""
    text = request.messages[-1].text
    body, _, question = text.rpartition("Question:")
    asked = set(_WORD.findall(question.lower()))
    lines = [line for line in body.splitlines() if line and not line.startswith("Passage ")]
    sentences = [s for line in lines for s in re.split(r"(?<=[.!?])\s+", line) if s]
    if not sentences:
        return "I am a scripted model, and there are no passages."
    return max(sentences, key=lambda s: len(asked & set(_WORD.findall(s.lower()))))


class ScriptedModel:
    """A language model that says what `script` returns, word by word; text in <think> tags at the
    start is thought."""

    def __init__(self, script: Callable[[Generate], str] = quote_best_sentence) -> None:
        self._script = script
        self._loaded: Loaded | None = None
        self.requests: list[Generate] = []
        self.loads: list[LoadModel] = []
        self.adapters: list[AdapterFile] = []

    def load(self, request: LoadModel, cancel: threading.Event) -> Iterator[EngineReply]:
        self.loads.append(request)
        self.adapters = []
        yield LoadProgress(fraction=1.0)
        self._loaded = Loaded(
            description="scripted", context=request.context or 4096, trained_context=4096,
            vocabulary=1000, template="none", device="none", system_info="scripted",
        )  # fmt: skip
        yield self._loaded

    def loaded(self) -> Loaded | None:
        return self._loaded

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def set_adapters(self, request: SetAdapters) -> AdaptersSet:
        changed, self.adapters = request.adapters != self.adapters, request.adapters
        return AdaptersSet(milliseconds=0.0, changed=changed)

    def preview(self, request: PreviewTemplate) -> TemplatePreview:
        from carrel.engine.preview import preview

        return preview(request)

    def save_state(self, limit: int) -> None:
        """It reads nothing, so there is nothing to keep."""

    def restore_state(self, state: SavedState) -> bool:
        return False

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        self.requests.append(request)
        start = time.monotonic()
        said, reason, spoken = 0, "end", Spoken()
        for word in re.findall(r"\S+\s*", self._script(request)):
            if cancel.is_set():
                reason = "cancelled"
                break
            said += 1
            yield from _messages(spoken.feed(word.encode()))
        yield from _messages(spoken.finish())
        seconds = max(time.monotonic() - start, 1e-6)
        prompt = sum(self.count_tokens([m.text for m in request.messages]))
        yield Generated(
            reason=reason, prompt_tokens=prompt, cached_tokens=0,  # type: ignore[arg-type]
            generated_tokens=said, prompt_ms=0.0, first_token_ms=0.0, total_ms=seconds * 1000,
            tokens_per_s=said / seconds,
        )  # fmt: skip

    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[EngineReply]:
        """A label is as probable as it shares words with the last message, plus one."""
        for first, chat in enumerate(request.chats):
            if cancel.is_set():
                return
            said = _words(chat[-1].text)
            weights = [1 + len(said & _words(label)) for label in request.labels]
            order = sorted(range(len(weights)), key=lambda at: -weights[at])[: request.best]
            given = [weights[at] / sum(weights) for at in order]
            score = LabelScore(labels=order, probabilities=given, rest=max(0.0, 1 - sum(given)))
            yield LabelScores(first=first, scores=[score])

    def close(self) -> None:
        self._loaded = None


class HashEmbedder:
    """Words hashed into a unit vector: texts that share words are near each other."""

    id = "hash"
    sha256 = "0" * 64
    max_tokens = 256

    def __init__(self, dimensions: int = 256) -> None:
        self.dimensions = dimensions

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                row[zlib.crc32(word[:5].encode()) % self.dimensions] += (
                    1.0 if len(word) > 3 else 0.2
                )
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(norms, 1e-9), dtype=np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.encode_passages([text])[0]
        return vector

    def encode_batches(
        self, texts: Sequence[str], interrupt: Interrupt
    ) -> Generator[tuple[Sequence[int], NDArray[np.float32]], None, None]:
        for at in range(0, len(texts), _BATCH):
            if interrupt.is_set():
                return
            some = texts[at : at + _BATCH]
            yield range(at, at + len(some)), self.encode_passages(some)


class MemoryIndex:
    """BM25 and exact cosine over rows in memory (k1 1.2, b 0.75 as in Lucene)."""

    def __init__(self) -> None:
        self._terms: dict[int, tuple[int, list[str]]] = {}
        self._vectors: dict[int, tuple[int, NDArray[np.float32]]] = {}

    def add_terms(self, rows: Sequence[tuple[int, int, str]]) -> None:
        self._terms.update({p: (d, terms.split()) for p, d, terms in rows})

    def add_vectors(self, rows: Sequence[tuple[int, int, NDArray[np.float32]]]) -> None:
        self._vectors.update({p: (d, vector) for p, d, vector in rows})

    def search_terms(
        self, terms: str, limit: int, documents: Sequence[int] | None, *, every: bool = False
    ) -> list[tuple[int, float]]:
        rows = {p: Counter(t) for p, (d, t) in self._terms.items() if _within(d, documents)}
        mean = sum(sum(c.values()) for c in rows.values()) / max(len(rows), 1)
        scores: Counter[int] = Counter()
        for term in set(terms.split()):
            holding = [p for p, counts in rows.items() if term in counts]
            idf = math.log(1 + (len(rows) - len(holding) + 0.5) / (len(holding) + 0.5))
            for p in holding:
                often, length = rows[p][term], sum(rows[p].values())
                scores[p] += idf * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * length / mean))  # type: ignore[assignment]
        if every:
            scores = Counter(
                {p: s for p, s in scores.items() if rows[p].keys() >= {*terms.split()}}
            )
        return [(p, float(score)) for p, score in scores.most_common(limit)]

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        found = [
            (p, float(v @ vector)) for p, (d, v) in self._vectors.items() if _within(d, documents)
        ]
        return sorted(found, key=lambda one: -one[1])[:limit]

    def remove(self, documents: Sequence[int]) -> None:
        gone = set(documents)
        self._terms = {p: row for p, row in self._terms.items() if row[0] not in gone}
        self._vectors = {p: row for p, row in self._vectors.items() if row[0] not in gone}

    def counts(self) -> tuple[int, int]:
        return len(self._terms), len(self._vectors)

    def sync(self) -> None:
        """Nothing to flush."""


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def _messages(said: Sequence[tuple[bool, str]]) -> Iterator[Piece | Thought]:
    for thought, text in said:
        yield Thought(text=text) if thought else Piece(text=text)


def _within(document: int, documents: Sequence[int] | None) -> bool:
    return documents is None or document in documents
