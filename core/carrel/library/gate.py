"""Where indexing waits: while a question runs, while it is paused, on battery, under load.

Work is cut into pieces of a tenth of a second or so, and between them it passes the gate. A
question that begins closes it at once, and `taken_back` reaches what is under way: embedding, whose
pieces are long and need both cores, is broken off and done again afterwards; merging the index's
files, in a process of its own, stands still.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

from carrel.desk.library_requests import Waiting
from carrel_models.stops import Interrupt, Stop

_LOOKED_AT = 2.0  # seconds between two looks at battery and load while these keep the gate closed
_SWITCH = 0.0005
"""Seconds after which Python takes the interpreter from a thread that others wait for, while a
question runs. At the usual 5 ms each of a search's calls into SQLite, numpy and LanceDB waits that
long for what indexing is in the middle of (tests.bench.reach: a quarter of a search's time)."""

WORDS: dict[Waiting, str] = {
    "": "",
    "paused": "Indexing is paused.",
    "question": "Indexing waits while a question is answered.",
    "battery": "Indexing waits for mains power; a setting changes that.",
    "load": "Indexing waits while other programs keep this computer busy; a setting changes that.",
    "disk": "Indexing waits because the disk is nearly full; it goes on when there is room.",
}

_quick = 0
_usual = 0.0
_lock = threading.Lock()


@contextlib.contextmanager
def _quick_to_switch() -> Iterator[None]:
    """While anybody is inside, threads that wait for the interpreter get it soon."""
    global _quick, _usual  # as the interval is: one for the whole process
    with _lock:
        if not _quick:
            _usual = sys.getswitchinterval()
            sys.setswitchinterval(_SWITCH)
        _quick += 1
    try:
        yield
    finally:
        with _lock:
            _quick -= 1
            if not _quick:
                sys.setswitchinterval(_usual)


class Gate:
    """Closed for as long as there is a reason; `system` looks at battery and load."""

    def __init__(
        self,
        system: Callable[[], Waiting] = lambda: "",
        told: Callable[[Waiting], None] = lambda reason: None,
    ) -> None:
        self._system = system
        self._told = told
        self._changed = threading.Condition()
        self._questions = 0
        self._paused = False
        self._said: Waiting = ""
        self.taken_back = Interrupt()
        """Set while a question runs: work that can be broken off listens to it."""

    @property
    def paused(self) -> bool:
        """Whether the user paused indexing."""
        return self._paused

    @property
    def waiting(self) -> Waiting:
        """Why work waits at the gate now; "" when none does."""
        return self._said

    def pause(self, paused: bool) -> None:
        """Close the gate until it is opened again, or open it."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def watch(self, system: Callable[[], Waiting]) -> None:
        """Close the gate from now on also for what this says of the computer."""
        self._system = system

    def told_to(self, told: Callable[[Waiting], None]) -> None:
        """Tell this from now on why work waits, and "" when it goes on."""
        self._told = told

    @contextlib.contextmanager
    def question(self) -> Iterator[None]:
        """While inside, a question runs and the gate is closed."""
        with self._changed:
            self._questions += 1
            self.taken_back.set()
        try:
            with _quick_to_switch():
                yield
        finally:
            with self._changed:
                self._questions -= 1
                if not self._questions:
                    self.taken_back.clear()
                self._changed.notify_all()

    def wait(self, cancel: Stop) -> None:
        """Pass the gate: returns when there is no reason to wait, or soon after `cancel`."""
        while (reason := self._reason()) and not cancel.is_set():
            self._say(reason)
            with self._changed:
                if self._own_reason() or reason in ("battery", "load", "disk"):
                    # Nobody wakes this for a `cancel`, nor when a battery is charged again.
                    self._changed.wait(0.1 if self._own_reason() else _LOOKED_AT)
        self._say("")

    def step(self, cancel: Stop) -> None:
        """As `wait`, for the many steps of one piece of work: quick, as battery and load do not
        count."""
        if self._own_reason():
            self.wait(cancel)

    def _own_reason(self) -> Waiting:
        if self._questions:
            return "question"
        return "paused" if self._paused else ""

    def _reason(self) -> Waiting:
        return self._own_reason() or self._system()

    def _say(self, reason: Waiting) -> None:
        if reason != self._said:
            self._said = reason
            self._told(reason)
