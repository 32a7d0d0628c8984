"""Reads Outlook messages (.msg): subject, header lines, text, and what is attached.

Streams and properties are those of Microsoft's [MS-OXMSG] and [MS-OXPROPS]; olefile opens the
container.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.reading import problems, source
from carrel.reading.attachments import pieces_of
from carrel.reading.decoding import clean, decode, one_line
from carrel.reading.layout import Piece, stream
from carrel.reading.messages import Extract, Extracted, Section

if TYPE_CHECKING:
    from olefile import OleFileIO

MAX_BYTES = 128_000_000
MAX_ATTACHMENTS = 200
_MAX_STREAM = 64_000_000
_SUBJECT, _BODY, _HTML = "0037", "1000", "1013"
_LINES = (("From", "0C1A"), ("To", "0E04"), ("Cc", "0E03"))
_SENDER_ADDRESS = ("5D01", "0C1F")  # SMTP address, then whatever the server calls it
_NAMES = ("3707", "3704")  # long and short name of an attachment
_DATA = "3701"
_SUBMITTED, _DELIVERED = 0x00390040, 0x0E060040
_HEADER = 32  # bytes before the properties of a message
_FILETIME = datetime(1601, 1, 1, tzinfo=UTC)


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield a message: subject as heading, header lines, text, attachments. Raises UserError:
    "broken", "empty", "too_large"."""
    message = _Message(_opened(source.read_all(fd, MAX_BYTES)))
    for section in stream(message.pieces()):
        if cancel.is_set():
            return
        yield section
    yield Extracted(title=message.text(_SUBJECT), pages=None, engine="olefile")


def _opened(data: bytes) -> OleFileIO:
    import olefile

    try:
        opened = olefile.OleFileIO(io.BytesIO(data))
    except _faults() as error:
        raise problems.broken("The message is damaged or cut short.") from error
    if not opened.exists("__properties_version1.0"):
        raise problems.broken("The file is named like an Outlook message but holds none.")
    return opened


def _faults() -> tuple[type[Exception], ...]:
    """What olefile raises on damaged files."""
    from struct import error

    return OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, error


class _Message:
    """A message, or a message attached to one, at `base` in its container."""

    def __init__(self, container: OleFileIO, base: str = "") -> None:
        self._container = container
        self._base = base

    def pieces(self) -> Iterator[Piece]:
        """The message under its subject."""
        yield Piece("heading", self.text(_SUBJECT) or "No subject", 1)
        shown = [(name, self.text(number)) for name, number in _LINES]
        address = next(filter(None, map(self.text, _SENDER_ADDRESS)), "")
        lines = [f"{name}: {words}" for name, words in shown if words]
        if address and "@" in address and lines and lines[0].startswith("From: "):
            lines[0] = f"{lines[0]} <{address}>"
        if sent := self._sent():
            lines.append(f"Date: {sent}")
        if lines:
            yield Piece("paragraph", "\n".join(lines))
        yield from self._body()
        for number in range(MAX_ATTACHMENTS):
            folder = f"{self._base}__attach_version1.0_#{number:08X}/"
            if self._container.exists(f"{folder}__properties_version1.0"):
                yield from self._attachment(folder)

    def text(self, number: str, folder: str = "") -> str:
        """A property as one line, "" when it is not there."""
        return one_line(self._string(number, folder or self._base), 1_000)

    def _string(self, number: str, folder: str) -> str:
        wide = self._read(f"{folder}__substg1.0_{number}001F")
        if wide:
            return clean(wide.decode("utf-16-le", "replace").rstrip("\0"))
        return clean(decode(narrow)) if (narrow := self._read(
            f"{folder}__substg1.0_{number}001E")) else ""  # fmt: skip

    def _read(self, path: str) -> bytes:
        """A stream's bytes; b"" when it is not there or damaged."""
        try:
            if not self._container.exists(path) or self._container.get_size(path) > _MAX_STREAM:
                return b""
            data: bytes = self._container.openstream(path).read()
            return data
        except _faults():
            return b""

    def _body(self) -> Iterator[Piece]:
        if words := self._string(_BODY, self._base):
            yield from pieces_of("body.txt", words.encode("utf-8", "replace"), 1, "utf-8")
        elif page := self._read(f"{self._base}__substg1.0_{_HTML}0102"):
            yield from pieces_of("body.html", page, 1)
        elif words := self._string(_HTML, self._base):
            yield from pieces_of("body.html", words.encode("utf-8", "replace"), 1, "utf-8")

    def _attachment(self, folder: str) -> Iterator[Piece]:
        name = next(filter(None, (self.text(one, folder) for one in _NAMES)), "unnamed")
        yield Piece("heading", f"Attachment: {name}", 2)
        inner = f"{folder}__substg1.0_{_DATA}000D/"
        if self._container.exists(f"{inner}__properties_version1.0"):
            yield Piece("paragraph", _Message(self._container, inner).text(_SUBJECT))
            yield from _Message(self._container, inner)._body()
            return
        try:
            data = self._read(f"{folder}__substg1.0_{_DATA}0102")
            yield from pieces_of(name, data, 2)
        except UserError as error:
            yield Piece("paragraph", f"Not read: {error.what}")

    def _sent(self) -> str:
        """When it was sent, or else delivered, in UTC."""
        data = self._read(f"{self._base}__properties_version1.0")
        found: dict[int, int] = {}
        start = _HEADER if not self._base else 24
        for at in range(start, len(data) - 15, 16):
            tag = int.from_bytes(data[at : at + 4], "little")
            found[tag] = int.from_bytes(data[at + 8 : at + 16], "little")
        ticks = found.get(_SUBMITTED) or found.get(_DELIVERED) or 0
        try:
            moment = _FILETIME + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return ""
        return moment.strftime("%Y-%m-%d %H:%M UTC") if ticks else ""
