"""Reads one e-mail message (.eml) with what is attached to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email import message_from_bytes

from carrel.reading import mail, problems, source
from carrel.reading.layout import stream
from carrel.reading.messages import Extract, Extracted, Section

MAX_BYTES = 64_000_000


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield a message: its subject as heading, header lines, text, and its attachments."""
    message = message_from_bytes(source.read_all(fd, MAX_BYTES))
    if not message.keys():
        raise problems.broken("The file is named like an e-mail but holds no message.")
    for section in stream(mail.pieces(message)):
        if cancel.is_set():
            return
        yield section
    yield Extracted(title=mail.header(message, "Subject"), pages=None, engine="email")
