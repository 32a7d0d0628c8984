"""The reader starts no program and no process: each planted attempt works without its limits and
is refused with them, and the running reader says so of itself."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from carrel.process.probing import ProbeResult, ProbeSelf
from carrel.reading.client import ReaderProcess
from tests.privacy import programs

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the filter is Linux's"
)

KINDS = sorted(set(programs.TRIES) - {"thread"})


def attempt(kind: str, *confinement: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, "-I", programs.__file__, kind, *confinement]
    return subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_attempt_works_without_the_limits(kind: str) -> None:
    done = attempt(kind)
    assert (done.returncode, done.stdout) == (0, "started\n"), done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_the_reader_s_limits_refuse_a_planted_attempt(kind: str) -> None:
    done = attempt(kind, "reader")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("refused: ")
    if kind not in ("system", "clone3"):  # the one tells no number, the other is told "missing"
        assert "Permission denied" in done.stdout


def test_threads_still_start() -> None:
    assert attempt("thread", "reader").stdout == "started\n"


def test_the_running_reader_is_under_the_filter() -> None:
    reader = ReaderProcess()
    frames = list(reader.child.ensure().call(ProbeSelf(), timeout=20))
    found = msgspec.json.decode(bytes(frames[0].body), type=ProbeResult)
    reader.close()
    rows = {row.attempt: row for row in found.rows}
    assert rows["start a program"].outcome == "refused by the kernel"
    assert not any(row.allowed for row in found.rows)
