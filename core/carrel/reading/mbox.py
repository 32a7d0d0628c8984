"""Reads a mailbox (.mbox): each message under a heading of its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from email import message_from_bytes

from carrel.reading import mail, problems, source
from carrel.reading.layout import Piece, stream
from carrel.reading.messages import Extract, Extracted, Section

MAX_BYTES = 512_000_000
MAX_MESSAGE = 64_000_000  # bytes of one message; what goes beyond is said to be left out
_MAX_LINE = 1_000_000
_QUOTED = re.compile(rb">+From ")


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield a mailbox message by message."""
    source.size_of(fd, MAX_BYTES)
    for section in stream(_pieces(fd)):
        if cancel.is_set():
            return
        yield section
    yield Extracted(title="", pages=None, engine="email")


def _pieces(fd: int) -> Iterator[Piece]:
    none = True
    for data, whole in messages(fd):
        none = False
        yield from mail.pieces(message_from_bytes(data))
        if not whole:
            yield Piece("paragraph", "The rest of this message is too large and is not read.")
    if none:
        raise problems.broken("The file is named like a mailbox but holds no message.")


def messages(fd: int) -> Iterator[tuple[bytes, bool]]:
    """Yield each message's bytes, and whether they are all of it (at most MAX_MESSAGE)."""
    held: bytearray | None = None
    whole, begins, blank = True, True, True
    with source.open_stream(fd) as lines:
        while line := lines.readline(_MAX_LINE):
            if begins and blank and line.startswith(b"From "):
                if held is not None:
                    yield bytes(held), whole
                held, whole = bytearray(), True
            elif held is not None:
                whole = whole and len(held) + len(line) <= MAX_MESSAGE
                if whole:
                    held += line[1:] if begins and _QUOTED.match(line) else line
            blank = begins and not line.strip()
            begins = line.endswith(b"\n")
    if held is not None:
        yield bytes(held), whole
