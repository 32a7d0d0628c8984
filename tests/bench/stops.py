"""Stop: milliseconds from setting the flag to the end of the call, through the worker process.

While a model loads, in an 8,192-token prompt, and while an answer is generated.
"""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path
from typing import Any

from tests.bench.common import Row, value_row
from tests.bench.engine_models import chat, models

from carrel.engine.client import ModelProcess
from carrel.engine.messages import Generate, LoadModel, LoadProgress, Piece, PromptProgress

GOAL = 200
LONG = 8192  # tokens of the prompt that is stopped
DEEP = 7000  # of them read before the starter is stopped


def rows() -> list[Row]:
    """Three rows for each model."""
    return [row for name, path in models().items() for row in _stops(name, path)]


def _stops(name: str, path: Path) -> list[Row]:
    model = ModelProcess()
    n = 7
    load = LoadModel(path=str(path), context=LONG + 256, device="cpu", together=1)
    loading = [_stopped(model, model.load, load, _loads(i / n)) for i in range(n)]
    for _ in model.load(load, threading.Event()):
        pass
    # Stopped later each time, so that the pieces of the prompt that are read get longer. All but
    # the starter would take minutes to come to the end of such a prompt.
    deep = DEEP if "starter" in name else 128
    words = Generate(messages=chat("word " * (LONG - 64)), max_tokens=8)
    prompt = [_stopped(model, model.stream, words, _reads(deep + 128 * i)) for i in range(n)]
    talk = Generate(messages=chat("Tell a story."), max_tokens=200)
    said = [_stopped(model, model.stream, talk, _says(2 + 3 * i)) for i in range(n)]
    model.close()
    return [
        _stop_row(f"Stop while loading, {name}", loading),
        _stop_row(f"Stop in a prompt of 8k tokens, after {deep:,} and more, {name}", prompt),
        _stop_row(f"Stop while generating, {name}", said),
    ]


def _stop_row(name: str, seconds: list[float]) -> Row:
    return value_row(name, "ms", statistics.median(seconds) * 1000, len(seconds),
                     f"< {GOAL}, longest {max(seconds) * 1000:.0f}")  # fmt: skip


def _stopped(model: ModelProcess, call: Any, request: Any, when: Any) -> float:
    """Seconds from the Stop to the end of the call."""
    cancel = threading.Event()
    begun = 0.0
    for reply in call(request, cancel):
        if not begun and when(reply):
            begun = time.perf_counter()
            cancel.set()
    if not begun:
        raise RuntimeError("The call ended before it could be stopped.")
    return time.perf_counter() - begun


def _loads(fraction: float) -> Any:
    return lambda reply: isinstance(reply, LoadProgress) and reply.fraction >= fraction


def _reads(tokens: int) -> Any:
    return lambda reply: isinstance(reply, PromptProgress) and reply.done >= tokens


def _says(pieces: int) -> Any:
    left = iter(range(pieces))
    return lambda reply: isinstance(reply, Piece) and next(left, None) is None
