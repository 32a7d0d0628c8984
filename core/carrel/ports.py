"""What the core needs from the outside world, as small protocols. Fakes and real ones fit both."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.engine.keeping import SavedState
    from carrel.engine.messages import (
        AdaptersSet,
        EngineReply,
        Generate,
        Loaded,
        LoadModel,
        PreviewTemplate,
        ScoreLabels,
        SetAdapters,
        TemplatePreview,
    )
    from carrel.reading.messages import Extract, PageImage, ReaderReply, RenderPage
    from carrel.reading.recognized import RecognizedPage
    from carrel_models.stops import Interrupt, Stop


class LanguageModel(Protocol):
    """A chat model. One at a time; setting `cancel` ends any of these soon, without an exception:
    a cancelled `stream` still yields its Generated with reason "cancelled"."""

    def load(self, request: LoadModel, cancel: threading.Event) -> Iterator[EngineReply]: ...
    def loaded(self) -> Loaded | None: ...
    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
    def set_adapters(self, request: SetAdapters) -> AdaptersSet: ...
    def save_state(self, limit: int) -> SavedState | None: ...
    def restore_state(self, state: SavedState) -> bool: ...
    def preview(self, request: PreviewTemplate) -> TemplatePreview: ...
    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]: ...
    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[EngineReply]: ...
    def close(self) -> None: ...


class Embedder(Protocol):
    """Turns text into unit vectors of `dimensions` float32. `encode_batches` yields (positions in
    `texts`, their vectors) part by part; `interrupt` breaks it off, and it ends with those done."""

    id: str
    sha256: str
    dimensions: int
    max_tokens: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
    def encode_query(self, text: str) -> NDArray[np.float32]: ...
    def encode_batches(
        self, texts: Sequence[str], interrupt: Interrupt
    ) -> Generator[tuple[Sequence[int], NDArray[np.float32]], None, None]: ...


class Reranker(Protocol):
    """Reads a question and passages together: one score each, higher is better."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]: ...


class VectorIndex(Protocol):
    """The retriever: rows of terms and of vectors, keyed by passage and document ids."""

    def add_terms(self, rows: Sequence[tuple[int, int, str]]) -> None: ...
    def add_vectors(self, rows: Sequence[tuple[int, int, NDArray[np.float32]]]) -> None: ...
    def search_terms(
        self, terms: str, limit: int, documents: Sequence[int] | None, *, every: bool = False
    ) -> list[tuple[int, float]]: ...
    def search_vectors(
        self, vector: NDArray[np.float32], limit: int, documents: Sequence[int] | None
    ) -> list[tuple[int, float]]: ...
    def remove(self, documents: Sequence[int]) -> None: ...
    def counts(self) -> tuple[int, int]: ...


class Reader(Protocol):
    """Reads files in a process that may die. `fd` is an open, read-only descriptor."""

    def extract(self, request: Extract, fd: int, timeout: float) -> Iterator[ReaderReply]: ...
    def render(self, request: RenderPage, fd: int, timeout: float) -> tuple[PageImage, bytes]: ...
    def close(self) -> None: ...


class Recognizer(Protocol):
    """Recognizes the text in pictures, given as PGM; setting `cancel` raises Cancelled soon."""

    def available(self) -> bool: ...
    def languages(self) -> list[str]: ...
    def recognize(
        self, picture: bytes, languages: Sequence[str], cancel: Stop | None = None
    ) -> RecognizedPage: ...
