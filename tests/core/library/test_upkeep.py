"""The process that merges the index's files: it does it, stands still for questions, and ends."""

import os
import select
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from carrel.library import index
from carrel.library.index import LanceIndex
from carrel.library.lance import count_unindexed
from carrel.library.upkeep import UpkeepProcess
from carrel_models.stops import Interrupt

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="no process stands still there")


@pytest.fixture
def upkeep():
    told = []
    made = UpkeepProcess(told.append)
    made.told = told
    yield made
    made.rest()


def words(index, first, count):
    index.add_terms([(i, i // 10, f"T{i % 7} U{i}") for i in range(first, first + count)])


def test_rows_are_merged_by_the_process_and_found(tmp_path, upkeep, monkeypatch):
    monkeypatch.setattr(index, "OPTIMIZE_AT", 50)
    interrupt, did = Interrupt(), []

    def helper(folder, table):
        did.append((table, upkeep.merge(folder, table, interrupt)))
        return did[-1][1]

    lance = LanceIndex(tmp_path / "index", "mini", 4, helper=helper)
    for at in range(0, 150, 30):
        words(lance, at, 30)
        assert len(lance.search_terms("T3", 200)) == sum(i % 7 == 3 for i in range(at + 30))
    assert did == [("terms", True), ("terms", True)]
    assert count_unindexed(lance._terms) == 30
    lance.add_vectors([(i, 1, np.eye(4, dtype=np.float32)[i]) for i in range(4)])
    lance.optimize()
    assert [name for name, _ in did[2:]] == ["terms", "vectors_mini"]
    assert lance.counts() == (150, 4)
    assert count_unindexed(lance._terms) == 0
    assert lance.search_vectors(np.eye(4, dtype=np.float32)[2], 1)[0][0] == 2
    lance.sync()
    LanceIndex(tmp_path / "index", "mini", 4).check(150, 4)


def test_what_the_process_cannot_do_is_done_here(tmp_path, monkeypatch):
    lance = LanceIndex(tmp_path / "index", "", helper=lambda folder, table: False)
    words(lance, 0, 30)
    assert count_unindexed(lance._terms) == 30
    lance.optimize()
    assert count_unindexed(lance._terms) == 0


def test_a_process_that_dies_or_fails_says_so(tmp_path, upkeep):
    assert not upkeep.merge(tmp_path / "index", "terms", Interrupt())  # there is no such table
    assert len(upkeep.told) == 1
    upkeep.child.kill()
    LanceIndex(tmp_path / "index").add_terms([(1, 1, "A")])
    assert upkeep.merge(tmp_path / "index", "terms", Interrupt())
    assert len(upkeep.told) == 1


@needs_signals
def test_it_stands_still_while_a_question_runs(tmp_path, upkeep):
    lance = LanceIndex(tmp_path / "index")
    words(lance, 0, 30)
    interrupt, done = Interrupt(), []
    interrupt.set()
    work = threading.Thread(
        target=lambda: done.append(upkeep.merge(tmp_path / "index", "terms", interrupt))
    )
    upkeep.child.ensure()
    work.start()
    os.waitid(os.P_PID, upkeep.child.pid, os.WSTOPPED)
    assert not done
    interrupt.clear()
    work.join(60)
    assert done == [True]
    lance._terms.checkout_latest()
    assert count_unindexed(lance._terms) == 0


@needs_signals
def test_it_gets_less_of_the_processor_than_others(upkeep):
    upkeep.child.ensure()
    pid = upkeep.child.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, os.getpid())


@needs_signals
def test_it_ends_at_once_though_it_stands_still(upkeep):
    upkeep.child.ensure()
    upkeep.child.hold()
    os.waitid(os.P_PID, upkeep.child.pid, os.WSTOPPED)
    process = upkeep.child._process
    upkeep.rest()
    assert process.returncode == 0  # heard the end of its line; it was not killed


PARENT = """
from carrel.library.upkeep import UpkeepProcess
import os, sys
upkeep = UpkeepProcess()
upkeep.child.ensure()
upkeep.child.hold()
os.waitid(os.P_PID, upkeep.child.pid, os.WSTOPPED)
print(upkeep.child.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to watch the process")
def test_none_stays_behind_when_its_parent_is_killed_while_it_stands_still():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    pid = int(parent.stdout.readline())
    watched = os.pidfd_open(pid)
    try:
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
        assert select.select([watched], [], [], 30)[0]
    finally:
        os.close(watched)
