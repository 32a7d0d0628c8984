"""The probe as a call: any worker tries to open sockets now and says what the kernel answered."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import msgspec

from carrel.events import Message, Plain
from carrel.process import confine
from carrel.process.rpc import Call, Handler, Reply


class ProbeSelf(Message, frozen=True):
    """-> ProbeResult"""


class AttemptRow(Plain, frozen=True):
    """See carrel.process.confine.Attempt."""

    attempt: str
    must_refuse: bool
    allowed: bool
    outcome: str


class ProbeResult(Message, frozen=True):
    pid: int
    confined: str
    rows: list[AttemptRow]


def result() -> ProbeResult:
    """Probe this process."""
    rows = [AttemptRow(**attempt._asdict()) for attempt in confine.probe()]
    return ProbeResult(pid=os.getpid(), confined=confine.confined() or "no", rows=rows)


def probe_handlers() -> dict[type[Message], Handler]:
    """Handlers that every worker has besides its own."""
    return {ProbeSelf: _probe}


def _probe(request: ProbeSelf, call: Call) -> Iterator[Reply]:
    yield result()


def probe_in_child(kind: confine.Kind) -> ProbeResult:
    """Probe a fresh process under the filter of `kind`. Call it before confining this process:
    a child inherits what its parent gave up."""
    code = f"from carrel.process import confine, probing; confine.confine_{kind}(); probing.show()"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, check=True, timeout=30
    )
    return msgspec.json.decode(done.stdout, type=ProbeResult)


def show() -> None:
    """Print this process's probe as JSON."""
    sys.stdout.buffer.write(msgspec.json.encode(result()))
