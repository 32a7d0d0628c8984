"""A page of a PDF with what a test puts into it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.core.reading.pdf_maker import build, stream

FONT = b"/Font << /A 90 0 R >>"
_HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def page_with(
    drawn: bytes, more: Mapping[int, bytes], resources: bytes = b"", page: bytes = b""
) -> bytes:
    """A document of one page (object 3) that draws `drawn` (object 4); `more` are objects from 5
    on, or in place of these, `resources` and `page` further entries."""
    fonts = b"" if b"/Font" in resources else FONT
    box = b"" if b"/MediaBox" in page else b"/MediaBox [0 0 612 792]"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R %s %s /Resources << %s %s >> >>"
        % (box, page, resources, fonts),
        4: stream(drawn),
        90: _HELVETICA,
    }
    return build({**objects, **more})


def simple(data: bytes, entries: bytes) -> bytes:
    """One page whose content stream is these bytes with these entries."""
    return page_with(b"", {4: stream(data, entries)})
