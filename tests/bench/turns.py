"""Stop, second turns, adapters and memory: what the engine promises besides tokens per second.

Stop: milliseconds from setting the flag to the end of the call, through the worker process, while a
model loads, in an 8,192-token prompt and while an answer is generated. Second turn: the time to the
first token with the cache of the first turn against an empty one. Adapters: milliseconds to attach.
Memory: llama.cpp's dry run against the peak of a process that fills the context.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.common import Row
from tests.bench.engine_models import answer, chat, loaded, models, question
from tests.core.engine.test_memory import CHILD
from tests.models.tiny_adapter import adapter_metadata, adapter_tensors
from tests.models.tiny_gguf import write_gguf, write_tiny

from carrel.engine.client import ModelProcess
from carrel.engine.inline import InlineModel
from carrel.engine.memory import plan
from carrel.engine.messages import (
    AdapterFile,
    Generate,
    LoadModel,
    LoadProgress,
    Piece,
    PlanMemory,
    PromptProgress,
    SetAdapters,
)
from carrel_models.gguf import read_header

STOP_GOAL, ATTACH_GOAL, MEMORY_GOAL = 200, 50, 0.10
REUSED_GOAL, NEW_GOAL = 0.25, 1.15
LONG = 8192  # tokens of the prompt that is stopped
DEEP = 7000  # of them read before the starter is stopped
CONTEXTS = (512, 2048, 8192)


def rows() -> list[Row]:
    """All rows; the starter first, then the random models."""
    found: list[Row] = []
    for name, path in models().items():
        found += _stops(name, path)
        found += _second_turns(name, path)
        found.append(_adapters(name, path))
        if "starter" in name:
            found += [_memory(path, tokens) for tokens in CONTEXTS]
    return found


# --- Stop ---


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
    return _row(name, "ms", statistics.median(seconds) * 1000, len(seconds),
                f"< {STOP_GOAL}, longest {max(seconds) * 1000:.0f}")  # fmt: skip


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


# --- second turns ---


def _second_turns(name: str, path: Path) -> list[Row]:
    model = loaded(path, 4096, together=1)
    n = 7 if "4B" not in name else 3
    first = question(3, "Who pays the rent?")
    said, _ = answer(model, chat(first), max_tokens=24)
    plain = chat(first, said, "And when?")
    # Other passages than those of the first turn: the last ones.
    more = chat(first, said, question(6, "And who is liable?")[len(question(3, "")) :])
    found = [
        _turn(f"second turn without new passages, {name}", model, chat(first), said, plain, n),
        _turn(f"second turn with new passages, {name}", model, chat(first), said, more, n),
    ]
    found[0]["goal"] = f"<= {REUSED_GOAL}"
    share = found[1].pop("share")
    found[0].pop("share")
    found[1]["goal"] = f"<= {NEW_GOAL} x {share:.3f} (new tokens / all) = {NEW_GOAL * share:.3f}"
    model.close()
    return found


def _turn(name: str, model: InlineModel, first: Any, said: str, second: Any, n: int) -> Row:
    """Milliseconds to the first token of `second`, after `first` was answered and after nothing."""
    reused, alone, share = [], [], 0.0
    for i in range(n + 1):
        answer(model, first, max_tokens=24)
        _, end = answer(model, second, max_tokens=1)
        _forget(model)
        _, fresh = answer(model, second, max_tokens=1)
        share = 1 - end.cached_tokens / end.prompt_tokens
        if i and end.first_token_ms and fresh.first_token_ms:
            reused.append(end.first_token_ms)
            alone.append(fresh.first_token_ms)
    a, b = statistics.median(reused), statistics.median(alone)
    return {
        "name": name, "unit": "ms", "ours": round(a, 1), "rival": round(b, 1),
        "rival_name": "nothing reused", "ratio": round(a / b, 3), "n": n, "goal": "",
        "share": share,
    }  # fmt: skip


def _forget(model: InlineModel) -> None:
    model._slot._loaded().backend.forget()


# --- adapters and memory ---


def _adapters(name: str, path: Path) -> Row:
    """Attach a random adapter of rank 16 on all projections, detach it, and so on."""
    model = loaded(path, 512, together=1)
    times = []
    with tempfile.TemporaryDirectory() as folder:
        adapter = Path(folder) / "adapter.gguf"
        shapes = {
            one.name: (one.shape[1], one.shape[0])
            for one in read_header(path).tensors
            if ".attn_" in one.name or ".ffn_" in one.name
            if len(one.shape) == 2
        }
        architecture = read_header(path).text("general.architecture")
        metadata = adapter_metadata(general_architecture=architecture)
        write_gguf(adapter, metadata, adapter_tensors(shapes, 16, size=0.01))
        on, off = SetAdapters(adapters=[AdapterFile(path=str(adapter))]), SetAdapters()
        for i in range(10):
            done = model.set_adapters(on)
            model.set_adapters(off)
            if i:  # the first time it is read from the disk and tried out
                times.append(done.milliseconds)
    model.close()
    return _row(f"attach an adapter of rank 16, {name}", "ms", statistics.median(times),
                len(times), f"< {ATTACH_GOAL}")  # fmt: skip


def _memory(path: Path, tokens: int) -> Row:
    (found,) = _planned(path, tokens)
    predicted = sum(one.weights + one.cache + one.compute for one in found.devices)
    with tempfile.TemporaryDirectory() as folder:
        tiny = write_tiny(Path(folder) / "tiny.gguf", context=2048)
        command = [sys.executable, "-c", CHILD, str(tiny), str(path), str(tokens)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured = int(done.stdout)
    row = _row(f"memory predicted at {tokens:,} tokens, starter", "MB", predicted / 1e6, 1,
               f"within {MEMORY_GOAL:.0%}")  # fmt: skip
    row |= {"rival": round(measured / 1e6, 1), "rival_name": "measured peak",
            "ratio": round(predicted / measured, 3)}  # fmt: skip
    return row


def _planned(path: Path, tokens: int) -> Iterator[Any]:
    return plan(PlanMemory(path=str(path), context=tokens), threading.Event())


def _row(name: str, unit: str, value: float, n: int, goal: str) -> Row:
    return {"name": name, "unit": unit, "ours": round(value, 3), "rival": None, "rival_name": "",
            "ratio": None, "n": n, "goal": goal}  # fmt: skip
