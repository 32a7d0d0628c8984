"""A silent model process is ended; one that other programs keep from the processors is not."""

import os
import re
import subprocess
import sys
import threading
import time

import pytest

from carrel.engine import watchdog
from carrel.engine.watchdog import BUSY_PATIENCE, Watchdog
from carrel.errors import WorkerDied
from carrel.process.machine import waited_for_processor

ALLOWED = 0.1  # seconds


class Process:
    """Stands for both the child and the line to it: silent for `silence` seconds, then one frame.

    The first frame came long ago, so that the time for starting does not count.
    """

    pid = 1

    def __init__(self, silence):
        self.silence = silence
        self.heard = time.monotonic()
        self.ended = threading.Event()

    def kill(self):
        self.ended.set()

    def frames(self):
        if self.ended.wait(self.silence):
            raise WorkerDied("model", "ended.")
        yield "frame"


def watched(process, waited, monkeypatch):
    monkeypatch.setattr(watchdog, "_LOOKED_AT", 0.0)
    dog = Watchdog(process, threading.Event(), lambda: ALLOWED, waited=waited)
    return list(dog.frames(process, process.frames()))


def test_a_silent_process_is_ended_with_the_reason(monkeypatch):
    with pytest.raises(WorkerDied, match="got no further"):
        watched(Process(60), lambda pid: 0.0, monkeypatch)


def test_time_without_a_processor_does_not_count(monkeypatch):
    starved = Process(3 * ALLOWED)
    assert watched(starved, lambda pid: time.monotonic(), monkeypatch) == ["frame"]
    assert not starved.ended.is_set()


def test_half_of_the_time_without_a_processor_gives_longer(monkeypatch):
    start = time.monotonic()
    with pytest.raises(WorkerDied):
        watched(Process(60), lambda pid: time.monotonic() / 2, monkeypatch)
    # Less than twice: how long it had waited was first looked at when the silence had begun.
    assert 1.5 * ALLOWED <= time.monotonic() - start < BUSY_PATIENCE * ALLOWED


def test_no_process_is_waited_for_without_an_end(monkeypatch):
    start = time.monotonic()
    with pytest.raises(WorkerDied, match=r"got no further for (\d+) seconds") as told:
        watched(Process(60), lambda pid: 2 * time.monotonic(), monkeypatch)
    waited = time.monotonic() - start
    assert waited >= BUSY_PATIENCE * ALLOWED
    said = int(re.search(r"\d+", str(told.value))[0])
    assert said >= round(BUSY_PATIENCE * ALLOWED)  # all of the silence, not what is allowed


BUSY = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
while time.process_time() < float(sys.argv[2]):
    pass
print("done", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="the kernel does not tell")
def test_the_kernel_tells_who_waits_for_a_processor():
    core = str(min(os.sched_getaffinity(0)))
    busy = [
        subprocess.Popen(
            [sys.executable, "-c", BUSY, core, "0.4"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    try:
        for one in busy:
            assert one.stdout.readline() == "done\n"
        # Each worked for .4 s on the one processor; the last to end waited for most of the others.
        assert max(waited_for_processor(one.pid) for one in busy) > 0.4
    finally:
        for one in busy:
            one.communicate()


def test_a_process_that_has_ended_waits_for_nothing():
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert waited_for_processor(done.pid) == 0.0
