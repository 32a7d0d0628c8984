"""How far indexing has come: what, how many, how fast, how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable

from carrel.events import IndexProgress

Report = Callable[[IndexProgress], None]


class Meter:
    """Counts what was done and reports it, at most ten times a second."""

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._stage = "scanning"
        self._total = self._done = self._skipped = self._meaning = 0
        self._started = self._told = time.monotonic()
        self.passages = 0
        self._send("")

    def start(self, stage: str, total: int, done: int) -> None:
        self._total, self._done, self._skipped = total, done, done
        self.stage(stage)

    def stage(self, stage: str) -> None:
        self._stage, self._started = stage, time.monotonic()
        self._send("")

    def document(self, path: str, passages: int) -> None:
        self._done += 1
        self.passages = passages
        self._now_and_then(path)

    def meaning(self, count: int) -> None:
        self._meaning += count
        self._now_and_then("")

    def _now_and_then(self, current: str) -> None:
        now = time.monotonic()
        if now - self._told > 0.1:
            self._told = now
            self._send(current)

    def _send(self, current: str) -> None:
        seconds = max(time.monotonic() - self._started, 1e-6)
        by_meaning = self._stage == "meaning"
        work = self._meaning if by_meaning else self._done - self._skipped
        left = (self.passages - self._meaning) if by_meaning else (self._total - self._done)
        rate = work / seconds
        self._report(
            IndexProgress(
                collection=self._name, stage=self._stage,  # type: ignore[arg-type]
                documents_done=self._done, documents_total=self._total, passages=self.passages,
                passages_by_meaning=self._meaning, per_second=round(rate, 2),
                seconds_left=round(left / rate, 1) if work and left >= 0 else None,
                current=current,
            )
        )  # fmt: skip
