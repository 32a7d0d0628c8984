"""Calls over a line: a request, a stream of replies, an end. What both sides speak.

A handler is a generator function `handler(request, call)` that yields messages, or
`(message, raw bytes)`; `call.cancel` is an Event, `call.fds` are the descriptors that came with the
request (closed for the handler when it ends). `server` serves a line, `caller` calls over it.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from carrel.errors import Cancelled, UserError, WorkerDied, disk_full
from carrel.events import Message


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
    raw: bytes = b""


Reply = msgspec.Struct | tuple[msgspec.Struct, bytes]
Handler = Callable[[Any, Call], Iterator[Reply]]
Handlers = Mapping[type[Message], Handler]


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
