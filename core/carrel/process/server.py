"""The serving side of a line.

A serving worker has two threads: one reads frames (so that a cancel is heard at once and the end of
the line ends the process), one runs handlers.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from carrel.events import Message
from carrel.process.frames import BadFrame, Frame, Line
from carrel.process.rpc import Call, Cancel, Done, Failed, Handlers, failure

_GRACE = 5.0  # seconds the desk's handlers have to finish what they write when the line ends


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
        self._jobs.put((frame.id, request, Call(cancel, frame.fds, frame.raw)))

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


def _union(types: Sequence[type[Message]]) -> Any:
    result: Any = types[0]
    for one in types[1:]:
        result = result | one
    return result
