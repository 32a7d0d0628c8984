"""A language model in this process: for tests and the lab, where a crash may end everything."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from carrel.engine.messages import (
    CountTokens,
    EngineReply,
    Generate,
    Loaded,
    LoadModel,
    TokenCounts,
)
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

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """PromptProgress, Piece..., Generated. Raises UserError."""
        return self._slot.generate(request, cancel)

    def close(self) -> None:
        """Free the model."""
        self._slot.close()
        self._loaded = None
