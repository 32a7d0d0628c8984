"""How many threads compute the next token: all cores on a quiet machine, fewer beside others.

llama.cpp's threads wait for each other some hundred times per token, and wait by spinning. As soon
as one of them has to share its core with another program, all wait for it: measured on two cores
beside seven busy processes, two threads gave 1 token/s where one gave 22. So the number follows
what else runs (where the system tells), and the measured time per token (everywhere).
"""

from __future__ import annotations

import os
from pathlib import Path

from carrel.engine.neighbours import Neighbours

_CPUS = Path("/sys/devices/system/cpu")
_SLOWER = 1.25  # fewer threads are taken when more take this much longer per token
_LEARNING = 0.4  # weight of the newest time per token in the smoothed one
_NOTICING = 0.2  # weight of the newest look at the neighbours: one that only flits by (the program
# that takes our tokens does, at every token) must not cost a thread
_UNUSUAL = 1.6  # times the best time so far: something else runs, look at fewer threads
_FIRST_PAUSE, _LONGEST_PAUSE = 16, 512  # tokens before more threads are tried again


def physical_cores() -> int:
    """Physical cores available to this process, at least 1.

    Two hardware threads of one core share its arithmetic units, so a second one does not help
    llama.cpp. Where the system does not tell about siblings, half of the logical processors are
    counted from four on.
    """
    allowed = _allowed()
    if allowed is not None and (_CPUS / "cpu0/topology/thread_siblings_list").exists():
        return max(1, len({_siblings(cpu) for cpu in allowed}))
    logical = len(allowed) if allowed is not None else os.cpu_count() or 1
    return max(1, logical // 2 if logical >= 4 else logical)


def _allowed() -> set[int] | None:
    """The processors that this process may use, None where the system does not say."""
    affinity = getattr(os, "sched_getaffinity", None)
    return set(affinity(0)) if affinity is not None else None


def _siblings(cpu: int) -> str:
    file = _CPUS / f"cpu{cpu}/topology/thread_siblings_list"
    return file.read_text().strip() if file.exists() else str(cpu)


class ThreadChooser:
    """Chooses the threads of each computation between 1 and `most`, and learns from the times.

    `choose()` before a computation, `took(threads, seconds)` after one token. Steps halve the
    number. The step below is looked at for one token at the start and whenever a token takes
    unusually long; it is kept when it is clearly faster, and after a growing pause the step above
    is tried again.
    """

    def __init__(self, most: int, neighbours: Neighbours) -> None:
        self._ladder = _halves(most)
        self._neighbours = neighbours
        self._others = float(neighbours.running())  # smoothed number of neighbours
        self._step = 0
        self._looking = False
        self._times: dict[int, float] = {}  # step -> smoothed seconds per token
        self._usual: dict[int, float] = {}  # step -> its best time so far
        self._pause = _FIRST_PAUSE
        self._wait = 0

    def choose(self) -> int:
        """The number of threads for the next token."""
        self._look_around()
        free = max(1, self._ladder[0] - round(self._others))
        return min(self._ladder[self._step], free)

    def choose_for_prompt(self) -> int:
        """The number of threads for a piece of the prompt.

        Threads wait for each other far less often there: beside one busy process all cores are
        still the fastest, and only a machine whose cores are all taken wants fewer.
        """
        self._look_around()
        most = self._ladder[0]
        return most if self._others < most else max(1, most - round(self._others))

    def _look_around(self) -> None:
        self._others += (self._neighbours.running() - self._others) * _NOTICING

    def took(self, threads: int, seconds: float) -> None:
        """Learn that one token took `seconds` with `threads` threads."""
        step = self._step
        if threads != self._ladder[step]:
            return  # the neighbours decided, not the ladder: this time says nothing about it
        known = seconds if self._looking else self._times.get(step, seconds)
        self._times[step] = known + (seconds - known) * _LEARNING
        self._usual[step] = min(seconds, self._usual.get(step, seconds))
        if self._looking:
            self._end_look()
        elif step + 1 < len(self._ladder) and self._wants_look(seconds):
            self._looking = True
            self._step += 1
        elif step > 0:
            self._count_pause()

    def _is_slower(self, step: int, lower: int) -> bool:
        return self._times[step] > _SLOWER * self._times.get(lower, float("inf"))

    def _wants_look(self, seconds: float) -> bool:
        step = self._step
        unknown = step + 1 not in self._times
        return unknown or seconds > _UNUSUAL * self._usual[step] or self._is_slower(step, step + 1)

    def _end_look(self) -> None:
        """Decide after one token on the step below: stay there, or take the step above as usual."""
        self._looking = False
        upper = self._step - 1
        self._step = upper
        if self._is_slower(upper, upper + 1):
            self._go_down()
        else:
            self._usual[upper] = self._times[upper]

    def _go_down(self) -> None:
        self._step += 1
        self._wait = self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _count_pause(self) -> None:
        self._wait -= 1
        if self._wait <= 0:
            self._step -= 1
            self._times.pop(self._step, None)  # what was measured then says nothing about now


def _halves(most: int) -> list[int]:
    ladder = [max(1, most)]
    while ladder[-1] > 1:
        ladder.append(ladder[-1] // 2)
    return ladder
