"""A language model in this process: for tests and the lab, where a crash may end everything."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from carrel.engine.keeping import SavedState
from carrel.engine.messages import (
    AdaptersSet,
    CountTokens,
    EngineReply,
    Generate,
    Loaded,
    LoadModel,
    PreviewTemplate,
    RestoreState,
    SaveState,
    ScoreLabels,
    SetAdapters,
    TemplatePreview,
    TokenCounts,
)
from carrel.engine.preview import preview
from carrel.engine.worker import EngineSlot


class InlineModel:
    """ports.LanguageModel without a worker process."""

    def __init__(self) -> None:
        self._slot = EngineSlot()
        self._loaded: Loaded | None = None

    def load(self, request: LoadModel, cancel: threading.Event) -> Iterator[EngineReply]:
        """LoadProgress..., Loaded. Raises UserError."""
        self._loaded = None
        for reply in self._slot.load(request, cancel):
            if isinstance(reply, Loaded):
                self._loaded = reply
            yield reply

    def loaded(self) -> Loaded | None:
        """What is loaded now."""
        return self._loaded

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes as content. Raises UserError when nothing is loaded."""
        counts: list[int] = []
        for reply in self._slot.count(CountTokens(texts=list(texts)), threading.Event()):
            if isinstance(reply, TokenCounts):
                counts = reply.counts
        return counts

    def set_adapters(self, request: SetAdapters) -> AdaptersSet:
        """Attach exactly these adapters. Raises UserError."""
        replies = list(self._slot.set_adapters(request, threading.Event()))
        return next(reply for reply in replies if isinstance(reply, AdaptersSet))

    def preview(self, request: PreviewTemplate) -> TemplatePreview:
        """Render the sample chat for a model file. Raises UserError."""
        return preview(request)

    def save_state(self, limit: int) -> SavedState | None:
        """What the model has read. Raises UserError when nothing is loaded."""
        saved, data = self._slot.save(SaveState(limit=limit))
        return SavedState(saved.tokens, data) if saved.tokens else None

    def restore_state(self, state: SavedState) -> bool:
        """Take up what was saved. Raises UserError when nothing is loaded."""
        return self._slot.restore(RestoreState(tokens=state.tokens), state.data).tokens > 0

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """PromptProgress, Piece..., Generated. Raises UserError."""
        return self._slot.generate(request, cancel)

    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[EngineReply]:
        """LabelScores.... Raises UserError."""
        return self._slot.score(request, cancel)

    def close(self) -> None:
        """Free the model."""
        self._slot.close()
        self._loaded = None
