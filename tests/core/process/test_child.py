"""Workers are started, spoken to, killed, restarted, and never outlive us."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from carrel.errors import UserError, WorkerDied
from carrel.process import child as child_module
from carrel.process.child import Child, crash_words
from carrel.process.probing import ProbeResult, ProbeSelf

from . import echo_worker as w

SCRIPT = Path(__file__).with_name("echo_worker.py")


@pytest.fixture(params=["pipe", "socket"])
def worker(request, monkeypatch):
    monkeypatch.setattr(child_module, "worker_command", lambda: [sys.executable, str(SCRIPT)])
    child = Child("echo", line=request.param)
    child.start()
    yield child
    child.close()


def texts(frames):
    return [msgspec.json.decode(f.body, type=w.Said).text for f in frames]


def test_a_call_streams_its_replies(worker):
    assert texts(worker.caller.call(w.Count(to=5))) == ["0", "1", "2", "3", "4"]


def test_raw_bytes_travel_beside_the_message(worker):
    (frame,) = worker.caller.call(w.Echo(text="größe", raw=100_000))
    assert frame.raw == b"x" * 100_000


def test_a_user_error_keeps_its_sentence(worker):
    with pytest.raises(UserError) as caught:
        list(worker.caller.call(w.Refuse()))
    assert (caught.value.what, caught.value.what_to_do, caught.value.code) == (
        "This cannot be done.", "Do something else.", "no",
    )  # fmt: skip


def test_cancel_reaches_a_running_handler(worker):
    cancel = threading.Event()
    replies = worker.caller.call(w.Hang(), cancel=cancel)
    assert texts([next(replies)]) == ["hanging"]
    cancel.set()
    assert texts(replies) == ["released"]


def test_leaving_early_cancels_and_the_worker_serves_on(worker):
    replies = worker.caller.call(w.Hang())
    next(replies)
    replies.close()
    assert texts(worker.caller.call(w.Echo(text="still here"))) == ["still here"]


def test_silence_ends_in_a_timeout(worker):
    with pytest.raises(TimeoutError):
        list(worker.caller.call(w.Hang(), timeout=0.2))


def test_a_killed_worker_says_how_it_ended_and_starts_again(worker):
    with pytest.raises(WorkerDied) as caught:
        list(worker.caller.call(w.Die(signal=signal.SIGKILL)))
    assert "was killed" in caught.value.words
    assert "last line before the end" in caught.value.words
    assert texts(worker.ensure().call(w.Echo(text="again"))) == ["again"]


def test_a_worker_that_keeps_dying_is_restarted_with_growing_patience(worker):
    for _ in range(3):
        with pytest.raises(WorkerDied):
            list(worker.ensure().call(w.Die(signal=signal.SIGKILL)))
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(UserError):
        worker.ensure(stopped)


def test_the_end_of_the_line_ends_the_worker(worker):
    next(worker.caller.call(w.Hang()))
    worker.close()
    assert not worker.alive
    assert worker.last_words == "ended."


def test_every_worker_is_confined(worker):
    (frame,) = worker.caller.call(ProbeSelf())
    result = msgspec.json.decode(frame.body, type=ProbeResult)
    assert result.confined == "desk"
    assert [row.attempt for row in result.rows if row.must_refuse and row.allowed] == []
    assert sum(row.outcome == "refused by the kernel" for row in result.rows) >= 6


def test_a_descriptor_travels_over_a_socket_line(worker, tmp_path):
    if worker._line_kind != "socket":
        pytest.skip("pipes carry no descriptors")
    file = tmp_path / "a file.txt"
    file.write_text("what it says")
    fd = os.open(file, os.O_RDONLY)
    try:
        assert texts(worker.caller.call(w.ReadFile(), fds=[fd])) == ["what it says"]
    finally:
        os.close(fd)


def test_no_orphan_stays_when_the_parent_is_killed(tmp_path):
    """The grandchild holds a pipe of ours open for as long as it lives: its end is the proof."""
    code = (
        "import sys, carrel.process.child as c\n"
        f"c.worker_command = lambda: [sys.executable, {str(SCRIPT)!r}]\n"
        "child = c.Child('echo'); child.start()\n"
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "print(child.pid, flush=True)\n"
        "import threading; threading.Event().wait()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(SCRIPT.parent)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    fd = os.pidfd_open(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    import select

    ready, _, _ = select.select([fd], [], [], 10)
    os.close(fd)
    assert ready, "the worker outlived its parent"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended."),
        (3, "error code 3"),
        (-9, "killed"),
        (-11, "crashed"),
        (-6, "aborted"),
        (-70, "signal 70"),
    ],
)
def test_crash_words(code, words):
    assert words in crash_words(code)


def test_crash_words_do_not_say_where_a_library_was_built():
    words = crash_words(-6, "/build/llama.cpp/src/model.cpp:12: GGML_ASSERT(a/b) failed")
    assert words.endswith('It last said: "model.cpp:12: GGML_ASSERT(a/b) failed"')
