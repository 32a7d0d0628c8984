"""Run a program on bytes: what goes in and comes out is bounded, and so is the time it takes."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, NamedTuple

from carrel.errors import Cancelled
from carrel_models.stops import Stop

_LOOK = 0.05  # seconds between two looks at `cancel`
_CHUNK = 1 << 16
_COMPLAINT = 4000  # bytes kept of what it complains about


class Ran(NamedTuple):
    """How a program ended: its status (negative: the signal), what it wrote, and the start of what
    it complained about. `late` says that it was ended because its time was over."""

    status: int
    output: bytes
    complaint: str
    late: bool


def run(
    command: Sequence[str],
    given: bytes = b"",
    *,
    seconds: float,
    most: int,
    cancel: Stop | None = None,
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run `command` with `given` on its standard input, and return at most `most` bytes of output.

    It is ended after `seconds`, when it writes more, and when `cancel` is set: Cancelled. Raises
    OSError when it cannot be started.
    """
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        close_fds=True, env=dict(environment) if environment is not None else None,
    )  # fmt: skip
    output = _Taken(process.stdout, most, process.kill)
    complaint = _Taken(process.stderr, _COMPLAINT, lambda: None)
    feeder = threading.Thread(target=_feed, args=(process.stdin, given), daemon=True)
    for one in (output, complaint, feeder):
        one.start()
    until = time.monotonic() + seconds
    late = False
    try:
        while process.poll() is None:
            late = time.monotonic() > until
            if late or (cancel is not None and cancel.is_set()):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
    finally:
        process.kill()
        status = process.wait()
        for one in (output, complaint, feeder):
            one.join()
    if cancel is not None and cancel.is_set():
        raise Cancelled("Stopped.")
    words = complaint.data.decode("utf-8", "replace").strip()
    return Ran(status, bytes(output.data), words, late)


def _feed(pipe: IO[bytes] | None, given: bytes) -> None:
    if pipe is None:
        return
    with contextlib.suppress(BrokenPipeError), pipe:  # it did not want to hear all of it
        pipe.write(given)


class _Taken(threading.Thread):
    """Reads what a process writes and keeps the first `most` bytes; `full` hears of more."""

    def __init__(self, pipe: IO[bytes] | None, most: int, full: Callable[[], None]) -> None:
        super().__init__(name="output", daemon=True)
        self._pipe = pipe
        self._most = most
        self._full = full
        self.data = bytearray()

    def run(self) -> None:
        if self._pipe is None:
            return
        with self._pipe:
            while chunk := self._pipe.read(_CHUNK):
                room = self._most - len(self.data)
                self.data += chunk[:room]
                if len(chunk) > room:
                    self._full()
