"""Runs work that reports a fraction in a thread, so that a handler can pass the progress on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from typing import Literal, TypeVar

from carrel.desk.shelf_requests import ShelfProgress
from carrel_models.stops import Progress, Stop

Result = TypeVar("Result")


class _Either:
    """A wish to stop, from the user or because nobody listens any more."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self.left = threading.Event()

    def is_set(self) -> bool:
        return self._cancel.is_set() or self.left.is_set()


def in_steps(
    path: str,
    step: Literal["copying", "checking"],
    cancel: threading.Event,
    work: Callable[[Progress, Stop], Result],
) -> Generator[ShelfProgress, None, Result]:
    """Yield the progress of `work` in whole percents and return what it returns; raises the same.

    `work` gets where to report to and what to look at; it has ended when this generator ends.
    """
    told: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    stop = _Either(cancel)
    done: list[Result] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(work(told.put, stop))
        except Exception as error:  # noqa: BLE001 - raised again below, in the handler's thread
            failed.append(error)
        finally:
            told.put(None)

    thread = threading.Thread(target=run, name=f"{step} for the shelf", daemon=True)
    thread.start()
    try:
        last = -1
        while (fraction := told.get()) is not None:
            if int(fraction * 100) > last:
                last = int(fraction * 100)
                yield ShelfProgress(path=path, step=step, fraction=fraction)
    finally:
        stop.left.set()
        thread.join()
    if failed:
        raise failed[0]
    return done[0]
