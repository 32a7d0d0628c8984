"""Start, watch, restart and end a worker process.

A worker is this same program started with a worker's name: `python -I -m carrel.worker KIND ...`,
or the frozen executable with `--worker KIND`. It gets its line on descriptors of its own, because
native code prints to 1 and 2; what it prints there is kept (the last lines) for its last words. It
ends when its line ends, so it cannot outlive us.
"""

from __future__ import annotations

import collections
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from carrel.errors import UserError, WorkerDied
from carrel.process import background
from carrel.process.caller import Caller
from carrel.process.frames import Frame, Line, PipeLine, SocketLine

_BACKOFF = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds before the n-th restart in a row
_STEADY = 30.0  # seconds of life after which a worker counts as healthy again
_LAST_LINES = 20


class Child:
    """One worker process and its line. Not started until `start()` or `ensure()`.

    One in the `background` gets less of the processor than others, and `hold` stops it for a while.
    `env` is added to this process's environment; a function is asked at each start.
    """

    def __init__(
        self,
        kind: str,
        args: Sequence[str] = (),
        *,
        line: Literal["pipe", "socket"] = "pipe",
        background: bool = False,
        env: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        on_event: Callable[[Frame], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        self.kind = kind
        self._args = list(args)
        self._line_kind = line
        self._background = background
        self._env = env
        self._on_event = on_event
        self._on_end = on_end
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None
        self._caller: Caller | None = None
        self._printed: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
        self._printer: threading.Thread | None = None
        self._lock = threading.RLock()
        self._started = 0.0
        self._deaths = 0
        self._ending = False

    @property
    def caller(self) -> Caller:
        """The line to the running worker. Raises WorkerDied when it was never started."""
        if self._caller is None:
            raise WorkerDied(self.kind, "was not started.")
        return self._caller

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def last_words(self) -> str:
        """How the process ended, in words, with the last line that it printed."""
        if self._process is None:
            return "was not started."
        code = self._wait(2.0)
        if code is None:
            return "is still running."
        if self._printer is not None:
            self._printer.join(1.0)
        return crash_words(code, self._printed[-1] if self._printed else "")

    def ensure(self, cancel: threading.Event | None = None) -> Caller:
        """Start the worker if it is not running, waiting longer each time it died in a row.

        Raises UserError when it cannot be started, or `cancel` was set while waiting.
        """
        with self._lock:
            if self.alive and self._caller is not None:
                return self._caller
            if self._process is not None and not self._ending:
                lived = time.monotonic() - self._started
                self._deaths = 0 if lived > _STEADY else self._deaths + 1
                delay = _BACKOFF[min(self._deaths, len(_BACKOFF) - 1)] if self._deaths > 1 else 0.0
                if delay and (cancel or threading.Event()).wait(delay):
                    raise UserError("Stopped before the worker had started again.", code="stopped")
            self.start()
            return self.caller

    def start(self) -> None:
        """Start the worker now. Raises UserError when the system cannot."""
        with self._lock:
            self._close_line()
            self._ending = False
            self._printed.clear()
            ours, theirs, numbers = _open_line(self._line_kind)
            line = ",".join(map(str, numbers))
            try:
                self._process = subprocess.Popen(
                    [*worker_command(), self.kind, "--line", line, *self._args],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    pass_fds=numbers, close_fds=True, env=_environment(self._env),
                    **(background.start_options() if self._background else {}),
                )  # fmt: skip
                if self._background:
                    background.lower(self._process.pid)
            except OSError as error:
                ours.close()
                raise UserError(
                    f"The {self.kind} process could not be started: {error.strerror}.",
                    "Close other programs and try again.",
                    "no_process",
                ) from error
            finally:
                for end in theirs:
                    end()
            self._started = time.monotonic()
            self._line = ours
            self._printer = threading.Thread(
                target=self._drain, daemon=True, name=f"{self.kind} out"
            )
            self._printer.start()
            self._caller = Caller(
                ours, self.kind, words=lambda: self.last_words,
                on_event=self._on_event, on_end=self._on_end,
            )  # fmt: skip

    def hold(self) -> None:
        """Have the process stand still, where the system can; nothing when it does not run."""
        if self._process is not None and self.alive:
            background.hold(self._process)

    def go_on(self) -> None:
        """Have the process go on after `hold`."""
        if self._process is not None and self.alive:
            background.go_on(self._process)

    def kill(self) -> None:
        """End the process at once (SIGKILL) and collect it."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.kill()
            self._wait(5.0)

    def close(self, grace: float = 5.0) -> None:
        """End the line, give the process `grace` seconds to finish, then kill it."""
        with self._lock:
            self._ending = True
            if self._background:
                self.go_on()  # to hear that its line ends
            if self._line is not None:
                self._line.close_writing()
            if self._wait(grace) is None:
                self.kill()
            self._close_line()

    def _close_line(self) -> None:
        if self._caller is not None:
            self.kill()
            self._caller.join(2.0)
            self._caller = None
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None and self._process.stdout is not None:
            if self._printer is not None:
                self._printer.join(1.0)
            self._process.stdout.close()

    def _wait(self, seconds: float) -> int | None:
        if self._process is None:
            return None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _drain(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            text = line.decode("utf-8", "replace").strip()
            if text:
                self._printed.append(text[:500])


def worker_command() -> list[str]:
    """How a worker is started; its kind and its arguments follow."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--worker"]
    return [sys.executable, "-I", "-m", "carrel.worker"]


def _environment(
    extra: Mapping[str, str] | Callable[[], Mapping[str, str]] | None,
) -> dict[str, str]:
    more = extra() if callable(extra) else extra
    return {**os.environ, **(more or {})}


def _open_line(
    kind: Literal["pipe", "socket"],
) -> tuple[Line, list[Callable[[], None]], tuple[int, ...]]:
    """Return our end, closers of their ends, and the numbers of their descriptors."""
    if kind == "socket":
        ours, theirs = socket.socketpair()
        return SocketLine(ours), [theirs.close], (theirs.fileno(),)
    their_read, our_write = os.pipe()
    our_read, their_write = os.pipe()
    closers = [lambda: os.close(their_read), lambda: os.close(their_write)]
    return PipeLine(our_read, our_write), closers, (their_read, their_write)


def open_their_line(numbers: str) -> Line:
    """In the worker: open the line whose descriptor numbers came on the command line."""
    fds = [int(n) for n in numbers.split(",")]
    if len(fds) == 1:
        return SocketLine(socket.socket(fileno=fds[0]))
    return PipeLine(fds[0], fds[1])


# "/home/builder/llama.cpp/src/" before "model.cpp:12": where a library was built tells nobody much.
_SOURCE_FOLDERS = re.compile(r"(?:\S*[/\\])(?=[^/\\\s]+:\d+:)")

_SIGNALS = {
    "SIGKILL": "was killed (by the system when memory ran out, or by someone).",
    "SIGSEGV": "crashed: it touched memory that is not its own.",
    "SIGABRT": "aborted: a library inside it gave up.",
    "SIGILL": "stopped: this processor lacks an instruction that it needs.",
    "SIGBUS": "crashed: a file that it had mapped became shorter, or the disk failed.",
    "SIGFPE": "crashed in a calculation.",
    "SIGXCPU": "used up its processor time.",
    "SIGSYS": "tried something that the network filter forbids.",
    "SIGTERM": "was asked to end.",
}


def crash_words(code: int, last_line: str = "") -> str:
    """Say how a process with this return code ended; reads after "The model process"."""
    if code == 0:
        return "ended."
    if code < 0:
        name = _signal_name(-code)
        words = _SIGNALS.get(name, f"was ended by {name}.")
    else:
        words = f"ended with error code {code}."
    last_line = _SOURCE_FOLDERS.sub("", last_line)
    return f'{words} It last said: "{last_line}"' if last_line else words


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
