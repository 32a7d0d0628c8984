"""Calls over a line: a request, a stream of replies, an end. One side serves, the other calls.

A serving worker has two threads: one reads frames (so that a cancel is heard at once and the end of
the line ends the process), one runs handlers. A handler is a generator function
`handler(request, call)` that yields messages, or `(message, raw bytes)`; `call.cancel` is an Event,
`call.fds` are the descriptors that came with the request (closed for the handler when it ends).
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from carrel.errors import Cancelled, UserError, WorkerDied, disk_full
from carrel.events import Message
from carrel.process.frames import BadFrame, Frame, Line


class Cancel(Message, frozen=True):
    """Stop the request with this frame's id, soon."""


class Done(Message, frozen=True):
    """The request is answered."""


class Failed(Message, frozen=True):
    """The request failed: one sentence, what to do, a word for scripts; `trace` for defects."""

    what: str
    what_to_do: str = ""
    code: str = "error"
    trace: str = ""


class Call(NamedTuple):
    """What a handler knows about the call it serves."""

    cancel: threading.Event
    fds: tuple[int, ...]


Reply = msgspec.Struct | tuple[msgspec.Struct, bytes]
Handler = Callable[[Any, Call], Iterator[Reply]]
Handlers = Mapping[type[Message], Handler]


class Caller:
    """The calling side of a line: many calls at once, each with its own replies.

    `on_event` gets frames with id 0; `on_end` is called once when the line ends. `words` says, when
    the line has ended, how the other side ended.
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
        self._listener = threading.Thread(target=self._listen, name=f"{name} line", daemon=True)
        self._listener.start()

    def call(
        self,
        request: Message,
        *,
        fds: Sequence[int] = (),
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
            self._send(request, number, fds)
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

    def _send(self, body: Message, number: int, fds: Sequence[int]) -> None:
        try:
            self._line.send(body, number, fds=fds)
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


class Server:
    """The serving side of a line. `threads` 0 runs handlers one at a time in the calling thread
    (a model context and a signal timer need one thread), else that many run beside each other."""

    def __init__(
        self,
        line: Line,
        handlers: Handlers,
        *,
        threads: int = 0,
        on_end: Callable[[], None] = lambda: None,
        on_defect: Callable[[Exception, str], None] = lambda error, where: None,
    ) -> None:
        self._line = line
        self._on_defect = on_defect
        self._handlers = handlers
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_union([*handlers, Cancel]))
        self._threads = threads
        self._on_end = on_end
        self._jobs: queue.SimpleQueue[tuple[int, Message, Call] | None] = queue.SimpleQueue()
        self._cancels: dict[int, threading.Event] = {}
        self._lock = threading.Lock()

    def run(self) -> None:
        """Serve until the line ends; then end the process, so that no orphan stays."""
        listener = threading.Thread(target=self._listen, name="line", daemon=True)
        listener.start()
        if self._threads:
            workers = [
                threading.Thread(target=self._work, name=f"handler {i}", daemon=True)
                for i in range(self._threads)
            ]
            for worker in workers:
                worker.start()
            listener.join()
            for worker in workers:
                worker.join(_GRACE / len(workers))
        else:
            self._work()
        self._on_end()

    def send_event(self, event: Message) -> None:
        """Send an unasked message; quietly dropped when the line has ended."""
        try:
            self._line.send(event, 0)
        except OSError:
            pass  # nobody listens any more; the listener thread ends the process

    def _listen(self) -> None:
        try:
            while (frame := self._line.receive()) is not None:
                self._accept(frame)
        except (BadFrame, OSError):
            pass  # treated as the end of the line
        with self._lock:
            for cancel in self._cancels.values():
                cancel.set()
        if not self._threads:
            os._exit(0)  # a native call may hold the only handler thread: do not wait for it
        for _ in range(self._threads):
            self._jobs.put(None)

    def _accept(self, frame: Frame) -> None:
        try:
            request = self._decoder.decode(bytes(frame.body))
        except msgspec.DecodeError as error:
            self._line.send(Failed(what=f"The request is not known: {error}"), frame.id)
            return
        with self._lock:
            if isinstance(request, Cancel):
                if frame.id in self._cancels:
                    self._cancels[frame.id].set()
                return
            cancel = self._cancels[frame.id] = threading.Event()
        self._jobs.put((frame.id, request, Call(cancel, frame.fds)))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._serve(*job)

    def _serve(self, number: int, request: Message, call: Call) -> None:
        end: Done | Failed = Done()
        try:
            for reply in self._handlers[type(request)](request, call):
                body, raw = reply if isinstance(reply, tuple) else (reply, b"")
                self._line.send(body, number, raw)
        except BrokenPipeError:
            return
        except Exception as error:  # noqa: BLE001 - reported to the caller with its trace
            end = failure(error)
            if end.code == "defect":
                self._on_defect(error, type(request).__name__)
        finally:
            for fd in call.fds:
                os.close(fd)
            with self._lock:
                self._cancels.pop(number, None)
        try:
            self._line.send(end, number)
        except OSError:
            pass  # nobody waits for the answer any more


_GRACE = 5.0  # seconds the desk's handlers have to finish what they write when the line ends


def failure(error: Exception) -> Failed:
    """Turn an exception into the sentence that the other side shows; a defect carries its trace."""
    error = disk_full(error) or error
    if isinstance(error, UserError):
        return Failed(what=error.what, what_to_do=error.what_to_do, code=error.code)
    if isinstance(error, Cancelled):
        return Failed(what="Stopped.", code="cancelled")
    if isinstance(error, WorkerDied):
        return Failed(what=str(error), what_to_do="Try again.", code="died")
    return Failed(
        what=f"Something unexpected went wrong ({type(error).__name__}: {error}).",
        what_to_do="Nothing was sent anywhere; the report is in the log folder of the profile.",
        code="defect",
        trace="".join(traceback.format_exception(error)),
    )


def _union(types: Sequence[type[Message]]) -> Any:
    result: Any = types[0]
    for one in types[1:]:
        result = result | one
    return result
