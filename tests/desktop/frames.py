"""Measures how long the window's main thread keeps a frame waiting, while something else works."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 10
LATE_MS = 100.0


class FrameGaps(QObject):
    """A timer that should come every 10 ms; a gap is the time from one coming to the next, in
    milliseconds. A screen of 60 Hz wants one every 17. Start it on the main thread.

    `gaps` is by the clock. In `own` the time is left out in which the thread could have gone on but
    no processor was free: on a machine where other programs run as well, that says what the window
    itself does, waiting for locks and for Python's global one included.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self.own: list[float] = []
        self._last = self._waited = 0.0
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last, self._waited = time.perf_counter(), waited_for_processor()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def words(self) -> str:
        """The figures, for whoever reads the test's output."""
        return f"by the clock: {figures(self.gaps)}\nof the window's own: {figures(self.own)}"

    def _tick(self) -> None:
        now, waited = time.perf_counter(), waited_for_processor()
        gap = (now - self._last) * 1000
        self.gaps.append(gap)
        self.own.append(max(0.0, gap - (waited - self._waited) * 1000))
        self._last, self._waited = now, waited


def waited_for_processor() -> float:
    """Seconds in which this thread was ready and had to wait for a processor; Linux counts them
    (Documentation/scheduler/sched-stats.rst), 0 where nobody does."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except FileNotFoundError:
        return 0.0


def percentile(gaps: Sequence[float], share: float) -> float:
    """The gap in which this share of the measured time lies, or a shorter one. A gap counts by its
    length: by their number, one long gap would vanish among the many short ones."""
    ordered = sorted(gaps)
    left = share * sum(ordered)
    for gap in ordered:
        left -= gap
        if left <= 0:
            return gap
    return ordered[-1]


def figures(gaps: Sequence[float]) -> str:
    """Percentiles and the gaps that are too long, in milliseconds."""
    late = [round(gap) for gap in gaps if gap > LATE_MS]
    shares = ", ".join(f"p{s * 100:.0f} {percentile(gaps, s):.1f}" for s in (0.5, 0.95, 0.99))
    return (
        f"{len(gaps)} in {sum(gaps) / 1000:.1f} s, {shares}, longest {max(gaps):.1f}, late {late}"
    )
