"""How long one parser may work on one file, and the watch that ends it when that is over."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")

MOST = 600.0  # seconds that one parser may work on any file
_PACE = 20_000  # characters a second: half of what the slowest parser (pypdf) gives of a good file
_PAGE = 1_000  # characters that a page counts as beside its text: a scan's pages have none
_WEIGHT = 100_000  # bytes a second: a file is ordinary and large when its size explains its time


class Budget:
    """The seconds of work that a file may cost.

    `seconds` are given to every file. More is earned by text that comes, as much as an honest
    parser would need for it, because a book of 5,000 pages is worth waiting for. But a small file
    earns next to nothing, however much it yields: text without end out of few bytes is a bomb.
    Time in which nobody waits for the parser is not counted.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self.seconds = seconds
        self._explained = max(size, 0) / _WEIGHT
        self._earned = 0.0
        self.spent = 0.0

    @property
    def left(self) -> float:
        """Seconds of work that are left; the parser may be silent no longer than `seconds`."""
        whole = min(self.seconds + min(self._earned, self._explained), max(MOST, self.seconds))
        return min(whole - self.spent, self.seconds)

    def earn(self, characters: int) -> None:
        """A page, or another section, of so many characters has come."""
        self._earned += (characters + _PAGE) / _PACE

    def timed(self, items: Iterator[T]) -> Iterator[T]:
        """Yield the items; the time that it takes to get each is spent."""
        while True:
            began = time.monotonic()
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self.spent += time.monotonic() - began
            yield item


class Watch:
    """Calls `end` when a wait takes longer than it may: from a thread of its own, so that it also
    ends a wait that never returns. `rang` says whether it did."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._until = math.inf
        self._changed = threading.Condition()
        self._closed = False
        self.rang = False
        self._thread = threading.Thread(target=self._run, name="reading watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def allow(self, seconds: float) -> None:
        """A wait begins that may take so long; math.inf: nobody waits now."""
        with self._changed:
            before, self._until = self._until, time.monotonic() + seconds
            if self._until < before:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while not self._closed and (left := self._until - time.monotonic()) > 0:
                self._changed.wait(None if left == math.inf else left)
            if self._closed:
                return
            self.rang = True
        self._end()
