"""The privacy report asks every worker, also one that rests just then."""

import msgspec
import pytest

from carrel.desk.privacy import report
from carrel.errors import WorkerDied
from carrel.process.probing import AttemptRow, ProbeResult


class Resting:
    """A worker that is ended `times` times while it is asked."""

    def __init__(self, times):
        self.left = times

    def ensure(self):
        return self

    def call(self, request, timeout):
        if self.left:
            self.left -= 1
            raise WorkerDied("index", "was ended.")
        row = AttemptRow(
            attempt="open a socket", must_refuse=True, allowed=False,
            outcome="refused by the kernel",
        )  # fmt: skip
        body = msgspec.json.encode(ProbeResult(pid=1, confined="desk", rows=[row]))
        yield type("Frame", (), {"body": body})()


def test_a_worker_that_ends_while_it_is_asked_is_asked_again(profile):
    told = report(profile, {"index": Resting(1)})
    assert "index" in {row.process for row in told.rows}


def test_one_that_ends_again_is_told(profile):
    with pytest.raises(WorkerDied):
        report(profile, {"index": Resting(2)})
