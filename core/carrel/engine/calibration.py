"""How fast a model reads and writes on this machine, measured in half a second after loading."""

from __future__ import annotations

import statistics
import threading
import time
from typing import NamedTuple

from carrel.engine.generation import Backend, Progress, Wish
from carrel.engine.messages import Generated, Sampling

FEW, MOST = 8, 128
"""Tokens of the prompt that is read first, and of the longest one."""
WRITTEN = 8
SLOW = 1.0
"""Seconds: a model that takes longer for the first prompt is judged by that one alone."""
ENOUGH = 256
"""Tokens that an answer's prompt must have had to read for its speed to count."""
FASTER = 1.25
"""How many times faster than measured it must have been read."""
_READING = 0.35  # seconds that the second prompt should take: it is as long as fits into them


class Rate(NamedTuple):
    """Tokens per second of reading a prompt and of writing an answer; 0.0 is not measured.

    `together` is how many tokens are read in one batch with the same scores as one by one (see
    `carrel.engine.drafting`); -1 is not measured.
    """

    prefill: float = 0.0
    generation: float = 0.0
    together: int = -1


class _Run(NamedTuple):
    """One prompt and what was said to it: seconds of reading, and between tokens."""

    reading: float
    steps: list[float]


def calibrate(backend: Backend, cancel: threading.Event) -> Rate:
    """Read a short prompt, then one that fits the time, and write a few tokens.

    Takes about half a second, or little more than the first prompt where that takes over a second.
    Empties the cache. Returns Rate() when `cancel` was set or there is no room to measure in.
    """
    room = backend.context - WRITTEN
    if room < FEW:
        return Rate()
    backend.forget()
    length, run = FEW, _run(backend, FEW, 2, cancel)
    if 0 < run.reading <= SLOW:
        length = max(FEW, min(MOST, room, int(FEW / run.reading * _READING)))
        backend.forget()
        run = _run(backend, length, WRITTEN, cancel)
    backend.forget()
    if cancel.is_set():
        return Rate()
    # The median: one token that the system interrupted says little about the others.
    step = statistics.median(run.steps) if run.steps else 0.0
    return Rate(_per_second(length, run.reading), _per_second(1, step))


def corrected(rate: Rate, ended: Generated) -> Rate:
    """The rate after an answer whose prompt was read much faster than it says: it was measured
    while the computer was busy. Slower reading changes nothing; other work explains that."""
    read = ended.prompt_tokens - ended.cached_tokens
    if read < ENOUGH or ended.prompt_ms <= 0 or ended.reason == "cancelled":
        return rate
    seen = _per_second(read, ended.prompt_ms / 1000)
    return rate._replace(prefill=seen) if 0 < rate.prefill * FASTER < seen else rate


def _run(backend: Backend, length: int, most: int, cancel: threading.Event) -> _Run:
    """Read `length` tokens and write `most`, fewer when writing takes over `SLOW` seconds."""
    size = backend.vocabulary.size
    # Tokens from all over the vocabulary: a mixture of experts has to use more than one of them.
    prompt = [(7919 * (i + 1)) % size for i in range(length)]
    wish = Wish(Sampling(), most + 1, lookup=False)
    start = read = last = time.perf_counter()
    steps: list[float] = []
    for said, step in enumerate(
        one for one in backend.tokens(prompt, wish, cancel) if _is_news(one, length)
    ):
        now = time.perf_counter()
        if isinstance(step, Progress):
            read = last = now
            continue
        if said > 1:  # what the first token takes is choosing it alone: its scores were there
            steps.append(now - last)
        last = now
        if len(steps) >= most or (steps and now - read > SLOW):
            break
    return _Run(read - start, steps)


def _is_news(step: Progress | int, length: int) -> bool:
    """Whether a step is a token, or says that the whole prompt was read."""
    return not isinstance(step, Progress) or step.done >= length


def _per_second(tokens: int, seconds: float) -> float:
    return round(tokens / seconds, 2) if seconds > 0 else 0.0
