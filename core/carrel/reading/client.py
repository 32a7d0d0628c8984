"""The reader as a process of its own: started when needed, ended when a file hangs or kills it."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Iterator
from contextlib import closing

import msgspec

from carrel.errors import UserError, WorkerDied
from carrel.process.child import Child
from carrel.process.frames import Frame
from carrel.reading.budget import Budget, Watch
from carrel.reading.messages import (
    Extract,
    PageImage,
    ReaderReply,
    ReaderRequest,
    RenderPage,
    Section,
)

_START_TIMEOUT = 60.0
_REPLIES: msgspec.json.Decoder[ReaderReply] = msgspec.json.Decoder(ReaderReply)


class ReaderProcess:
    """ports.Reader over a confined worker. One call at a time; others wait. In the `background` it
    takes what others leave of the processor."""

    def __init__(self, *, background: bool = False) -> None:
        self._child = Child("reader", line="socket", background=background)
        self._turn = threading.RLock()

    @property
    def child(self) -> Child:
        """The worker, for what is asked of every worker (the privacy probe)."""
        return self._child

    @property
    def pid(self) -> int | None:
        """The worker's process id, None before the first call."""
        return self._child.pid

    def extract(self, request: Extract, fd: int, timeout: float) -> Iterator[ReaderReply]:
        """Yield the sections of a file as they are read, then Extracted.

        The worker is ended when it has worked `timeout` seconds, and what a large file has earned
        by its text (see Budget): TimeoutError. Raises WorkerDied when the file ended it, UserError
        when it was refused.
        """
        budget = Budget(timeout, request.size)
        with self._turn, closing(self._call(request, fd, budget)) as frames:
            for frame in frames:
                reply = _REPLIES.decode(bytes(frame.body))
                if isinstance(reply, Section):
                    budget.earn(len(reply.text))
                yield reply

    def render(self, request: RenderPage, fd: int, timeout: float) -> tuple[PageImage, bytes]:
        """Return a page's image and its PNG; the same errors as `extract`."""
        with self._turn, closing(self._call(request, fd, Budget(timeout, 0))) as frames:
            for frame in frames:
                reply = _REPLIES.decode(bytes(frame.body))
                if isinstance(reply, PageImage):
                    return reply, frame.raw
        raise UserError("The page could not be drawn.", "Try again.", "broken")

    def close(self) -> None:
        """End the worker, also from another thread in the middle of a call."""
        self._child.close()

    def _call(
        self, request: ReaderRequest, fd: int, budget: Budget
    ) -> Generator[Frame, None, None]:
        self._ensure()
        replies = budget.timed(self._child.caller.call(request, fds=[fd]))
        with Watch(self._child.kill) as watch:
            try:
                while True:
                    watch.allow(budget.left)
                    frame = next(replies, None)
                    watch.allow(math.inf)
                    if frame is None:
                        return
                    yield frame
            except GeneratorExit:
                # Told to stop, a parser may not listen for long, and the next file would pay.
                self._child.kill()
                raise
            except WorkerDied:
                self._child.kill()
                if watch.rang:
                    raise TimeoutError(f"The file took over {budget.spent:.0f} s.") from None
                raise

    def _ensure(self) -> None:
        """Start the worker when none runs, and hear from it, so that a worker which cannot start
        is not taken for one that a file has killed."""
        if self._child.alive:
            return
        self._child.start()
        greeting = Extract(format="", name="", size=0)
        try:
            list(self._child.caller.call(greeting, timeout=_START_TIMEOUT))
        except (WorkerDied, TimeoutError) as error:
            self._child.kill()
            words = error.words if isinstance(error, WorkerDied) else "does not answer."
            raise UserError(
                f"The process that reads files cannot start: it {words}",
                "Close other programs and try again; `carrel doctor` shows more.",
                "no_process",
            ) from error
        except UserError as error:
            if error.code != "unsupported":
                raise
