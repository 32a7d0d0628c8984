"""The reader starts no program and no process: each planted attempt works without its limits and
is refused with them, and the running reader says so of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from carrel.process import landlock
from carrel.process.probing import ProbeResult, ProbeSelf
from carrel.reading.client import ReaderProcess
from tests.privacy import programs

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the filter is Linux's"
)

OF_FILES = {"write", "empty", "read", "loader", "signal", "socket"}
KINDS = sorted(set(programs.TRIES) - {"thread", "memfd"} - OF_FILES)
RECOGNIZER = sorted(set(programs.TRIES) - {"thread"})
needs_landlock = pytest.mark.skipif(
    not landlock.version(), reason="this kernel has no Landlock, which limits files"
)


def attempt(
    kind: str, *confinement: str, folder: Path = Path("/nowhere")
) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, "-I", programs.__file__, kind, *confinement]
    return subprocess.run(
        script, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PLANTED": str(folder)},
    )  # fmt: skip


@pytest.mark.parametrize("kind", RECOGNIZER)
def test_a_planted_attempt_works_without_the_limits(kind: str, tmp_path: Path) -> None:
    done = attempt(kind, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "started\n"), done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_the_reader_s_limits_refuse_a_planted_attempt(kind: str) -> None:
    done = attempt(kind, "reader")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("refused: ")
    if kind not in ("system", "clone3"):  # the one tells no number, the other is told "missing"
        assert "Permission denied" in done.stdout


@needs_landlock
@pytest.mark.parametrize("kind", RECOGNIZER)
def test_the_process_that_becomes_tesseract_refuses_it_too(kind: str, tmp_path: Path) -> None:
    done = attempt(kind, "recognizer", folder=tmp_path)
    assert done.stdout != "started\n", done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
    if kind == "loader":  # it starts, and may not read what it should load
        assert done.returncode == 127
        assert "cannot open shared object file" in done.stderr
        return
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("refused: ")


@needs_landlock
def test_what_it_may_become_it_becomes() -> None:
    code = (
        "import os; from carrel.process import confine; confine.confine_desk();"
        "echo = os.path.realpath('/bin/echo');"
        "from carrel.reading.tesseract import libraries_of; found = libraries_of(echo);"
        "loader = [one for one in found if '/ld-' in one];"
        "confine.confine_recognizer([*found, '/etc/ld.so.cache'], [echo, *loader]);"
        "os.execv(echo, ['echo', 'became'])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "became\n"), done.stderr


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
