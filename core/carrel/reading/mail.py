"""Turns one e-mail message into pieces: subject, header lines, text, then what is attached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import NamedTuple

from carrel.errors import UserError
from carrel.reading.attachments import pieces_of
from carrel.reading.decoding import clean, one_line
from carrel.reading.layout import Piece

MAX_DEPTH = 4  # messages attached to messages
MAX_ATTACHMENTS = 200  # read of one message
_MAX_HEADER = 10_000  # characters decoded: the standard decoder takes quadratic time
_SHOWN = ("From", "To", "Cc", "Date", "Subject")


class _Leaf(NamedTuple):
    """A part that holds no other parts; `choice` when it is one of several forms of one text."""

    part: Message
    choice: bool


def pieces(message: Message, level: int = 1) -> Iterator[Piece]:
    """Yield a message as pieces under a heading of `level`: its subject."""
    yield Piece("heading", header(message, "Subject") or "No subject", level)
    lines = [f"{name}: {value}" for name in _SHOWN if (value := header(message, name))]
    yield Piece("paragraph", "\n".join(lines))
    leaves = list(_leaves(message))
    for leaf in _body(leaves):
        yield from _text(leaf.part, level)
    attached = [leaf.part for leaf in leaves if not _is_text(leaf)]
    for part in attached[:MAX_ATTACHMENTS]:
        yield from _attachment(part, level + 1)
    if len(attached) > MAX_ATTACHMENTS:
        more = len(attached) - MAX_ATTACHMENTS
        yield Piece("paragraph", f"{more} more attachments are not read.")


def header(message: Message, name: str) -> str:
    """Return a header as one line of plain text, "" when the message has none."""
    value = message.get(name)
    return "" if value is None else one_line(clean(_decoded(str(value))), 1_000)


def _decoded(value: str) -> str:
    try:
        parts = decode_header(value[:_MAX_HEADER])
    except HeaderParseError:
        return value[:_MAX_HEADER]  # what is badly encoded is shown as it stands
    return "".join(_word(part, charset) for part, charset in parts)


def _word(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    try:
        return part.decode(charset or "utf-8", "replace")
    except (LookupError, UnicodeError):
        return part.decode("latin-1")


def _leaves(message: Message) -> Iterator[_Leaf]:
    """Yield the parts in order, without recursion; an attached message is one part."""
    waiting = [_Leaf(message, choice=False)]
    while waiting:
        leaf = waiting.pop()
        part = leaf.part
        held = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(held, list):
            choice = leaf.choice or part.get_content_subtype() == "alternative"
            inner = [p for p in held if isinstance(p, Message)]
            waiting += [_Leaf(p, choice) for p in reversed(inner)]
        else:
            yield leaf


def _is_text(leaf: _Leaf) -> bool:
    """Whether a part is the message's own text and not something attached to it."""
    kind = leaf.part.get_content_type()
    return kind in ("text/plain", "text/html") and not _name(leaf.part)


def _body(leaves: list[_Leaf]) -> list[_Leaf]:
    """Return the text parts; HTML that only repeats a plain text is left out."""
    texts = [leaf for leaf in leaves if _is_text(leaf)]
    plain = any(leaf.choice and leaf.part.get_content_subtype() == "plain" for leaf in texts)
    return [
        leaf
        for leaf in texts
        if not (plain and leaf.choice and leaf.part.get_content_subtype() == "html")
    ]


def _text(part: Message, level: int) -> Iterator[Piece]:
    name = "body.html" if part.get_content_subtype() == "html" else "body.txt"
    if not (data := _bytes(part)).strip():
        return
    try:
        yield from pieces_of(name, data, level, _charset(part))
    except UserError as error:
        yield Piece("paragraph", f"The text of this message is not read. {error.what}")


def _attachment(part: Message, level: int) -> Iterator[Piece]:
    """Yield an attachment under its name; one that cannot be read gives a line with the reason."""
    name = _name(part) or "unnamed"
    yield Piece("heading", f"Attachment: {name}", level)
    if part.is_multipart() and isinstance(held := part.get_payload(), list):
        yield from _message(held, level)
        return
    try:
        yield from pieces_of(name, _bytes(part), level, _charset(part))
    except UserError as error:
        yield Piece("paragraph", f"Not read: {error.what}")


def _message(held: Sequence[object], level: int) -> Iterator[Piece]:
    if level > 2 * MAX_DEPTH:
        yield Piece("paragraph", "Not read: messages are attached to messages too deeply.")
        return
    for inner in held:
        if isinstance(inner, Message):
            yield from pieces(inner, level + 1)


def _name(part: Message) -> str:
    try:
        return one_line(clean(_decoded(part.get_filename() or "")))
    except ValueError:
        return ""  # its pieces are numbered by what are no numbers


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except ValueError:
        return ""  # as above


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
