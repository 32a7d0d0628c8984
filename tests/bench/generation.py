"""Generation: Carrel's engine against a bare llama_cpp.Llama loop at its best thread count.

`python -m tests.bench.generation` measures tokens per second of the same greedy answer of the
starter model, our engine and the bare loop in turn in one process, same build, same context. The
loop's best thread count is found first, under the same conditions. Ours includes all that an answer
needs: text, stop texts, messages, a Stop that is heard.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from typing import Any

from tests.bench.common import Row, paired, ratio_row

from carrel.engine.inline import InlineModel
from carrel.engine.messages import ChatMessage, Generate, Generated, LoadModel
from carrel.engine.threads import physical_cores
from carrel_models.starter import starter_path

CONTEXT = 2048
TOKENS = 96
TRIAL = 17  # tokens per run while the rival's threads are chosen: beside load two can be very slow
GOAL = 0.97
QUESTION = "Describe a quiet library in the evening, its rooms, its books and the people who read."


def load_ours(path: str) -> InlineModel:
    """Our engine with its own choice of threads."""
    model = InlineModel()
    for _ in model.load(LoadModel(path=path, context=CONTEXT), threading.Event()):
        pass
    return model


def run_ours(model: InlineModel) -> float:
    """Tokens per second of one answer, as the engine reports it."""
    request = Generate(messages=[ChatMessage(role="user", text=QUESTION)], max_tokens=TOKENS)
    end = list(model.stream(request, threading.Event()))[-1]
    if not isinstance(end, Generated) or end.generated_tokens < TOKENS or not end.tokens_per_s:
        raise RuntimeError("The answer ended too early to be measured.")
    return end.tokens_per_s


def load_rival(path: str) -> tuple[Any, list[int]]:
    """A bare llama_cpp.Llama and the prompt's tokens."""
    import llama_cpp

    llama = llama_cpp.Llama(path, n_ctx=CONTEXT, n_threads=1, verbose=False)
    text = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    return llama, llama.tokenize(text.encode(), add_bos=False, special=True)


def run_rival(llama: Any, prompt: list[int], threads: int, tokens: int = TOKENS) -> float:
    """Tokens per second of the bare loop, the prompt not counted."""
    import llama_cpp

    llama_cpp.llama_set_n_threads(llama.ctx, threads, threads)
    steps = llama.generate(prompt, temp=0.0)
    next(steps)
    start = time.perf_counter()
    for _ in range(tokens - 1):
        next(steps)
    return (tokens - 1) / (time.perf_counter() - start)


def best_threads(llama: Any, prompt: list[int]) -> int:
    """The thread count, from 1 to the physical cores, with the best median of three."""
    counts = range(1, physical_cores() + 1)
    speeds = {
        n: statistics.median(run_rival(llama, prompt, n, TRIAL) for _ in range(3)) for n in counts
    }
    return max(speeds, key=lambda n: speeds[n])


def measure(n: int = 9) -> dict[str, Any]:
    """Medians of `n` answers each, taken in turn, in tokens per second, and their ratio."""
    path = starter_path()
    if path is None:
        raise RuntimeError("The starter model is not installed.")
    llama, prompt = load_rival(str(path))
    ours = load_ours(str(path))
    threads = best_threads(llama, prompt)
    run_ours(ours)
    a, b = paired(lambda: run_ours(ours), lambda: run_rival(llama, prompt, threads), n)
    ours.close()
    llama.close()
    return {
        "ours_tokens_per_s": round(a, 1),
        "rival_tokens_per_s": round(b, 1),
        "rival_threads": threads,
        "ratio": round(a / b, 3),
        "n": n,
        "goal": GOAL,
    }


def rows() -> list[Row]:
    """The bench's row."""
    found = measure()
    rival = f"bare llama_cpp.Llama loop, {found['rival_threads']} threads"
    return [
        ratio_row(
            "generation, starter model", "tokens/s", found["ours_tokens_per_s"],
            found["rival_tokens_per_s"], rival, found["n"], f"ratio >= {GOAL}",
        )
    ]  # fmt: skip


def main() -> int:
    """Print the measurement as JSON."""
    print(json.dumps(measure(), indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
