"""Reads PDF with pypdf, a parser in plain Python: slow, but it survives what kills pdfium."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.reading import problems, source
from carrel.reading.decoding import clean, one_line
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.pdf import page_sections
from carrel.reading.text import paragraphs

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_BYTES = 200_000_000  # pypdf keeps what it parses
MAX_PAGES = 2_000
_BARREN = 40  # pages without any text after which a scanned document is not searched further


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield one Section per page, without a character map: no boxes can be drawn from pypdf.

    Raises UserError: "empty", "encrypted", "broken", "too_large".
    """
    source.size_of(fd, MAX_BYTES)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it comments on every broken object
    with source.open_stream(fd) as stream:
        reader = _open(stream)
        pages = _count(reader)
        characters = 0
        for number in range(1, pages + 1):
            if cancel.is_set():
                return
            text = _page_text(reader, number)
            characters += len(text)
            if number >= _BARREN and not characters:
                break
            yield from page_sections(number, text, list(paragraphs(text)), [])
        if not characters:
            raise problems.empty("No text could be found on the PDF's pages.")
        yield Extracted(title=_title(reader), pages=pages, engine="pypdf")


def faults() -> tuple[type[Exception], ...]:
    """What pypdf raises on damaged files: its own errors, and those of the objects it expected."""
    from pypdf.errors import PyPdfError

    return (
        PyPdfError, KeyError, IndexError, ValueError, TypeError, AttributeError, AssertionError,
        ArithmeticError, RecursionError, NotImplementedError, OSError, EOFError,
    )  # fmt: skip


def _open(stream: object) -> PdfReader:
    from pypdf import PasswordType, PdfReader

    try:
        reader = PdfReader(stream, strict=False)  # type: ignore[arg-type]
        locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except faults() as error:
        raise problems.broken("The PDF is damaged or cut short.") from error
    if locked:
        raise problems.encrypted()
    return reader


def _count(reader: PdfReader) -> int:
    try:
        pages = len(reader.pages)
    except faults() as error:
        raise problems.broken("The PDF's list of pages is damaged.") from error
    if pages == 0:
        raise problems.broken("The PDF has no pages.")
    return min(pages, MAX_PAGES)


def _page_text(reader: PdfReader, number: int) -> str:
    try:
        page: PageObject = reader.pages[number - 1]
        return clean(page.extract_text()).strip()
    except faults():
        return ""  # one damaged page costs that page, not the document


def _title(reader: PdfReader) -> str:
    try:
        properties = reader.metadata
        return one_line(str(properties.title or "")) if properties is not None else ""
    except faults():
        return ""  # a damaged property list names nothing
