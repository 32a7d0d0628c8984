"""Stops llama.cpp inside a computation: passes a cancel Event on to the flag that it tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from carrel.engine.native import StopFlag

_POLL = 0.02  # seconds; a Stop reaches llama.cpp within this time


class Stopper:
    """One sleeping thread per context, which watches the cancel Event of the running generation.

    It is not started and joined per generation: joining would hold up each answer's end.
    """

    def __init__(self) -> None:
        self.flag = StopFlag()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._cancel: threading.Event | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="stopper", daemon=True)
        self._thread.start()

    def install(self, context: Any) -> None:
        """Make llama.cpp test the flag while it computes on `context`."""
        self.flag.install(context)

    @contextmanager
    def watching(self, cancel: threading.Event) -> Iterator[None]:
        """While inside, setting `cancel` stops what llama.cpp computes."""
        with self._lock:
            self.flag.clear()
            self._cancel = cancel
            self._wake.set()
        try:
            yield
        finally:
            with self._lock:
                self._cancel = None
                self._wake.clear()
                self.flag.clear()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            if self._closed:
                return
            cancel = self._cancel
            if cancel is not None and cancel.wait(_POLL):
                self._raise_flag(cancel)

    def _raise_flag(self, cancel: threading.Event) -> None:
        with self._lock:
            if self._cancel is cancel and not self._closed:
                self.flag.set()
                self._wake.clear()
