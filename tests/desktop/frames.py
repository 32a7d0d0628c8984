"""Measures how long the window's main thread keeps a frame waiting, while something else works."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 10


class FrameGaps(QObject):
    """A timer that should come every 10 ms; a gap is the time from one coming to the next, in
    milliseconds. A screen of 60 Hz wants one every 17."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def percentile(self, share: float) -> float:
        """The gap in which this share of the measured time lies, or a shorter one. A gap counts by
        its length: by their number, one long gap would vanish among the many short ones."""
        ordered = sorted(self.gaps)
        left = share * sum(ordered)
        for gap in ordered:
            left -= gap
            if left <= 0:
                return gap
        return ordered[-1]

    def words(self) -> str:
        """The figures, for whoever reads the test's output."""
        late = [round(gap) for gap in self.gaps if gap > 100]
        p50, p95, p99 = (self.percentile(share) for share in (0.5, 0.95, 0.99))
        return (
            f"{len(self.gaps)} gaps in {sum(self.gaps) / 1000:.1f} s: p50 {p50:.1f}, p95 {p95:.1f},"
            f" p99 {p99:.1f}, longest {max(self.gaps):.1f} ms; over 100: {late}"
        )

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now
