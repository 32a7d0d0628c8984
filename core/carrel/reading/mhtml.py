"""Reads saved web pages (MHTML): the HTML part of the archive, as HTML files are read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

from carrel.reading import html, mail, problems, source
from carrel.reading.layout import first_heading, stream
from carrel.reading.messages import Extract, Extracted, Section

MAX_BYTES = 128_000_000  # its pictures count
_MAX_PARTS = 10_000


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the page's text. Raises UserError: "broken", "empty", "too_large"."""
    archive = message_from_bytes(source.read_all(fd, MAX_BYTES))
    page = _page(archive)
    if page is None:
        raise problems.broken("The file is named like a saved web page but holds none.")
    heading = None
    data = page.get_payload(decode=True)
    words = data if isinstance(data, bytes) else b""
    for section in stream(html.pieces(words, page.get_content_charset() or "")):
        if cancel.is_set():
            return
        heading = heading or first_heading(section.blocks)
        yield section
    if heading is None:
        raise problems.empty("The page holds no text.")
    title = mail.header(archive, "Subject") or heading
    yield Extracted(title=title, pages=None, engine="lexbor")


def _page(archive: Message) -> Message | None:
    """The first HTML part, without recursion."""
    waiting = [archive]
    for _ in range(_MAX_PARTS):
        if not waiting:
            break
        part = waiting.pop()
        held = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(held, list):
            waiting += [one for one in reversed(held) if isinstance(one, Message)]
        elif part.get_content_type() in ("text/html", "application/xhtml+xml"):
            return part
    return None
