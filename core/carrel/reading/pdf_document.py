"""Opens a PDF from a descriptor with pdfium, for reading and for drawing."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_COPY, mmap
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.reading import problems, source
from carrel.reading.decoding import one_line

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

MAX_BYTES = 1_000_000_000
_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY of fpdfview.h
_NO_TITLE = re.compile(
    r"(untitled|document|microsoft \w+ - .*|slide ?\d*|title|none|\W*|.{0,2}"
    r"|.*\.(docx?|pdf|tex|dvi|indd|qxd|xlsx?|pptx?|rtf|html?))\d*$",
    re.I,
)


@contextmanager
def opened(fd: int) -> Iterator[PdfDocument]:
    """Open the PDF in a descriptor and close it afterwards.

    The file is mapped, not copied: pages that nobody asks for are never read from disk. Raises
    UserError: "encrypted", "broken", "empty", "too_large", "unsupported".
    """
    from pypdfium2 import PdfDocument, PdfiumError

    size = source.size_of(fd, MAX_BYTES)
    # Private and writable only because ctypes takes no read-only buffer; pdfium writes nothing.
    mapped = mmap(fd, size, access=ACCESS_COPY)
    try:
        document = PdfDocument((ctypes.c_ubyte * size).from_buffer(mapped))
    except PdfiumError as error:
        raise _reason(error.err_code) from error
    try:
        yield document
    finally:
        document.close()


def load_page(document: PdfDocument, number: int) -> PdfPage:
    """Load a page by its number from 1. Raises UserError("broken") when pdfium cannot."""
    from pypdfium2 import PdfiumError

    try:
        return document[number - 1]
    except PdfiumError as error:
        raise problems.broken(f"Page {number} is damaged.") from error


def title_of(document: PdfDocument) -> str:
    """Return the title in the document's properties, "" when there is none worth showing."""
    try:
        title = one_line(document.get_metadata_value("Title"))
    except UnicodeDecodeError:
        return ""
    return "" if _NO_TITLE.match(title) else title


def _reason(code: int | None) -> UserError:
    if code in (_PASSWORD, _SECURITY):
        return problems.encrypted()
    return problems.broken("The PDF is damaged or cut short.")
