"""The model worker's requests: load a model, answer a chat, count tokens. It keeps one model.

The process that serves these handlers may die of a broken model file without anyone else noticing;
`carrel.engine.client` starts it, talks to it and starts it again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from carrel.engine.generation import Engine
from carrel.engine.messages import (
    CountTokens,
    EngineReply,
    Generate,
    Loaded,
    LoadModel,
    TokenCounts,
)
from carrel.errors import UserError
from carrel.process.rpc import Call, Handlers


class EngineSlot:
    """The one loaded model. A new one is loaded after the old one is freed: both may not fit."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def load(self, request: LoadModel, cancel: threading.Event) -> Iterator[EngineReply]:
        """LoadProgress..., Loaded; nothing is loaded when `cancel` was set meanwhile."""
        self.close()
        if request.engine == "simple":
            from carrel.engine.simple import load
        else:
            from carrel.engine.llama import load
        for step in load(request, cancel):
            if not isinstance(step, Engine):
                yield step
                continue
            self._engine = step
            yield from self._tried_out(step, cancel)

    def _tried_out(self, engine: Engine, cancel: threading.Event) -> Iterator[Loaded]:
        try:
            engine.try_out(cancel)
        except UserError:
            self.close()
            raise
        if cancel.is_set():
            self.close()
        else:
            yield engine.loaded

    def generate(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """The answer's messages (see `Engine.stream`). Raises UserError when no model is loaded."""
        yield from self._loaded().stream(request, cancel)

    def count(self, request: CountTokens, cancel: threading.Event) -> Iterator[EngineReply]:
        """TokenCounts. Raises UserError when no model is loaded."""
        yield TokenCounts(counts=self._loaded().count_tokens(request.texts))

    def close(self) -> None:
        """Free the model, if any."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _loaded(self) -> Engine:
        if self._engine is None:
            raise UserError("No model is loaded.", "Choose a model first.", "no_model")
        return self._engine


def handlers() -> Handlers:
    """The handlers of the model worker, around one EngineSlot."""
    slot = EngineSlot()

    def load(request: LoadModel, call: Call) -> Iterator[EngineReply]:
        return slot.load(request, call.cancel)

    def generate(request: Generate, call: Call) -> Iterator[EngineReply]:
        return slot.generate(request, call.cancel)

    def count(request: CountTokens, call: Call) -> Iterator[EngineReply]:
        return slot.count(request, call.cancel)

    return {LoadModel: load, Generate: generate, CountTokens: count}
