"""Make the PDF and the Word file among the samples from the plain texts beside this script.

`.venv/bin/python packaging/samples/make.py` writes them into core/carrel/samples/. The PDF is
written by hand (two standard fonts, one content stream per page), so no PDF library is needed;
the format is ISO 32000-1, sections 7.5 (file structure) and 9.4 (text).
"""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "core" / "carrel" / "samples"
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 595, 842, 64  # A4 in points


class Style(NamedTuple):
    """A face of the page: font, size and leading in points, letters in a line, space above."""

    font: str
    size: float
    leading: float
    columns: int
    above: float


STYLES = {
    "# ": Style("F2", 20, 26, 44, 0),
    "## ": Style("F2", 13.5, 18, 64, 14),
    "": Style("F1", 10.5, 15, 86, 6),
}


class Line(NamedTuple):
    """A line of text at its distance from the top margin of its page, in points."""

    style: Style
    down: float
    text: str


def paragraphs(text: str) -> Iterator[tuple[str, str]]:
    """Yield (mark, words) for each paragraph; the mark is "# ", "## " or ""."""
    for paragraph in text.strip().split("\n\n"):
        mark = next(mark for mark in STYLES if paragraph.startswith(mark))
        yield mark, " ".join(paragraph.removeprefix(mark).split())


def pages(text: str) -> list[list[Line]]:
    """Break a text into pages; a heading never stands alone at the foot of a page."""
    found: list[list[Line]] = [[]]
    down = 0.0
    for mark, words in paragraphs(text):
        style = STYLES[mark]
        lines = textwrap.wrap(words, style.columns)
        height = style.above + style.leading * len(lines) + (60 if mark else 0)
        if down + height > PAGE_HEIGHT - 2 * MARGIN:
            found.append([])
            down = 0.0
        down += style.above
        for line in lines:
            down += style.leading
            found[-1].append(Line(style, down, line))
    return found


def content(lines: list[Line], number: int) -> bytes:
    """The content stream of a page, with its number at the foot."""
    foot = Line(Style("F1", 9, 12, 86, 0), PAGE_HEIGHT - 2 * MARGIN + 30, str(number))
    operators = []
    for style, down, text in [*lines, foot]:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        place = f"1 0 0 1 {MARGIN} {PAGE_HEIGHT - MARGIN - down:.1f} Tm"
        operators.append(f"BT /{style.font} {style.size} Tf {place} ({escaped}) Tj ET")
    return "\n".join(operators).encode("cp1252")


def pdf(text: str, title: str) -> bytes:
    """A PDF 1.4 file of `text`: catalogue, pages, fonts, then two objects for each page."""
    streams = [content(lines, n) for n, lines in enumerate(pages(text), start=1)]
    kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(len(streams)))
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
        f"<< /Title ({title}) >>".encode("cp1252"),
    ]
    for n, stream in enumerate(streams):
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}]"
            " /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
            f" /Contents {7 + 2 * n} 0 R >>".encode()
        )
        bodies.append(
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        )
    return assemble(bodies)


def assemble(bodies: list[bytes]) -> bytes:
    """Number the objects, and write the table of where each begins."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\n" % (len(bodies) + 1)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def write_docx(text: str, target: Path) -> None:
    """A Word file with real heading styles."""
    import docx

    document = docx.Document()
    for mark, words in paragraphs(text):
        if mark:
            document.add_heading(words, level=len(mark.strip()))
        else:
            document.add_paragraph(words)
    properties = document.core_properties
    properties.author, properties.title = "Hollis & Wren", "Contract for the supply of timber"
    properties.created = properties.modified = datetime.datetime(2026, 1, 20, 9)
    document.save(str(target))


def main() -> None:
    manual = (HERE / "boiler-manual.txt").read_text(encoding="utf-8")
    (SAMPLES / "boiler-manual.pdf").write_bytes(pdf(manual, "Kestrel 24: manual for the user"))
    contract = (HERE / "timber-contract.txt").read_text(encoding="utf-8")
    write_docx(contract, SAMPLES / "timber-contract.docx")


if __name__ == "__main__":
    main()
