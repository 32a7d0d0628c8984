"""A program is run on bytes, within its bounds."""

import sys
import threading
import time

import pytest

from carrel.errors import Cancelled
from carrel.process.running import run


def python(code):
    return [sys.executable, "-I", "-c", code]


def test_what_goes_in_comes_out():
    given = b"x" * 3_000_000
    echo = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.stderr.write('why')"
    done = run(python(echo), given, seconds=60, most=4_000_000)
    assert (done.status, done.output, done.complaint, done.late) == (0, given, "why", False)


def test_it_may_not_want_to_hear_all():
    done = run(python("raise SystemExit(3)"), b"x" * 3_000_000, seconds=60, most=10)
    assert (done.status, done.late) == (3, False)


def test_one_that_takes_too_long_is_ended():
    start = time.monotonic()
    done = run(python("import threading; threading.Event().wait()"), seconds=0.5, most=10)
    assert done.late
    assert done.status < 0
    assert time.monotonic() - start < 20


def test_one_that_writes_too_much_is_ended():
    endless = "import os\nwhile True: os.write(1, b'x' * 9999)"
    done = run(python(endless), seconds=60, most=100_000)
    assert (len(done.output), done.late) == (100_000, False)
    assert done.status != 0


def test_complaints_without_end_are_cut():
    endless = "import os\nfor _ in range(999): os.write(2, b'x' * 999)\nprint('done')"
    done = run(python(endless), seconds=60, most=100)
    assert (done.status, done.output.strip(), len(done.complaint)) == (0, b"done", 4000)


def test_a_stop_ends_it():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        run(python("import threading; threading.Event().wait()"), seconds=60, most=9, cancel=stop)


def test_a_program_that_is_not_there():
    with pytest.raises(OSError):
        run(["/nowhere/at/all"], seconds=5, most=9)
