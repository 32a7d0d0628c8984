"""Second turns, adapters and memory: what the engine promises besides tokens per second.

Second turn: the time to the
first token with the cache of the first turn against an empty one. Adapters: milliseconds to attach.
Memory: llama.cpp's dry run against the peak of a process that fills the context.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.common import Row, value_row
from tests.bench.engine_models import answer, chat, loaded, models, question
from tests.core.engine.test_memory import CHILD
from tests.models.tiny_adapter import adapter_metadata, adapter_tensors
from tests.models.tiny_gguf import write_gguf, write_tiny

from carrel.engine.inline import InlineModel
from carrel.engine.memory import plan
from carrel.engine.messages import (
    AdapterFile,
    PlanMemory,
    SetAdapters,
)
from carrel_models.gguf import read_header

ATTACH_GOAL, MEMORY_GOAL = 50, 0.10
REUSED_GOAL, NEW_GOAL = 0.25, 1.15
CONTEXTS = (512, 2048, 8192)


def rows() -> list[Row]:
    """All rows; the starter first, then the random models."""
    found: list[Row] = []
    for name, path in models().items():
        found += _second_turns(name, path)
        found.append(_adapters(name, path))
        if "starter" in name:
            found += [_memory(path, tokens) for tokens in CONTEXTS]
    return found


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
    return value_row(f"attach an adapter of rank 16, {name}", "ms", statistics.median(times),
                len(times), f"< {ATTACH_GOAL}")  # fmt: skip


def _memory(path: Path, tokens: int) -> Row:
    (found,) = _planned(path, tokens)
    predicted = sum(one.weights + one.cache + one.compute for one in found.devices)
    with tempfile.TemporaryDirectory() as folder:
        tiny = write_tiny(Path(folder) / "tiny.gguf", context=2048)
        command = [sys.executable, "-c", CHILD, str(tiny), str(path), str(tokens)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured = int(done.stdout)
    row = value_row(f"memory predicted at {tokens:,} tokens, starter", "MB", predicted / 1e6, 1,
               f"within {MEMORY_GOAL:.0%}")  # fmt: skip
    row |= {"rival": round(measured / 1e6, 1), "rival_name": "measured peak",
            "ratio": round(predicted / measured, 3)}  # fmt: skip
    return row


def _planned(path: Path, tokens: int) -> Iterator[Any]:
    return plan(PlanMemory(path=str(path), context=tokens), threading.Event())
