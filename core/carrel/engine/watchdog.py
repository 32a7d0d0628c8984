"""Ends a model process that has stopped getting anywhere: one that is deaf to a Stop, or stuck.

A broken vocabulary can send llama.cpp round in circles for ever, without a crash and without a
word. A process that works says something at every step, so silence tells: but reading a large model
from a slow disk, or a long prompt on a slow processor, is silence too. So what is allowed grows
with the model's file, and time in which other programs had the processors does not count.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

from carrel.errors import WorkerDied
from carrel.process.caller import Caller
from carrel.process.child import Child
from carrel.process.frames import Frame
from carrel.process.machine import waited_for_processor

# Seconds from a Stop to the end of a process that does not hear it: llama.cpp hears it within one
# operation on a CPU and within one batch on a GPU.
DEAF_AFTER = 10.0
# The same while a model is loaded: nothing is lost with the process then, and llama.cpp hears no
# Stop while it reads a vocabulary (half a second for 152,000 tokens) or copies a large tensor.
DEAF_LOADING = 0.05
# Seconds of silence that any model may take, and bytes of its file for each second more: a disk
# that reads as slowly as an old memory stick, or a processor that reads some 7 tokens of a 4B model
# a second in pieces of 128.
QUIET, BYTES_PER_SECOND = 7.5, 10_000_000
# Seconds of silence more with a GPU: a driver may compile the kernels at their first use.
GPU_PATIENCE = 30.0
# Seconds to the first word of a process that has just started: it reads its libraries from disk.
STARTING = 60.0
# Times the allowed silence after which a process is ended however busy the computer is: threads
# that go round in circles want the processors for ever too.
BUSY_PATIENCE = 6.0
# Seconds of silence from which on it is looked how long the process waits for a processor.
_LOOKED_AT = 1.0
_POLL = 0.02


def allowed_silence(path: str) -> float:
    """Seconds that a process may say nothing while it works with the model file at `path`."""
    try:
        return QUIET + os.stat(path).st_size / BYTES_PER_SECOND
    except OSError:
        return QUIET  # the worker says why it cannot be read


class Watchdog:
    """Watches one call to the process of `child`; use it around the call's frames.

    `silence` tells the seconds that are allowed now, `deaf_after` how many a Stop may take,
    `waited` how many a process has waited for a processor. Any frame of the process counts, also
    one of another call, because calls wait for each other in it.
    """

    def __init__(
        self,
        child: Child,
        cancel: threading.Event,
        silence: Callable[[], float],
        deaf_after: float = DEAF_AFTER,
        waited: Callable[[int], float] = waited_for_processor,
    ) -> None:
        self._child = child
        self._deaf_after = deaf_after
        self._cancel = cancel
        self._silence = silence
        self._waited = waited
        self._looked: tuple[float, float] | None = None  # a silence's begin, and waited until then
        self._done = threading.Event()
        self._waiting: float | None = None  # since when a frame is waited for
        self._verdict = ""

    def frames(self, caller: Caller, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The frames of the call. Raises what the call raises, and WorkerDied with the reason when
        the process was ended for being stuck."""
        watcher = threading.Thread(
            target=self._watch, args=(caller, self._child.pid), name="model watchdog", daemon=True
        )
        self._waiting = time.monotonic()
        watcher.start()
        try:
            for frame in frames:
                self._waiting = None  # who asked may take its time with what came
                yield frame
                self._waiting = time.monotonic()
        except WorkerDied as error:
            if self._verdict:
                raise WorkerDied(error.worker, self._verdict) from error
            raise
        finally:
            self._done.set()
            watcher.join(1.0)

    def _watch(self, caller: Caller, pid: int | None) -> None:
        stopped: float | None = None
        while not self._done.wait(_POLL):
            now = time.monotonic()
            if stopped is None and self._cancel.is_set():
                stopped = now
            deaf = stopped is not None and now - stopped > self._deaf_after
            stuck = self._stuck_for(caller, pid, now) if stopped is None else 0.0
            if not deaf and not stuck:
                continue
            if stuck:
                self._verdict = f"got no further for {stuck:.0f} seconds and was ended."
            if self._child.pid == pid:
                self._child.kill()
            return

    def _stuck_for(self, caller: Caller, pid: int | None, now: float) -> float:
        """The seconds of this silence when they are more than allowed, else 0."""
        waiting, heard = self._waiting, caller.heard
        if waiting is None:
            return 0.0
        allowed = self._silence() if heard is not None else max(STARTING, self._silence())
        since = waiting if heard is None else max(waiting, heard)
        silent = now - since
        if silent >= _LOOKED_AT:
            self._look(pid, since)
        if silent <= allowed:
            return 0.0
        busy = silent <= BUSY_PATIENCE * allowed and silent - self._starved(pid) <= allowed
        return 0.0 if busy else silent

    def _look(self, pid: int | None, since: float) -> None:
        """Remember, once in each silence, how long the process had waited for a processor."""
        if pid is not None and (self._looked is None or self._looked[0] != since):
            self._looked = since, self._waited(pid)

    def _starved(self, pid: int | None) -> float:
        """Seconds of this silence in which threads of the process had no processor."""
        if pid is None or self._looked is None:
            return 0.0
        return max(0.0, self._waited(pid) - self._looked[1])
