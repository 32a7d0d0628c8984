"""The calling side of a line: many calls at once, each with its own replies."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.events import Message
from carrel.process.frames import BadFrame, Frame, Line
from carrel.process.rpc import Cancel, Done, Failed


class Caller:
    """The calling side of a line: many calls at once, each with its own replies.

    `on_event` gets frames with id 0; `on_end` is called once when the line ends. `words` says, when
    the line has ended, how the other side ended. `heard` is when the last frame came
    (time.monotonic), None before the first.
    """

    def __init__(
        self,
        line: Line,
        name: str,
        *,
        words: Callable[[], str] = lambda: "ended.",
        on_event: Callable[[Frame], None] | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        self._line = line
        self._name = name
        self._words = words
        self._on_event = on_event
        self._on_end = on_end
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[Frame | None]] = {}
        self._ended = False
        self.heard: float | None = None
        self._listener = threading.Thread(target=self._listen, name=f"{name} line", daemon=True)
        self._listener.start()

    def call(
        self,
        request: Message,
        *,
        fds: Sequence[int] = (),
        raw: bytes = b"",
        timeout: float | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Frame]:
        """Send a request and yield its replies until it is done.

        `timeout` is in seconds without any frame. Raises UserError when the other side failed it,
        Cancelled when it stopped because of `cancel`, TimeoutError, WorkerDied. Leaving the
        iterator early cancels the request.
        """
        number, replies = self._register()
        try:
            self._send(request, number, fds, raw)
            yield from self._replies(number, replies, timeout, cancel)
        finally:
            with self._lock:
                unfinished = self._waiting.pop(number, None) is not None
            if unfinished and not self._ended:
                self._send(Cancel(), number, ())

    def join(self, timeout: float | None = None) -> None:
        """Wait until the line has ended."""
        self._listener.join(timeout)

    def _register(self) -> tuple[int, queue.SimpleQueue[Frame | None]]:
        replies: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        with self._lock:
            number = next(self._ids)
            self._waiting[number] = replies
            if self._ended:
                replies.put(None)
        return number, replies

    def _send(self, body: Message, number: int, fds: Sequence[int], raw: bytes = b"") -> None:
        try:
            self._line.send(body, number, raw, fds=fds)
        except OSError:
            # The other side is gone: the listener sees the end of the line and says it to the call.
            if not isinstance(body, Cancel):
                self._listener.join(5)

    def _replies(
        self,
        number: int,
        replies: queue.SimpleQueue[Frame | None],
        timeout: float | None,
        cancel: threading.Event | None,
    ) -> Iterator[Frame]:
        told = False
        while True:
            if cancel is not None and cancel.is_set() and not told:
                self._send(Cancel(), number, ())
                told = True
            frame = self._next(replies, timeout, None if told else cancel)
            if frame is None:
                if cancel is not None and cancel.is_set() and not told:
                    continue
                self._forget(number)
                raise WorkerDied(self._name, self._words())
            end = _end_of(frame)
            if end is None:
                yield frame
                continue
            self._forget(number)
            if isinstance(end, Failed):
                raise _as_error(end)
            return

    def _next(
        self,
        replies: queue.SimpleQueue[Frame | None],
        timeout: float | None,
        cancel: threading.Event | None,
    ) -> Frame | None:
        """Wait for a frame; None at the end of the line, or when `cancel` was set meanwhile."""
        waited = 0.0
        while True:
            step = timeout if cancel is None else _CANCEL_POLL
            try:
                return replies.get(timeout=step)
            except queue.Empty:
                waited += step or 0.0
                if timeout is not None and waited >= timeout:
                    raise TimeoutError(f"No answer for {timeout:.0f} s.") from None
                if cancel is not None and cancel.is_set():
                    return None

    def _forget(self, number: int) -> None:
        with self._lock:
            self._waiting.pop(number, None)

    def _listen(self) -> None:
        try:
            while (frame := self._line.receive()) is not None:
                self.heard = time.monotonic()
                if frame.id == 0:
                    if self._on_event is not None:
                        self._on_event(frame)
                    continue
                with self._lock:
                    replies = self._waiting.get(frame.id)
                if replies is not None:
                    replies.put(frame)
        except (BadFrame, OSError):
            pass  # a broken line is an ended line: every waiting call is told below
        with self._lock:
            self._ended = True
            waiting = list(self._waiting.values())
        for replies in waiting:
            replies.put(None)
        if self._on_end is not None:
            self._on_end()


_CANCEL_POLL = 0.02  # seconds; a Stop is passed on within this time
_ENDS = msgspec.json.Decoder(Done | Failed)


def _end_of(frame: Frame) -> Done | Failed | None:
    body = bytes(frame.body)
    if body.startswith((b'{"type":"done"', b'{"type":"failed"')):
        end: Done | Failed = _ENDS.decode(body)
        return end
    return None


def _as_error(failed: Failed) -> Exception:
    if failed.code == "cancelled":
        return Cancelled(failed.what)
    return UserError(failed.what, failed.what_to_do, failed.code)
