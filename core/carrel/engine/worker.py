"""The model worker's requests: load a model, answer a chat, count tokens. It keeps one model.

The process that serves these handlers may die of a broken model file without anyone else noticing;
`carrel.engine.client` starts it, talks to it and starts it again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import msgspec

from carrel.engine.calibration import Rate, calibrate
from carrel.engine.devices import list_devices
from carrel.engine.generation import Engine
from carrel.engine.keeping import SavedState
from carrel.engine.memory import plan
from carrel.engine.messages import (
    CountTokens,
    EngineReply,
    Generate,
    ListDevices,
    LoadModel,
    LoadProgress,
    PlanMemory,
    PreviewTemplate,
    RestoreState,
    SaveState,
    ScoreLabels,
    SetAdapters,
    StateRestored,
    StateSaved,
    TokenCounts,
)
from carrel.engine.native import library
from carrel.engine.overhead import overhead
from carrel.engine.preview import preview
from carrel.engine.watchdog import GPU_PATIENCE
from carrel.errors import UserError
from carrel.process.rpc import Call, Handlers, Reply


class EngineSlot:
    """The one loaded model. A new one is loaded after the old one is freed: both may not fit."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def load(self, request: LoadModel, cancel: threading.Event) -> Iterator[EngineReply]:
        """LoadProgress..., Loaded; nothing is loaded when `cancel` was set meanwhile."""
        self.close()
        on_gpu = bool(library().llama_supports_gpu_offload())
        # The first word: from now on silence means that the file is the trouble (see watchdog.py).
        yield LoadProgress(fraction=0.0, patience=GPU_PATIENCE if on_gpu else 0.0)
        if request.engine == "simple":
            from carrel.engine.simple import load
        else:
            from carrel.engine.llama import load
        for step in load(request, cancel):
            if not isinstance(step, Engine):
                if step.fraction > 0:
                    yield step
                continue
            self._engine = step
            yield from self._tried_out(step, cancel, request.calibrate)

    def _tried_out(
        self, engine: Engine, cancel: threading.Event, measured: bool
    ) -> Iterator[EngineReply]:
        try:
            engine.try_out(cancel)
        except UserError:
            self.close()
            raise
        if measured:
            yield LoadProgress(fraction=1.0)  # a sign of life: silence is counted anew from here
        rate = calibrate(engine.backend, cancel) if measured else Rate()
        if cancel.is_set():
            self.close()
        else:
            around = overhead(engine)
            yield msgspec.structs.replace(
                engine.loaded, chat_overhead=around.chat, turn_overhead=around.turn,
                prefill_tokens_per_s=rate.prefill, generation_tokens_per_s=rate.generation,
            )  # fmt: skip

    def generate(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """The answer's messages (see `Engine.stream`). Raises UserError when no model is loaded."""
        yield from self._loaded().stream(request, cancel)

    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[EngineReply]:
        """LabelScores... (see `Engine.score`). Raises UserError, also when no model is loaded."""
        yield from self._loaded().score(request, cancel)

    def set_adapters(self, request: SetAdapters, cancel: threading.Event) -> Iterator[EngineReply]:
        """AdaptersSet. Raises UserError, also when no model is loaded; then nothing changed."""
        yield self._loaded().set_adapters(request.adapters)

    def save(self, request: SaveState) -> tuple[StateSaved, bytes]:
        """StateSaved and its raw bytes. Raises UserError when no model is loaded."""
        state = self._loaded().save_state(request.limit)
        return (StateSaved(tokens=state.tokens), state.data) if state else (_NOTHING, b"")

    def restore(self, request: RestoreState, data: bytes) -> StateRestored:
        """StateRestored. Raises UserError when no model is loaded."""
        done = self._loaded().restore_state(SavedState(request.tokens, data))
        return StateRestored(tokens=len(request.tokens) if done else 0)

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


_NOTHING = StateSaved(tokens=[])


def handlers() -> Handlers:
    """The handlers of the model worker, around one EngineSlot."""
    slot = EngineSlot()

    def load(request: LoadModel, call: Call) -> Iterator[EngineReply]:
        return slot.load(request, call.cancel)

    def adapters(request: SetAdapters, call: Call) -> Iterator[EngineReply]:
        return slot.set_adapters(request, call.cancel)

    def save(request: SaveState, call: Call) -> Iterator[Reply]:
        yield slot.save(request)

    def restore(request: RestoreState, call: Call) -> Iterator[Reply]:
        yield slot.restore(request, call.raw)

    def generate(request: Generate, call: Call) -> Iterator[EngineReply]:
        return slot.generate(request, call.cancel)

    def score(request: ScoreLabels, call: Call) -> Iterator[EngineReply]:
        return slot.score(request, call.cancel)

    def count(request: CountTokens, call: Call) -> Iterator[EngineReply]:
        return slot.count(request, call.cancel)

    def planned(request: PlanMemory, call: Call) -> Iterator[EngineReply]:
        return plan(request, call.cancel)

    def devices(request: ListDevices, call: Call) -> Iterator[EngineReply]:
        return list_devices(request)

    def rendered(request: PreviewTemplate, call: Call) -> Iterator[EngineReply]:
        yield preview(request)

    return {
        LoadModel: load,
        SetAdapters: adapters,
        SaveState: save,
        RestoreState: restore,
        Generate: generate,
        ScoreLabels: score,
        CountTokens: count,
        PlanMemory: planned,
        ListDevices: devices,
        PreviewTemplate: rendered,
    }
