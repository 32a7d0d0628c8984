"""How long work on files tells its progress, is stopped, and is never done twice at once.

`progress` gets the fraction done in [0, 1]; `cancel` is anything with `is_set()`, looked at every
few megabytes.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

Progress = Callable[[float], None]
_LOOK = 0.05  # seconds between two looks at a Stop


class Stop(Protocol):
    """A wish to stop: threading.Event is one."""

    def is_set(self) -> bool:
        """Whether the work should end now."""
        ...


class Stopped(Exception):
    """The work was stopped on request; what it had written is gone again."""


def stop_if(cancel: Stop | None) -> None:
    """Raise Stopped when `cancel` is set."""
    if cancel is not None and cancel.is_set():
        raise Stopped("Stopped.")


class Locks:
    """One lock per name, so that the same work is never done twice at once."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}

    @contextlib.contextmanager
    def hold(self, name: str, cancel: Stop | None = None) -> Iterator[None]:
        """Hold the lock of `name`. Raises Stopped when `cancel` is set while waiting for it."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        while not lock.acquire(timeout=_LOOK):
            stop_if(cancel)
        try:
            yield
        finally:
            lock.release()


class Interrupt:
    """A wish to stop that calls who listens: foreign code cannot look at a wish while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._calls: list[tuple[Callable[[], None], Callable[[], None]]] = []

    def is_set(self) -> bool:
        """Whether the work should end now."""
        return self._set

    def set(self) -> None:
        """Wish it, and tell all who listen, in this thread."""
        with self._lock:
            self._set = True
            for stop, _ in self._calls:
                stop()

    def clear(self) -> None:
        """Wish it no longer, and tell all who listen."""
        with self._lock:
            self._set = False
            for _, go_on in self._calls:
                go_on()

    @contextlib.contextmanager
    def calls(
        self, stop: Callable[[], None], go_on: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """While inside, `stop` is called when the wish comes, at once when it is there already, and
        `go_on` when it goes. Both must be quick, and are never called after the end."""
        call = stop, go_on
        with self._lock:
            self._calls.append(call)
            if self._set:
                stop()
        try:
            yield
        finally:
            with self._lock:
                self._calls.remove(call)


class AnyOf:
    """Several wishes to stop, as one."""

    def __init__(self, *wishes: Stop | None) -> None:
        self._wishes = [one for one in wishes if one is not None]

    def is_set(self) -> bool:
        """Whether the work should end now."""
        return any(one.is_set() for one in self._wishes)
