"""Writes small PDFs by hand: good ones, odd ones, and one that hangs pdfium."""

from __future__ import annotations

import io
from collections.abc import Sequence

Objects = list[bytes]
_FONTS = b"/Font << /A 90 0 R /B 91 0 R >>"
_FONT_OBJECTS = {
    90: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    91: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
}
TextLine = tuple[str, str, float, float, float]  # words, font A or B, size, x, y


def build(objects: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """Join numbered objects (1 is the catalogue) with a cross-reference table."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    last = max(objects)
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1))
    for number in range(1, last + 1):
        used = number in places
        out.write(
            b"%010d %05d %s \n" % (places.get(number, 0), 0 if used else 65535, b"fn"[used:][:1])
        )
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (last + 1, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def line(words: str, size: float = 12, x: float = 50, y: float = 700, font: str = "A") -> TextLine:
    return words, font, size, x, y


def content(lines: Sequence[TextLine]) -> bytes:
    drawn = []
    for words, font, size, x, y in lines:
        text = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        drawn.append(f"BT /{font} {size} Tf {x} {y} Td ({text}) Tj ET")
    return "\n".join(drawn).encode("cp1252")


def document(
    pages: Sequence[Sequence[TextLine]],
    *,
    page_entries: bytes = b"",
    outline: Sequence[tuple[str, int]] = (),
    title: str = "",
    drawn: str = "",
) -> bytes:
    """A PDF of text pages. `outline` names (title, page from 1) bookmarks of one level; `drawn` are
    operators that every page begins with."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * i) for i in range(len(pages)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %s >>" % (b"/Outlines 3 0 R" if outline else b""),
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
    }
    for i, lines in enumerate(pages):
        objects[10 + 2 * i] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s /Contents %d 0 R "
            b"/Resources << %s >> >>" % (page_entries, 11 + 2 * i, _FONTS)
        )
        objects[11 + 2 * i] = stream(drawn.encode() + b"\n" + content(lines))
    assert len(pages) < 40, "numbers from 90 on are fonts and bookmarks"
    objects |= _FONT_OBJECTS
    objects |= _outline(outline)
    info = b""
    if title:
        objects[92] = b"<< /Title (%s) >>" % title.encode("cp1252")
        info = b"/Info 92 0 R"
    return build(objects, info)


def _outline(marks: Sequence[tuple[str, int]]) -> dict[int, bytes]:
    if not marks:
        return {}
    last = 100 + len(marks) - 1
    found = {3: b"<< /Type /Outlines /First 100 0 R /Last %d 0 R /Count %d >>" % (last, len(marks))}
    for i, (title, page) in enumerate(marks):
        after = b"/Next %d 0 R" % (101 + i) if 100 + i < last else b""
        before = b"/Prev %d 0 R" % (99 + i) if i else b""
        target = b"[%d 0 R /Fit]" % (10 + 2 * (page - 1))
        found[100 + i] = b"<< /Title (%s) /Parent 3 0 R %s %s /Dest %s >>" % (
            title.encode("cp1252"), after, before, target,
        )  # fmt: skip
    return found


def scanned(pages: int) -> bytes:
    """Pages that are one grey picture each."""
    kids = b" ".join(b"%d 0 R" % (10 + i) for i in range(pages))
    image = b"/Type /XObject /Subtype /Image /Width 2 /Height 2 /BitsPerComponent 8"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        4: stream(b"q 500 0 0 700 50 50 cm /Im Do Q"),
        5: stream(b"\x80\x90\xa0\xb0", image + b" /ColorSpace /DeviceGray"),
    }
    for i in range(pages):
        objects[10 + i] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /XObject << /Im 5 0 R >> >> >>"
        )
    return build(objects)


def hanging() -> bytes:
    """A form that draws itself three times: pdfium never comes back from its page."""
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200]"
    resources = b"/Resources << /XObject << /F 5 0 R >> >>"
    return build(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R "
            b"/Resources << /XObject << /F 5 0 R >> %s >> >>" % _FONTS,
            4: stream(content([line("Said before the hang.", y=100)]) + b" /F Do"),
            5: stream(b"/F Do /F Do /F Do", form + resources),
            **_FONT_OBJECTS,
        }
    )


def with_unicode(hexadecimal: str, code_points: str) -> bytes:
    """A page whose codes (one byte each, in hexadecimal) mean what `code_points` says, a
    bfchar table: "<01> <D83DDE00> <02> <0041>"."""
    count = code_points.count("<") // 2
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
        "1 begincodespacerange <00> <FF> endcodespacerange "
        f"{count} beginbfchar {code_points} endbfchar endcmap end end"
    ).encode()
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    text = f"BT /A 12 Tf 50 100 Td <{hexadecimal}> Tj ET".encode()
    return build(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R "
            b"/Resources << /Font << /A 5 0 R >> >> >>",
            4: stream(text),
            5: font,
            6: stream(cmap),
        }
    )


def encrypted(data: bytes, password: str) -> bytes:
    """The same document, locked (AES-256)."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
