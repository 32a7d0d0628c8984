"""Makes small Office, OpenDocument and EPUB files for tests: zips of XML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
        ("presentation", "presentation"),
    )
)  # fmt: skip
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in parts.items():
            file.writestr(name, body)
    return out.getvalue()


def rels(**targets: tuple[str, str]) -> str:
    """Relations: id=(kind, target)."""
    inside = "".join(
        f'<Relationship Id="{id}" Type="{RELS}/{kind}" Target="{target}"/>'
        for id, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}">{inside}</Relationships>'


def paragraphs(*texts: str) -> str:
    return "".join(f"<a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p>" for text in texts)


def shape(kind: str, *texts: str) -> str:
    return (
        f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        f"<p:txBody>{paragraphs(*texts)}</p:txBody></p:sp>"
    )


def grid(*rows: tuple[str, ...]) -> str:
    inside = "".join(
        "<a:tr>"
        + "".join(f"<a:tc><a:txBody>{paragraphs(cell)}</a:txBody></a:tc>" for cell in row)
        + "</a:tr>"
        for row in rows
    )
    return f"<p:graphicFrame><a:graphic><a:tbl>{inside}</a:tbl></a:graphic></p:graphicFrame>"


def slide(*shapes: str) -> str:
    tree = f"<p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld>"
    return f'<p:sld xmlns:p="{P}" xmlns:a="{A}">{tree}</p:sld>'


def pptx(slides: list[str], more: Mapping[str, str] | None = None) -> bytes:
    """A presentation of these slides; `more` are further parts by name."""
    ids = "".join(f'<p:sldId id="{256 + i}" r:id="r{i}"/>' for i in range(len(slides)))
    targets = {f"r{i}": ("slide", f"slides/slide{i}.xml") for i in range(len(slides))}
    return zipped(
        {
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{P}" xmlns:r="{RELS}"><p:sldIdLst>'
            f"{ids}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": rels(**targets),
            **{f"ppt/slides/slide{i}.xml": body for i, body in enumerate(slides)},
            **(more or {}),
        }
    )


def xlsx(
    sheets: Mapping[str, str], more: Mapping[str, str] | None = None, states: str = ""
) -> bytes:
    """A workbook of sheets (name: the XML of its rows)."""
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i + 1}" r:id="r{i}"{states if i else ""}/>'
        for i, name in enumerate(sheets)
    )
    targets = {f"r{i}": ("worksheet", f"worksheets/sheet{i}.xml") for i in range(len(sheets))}
    return zipped(
        {
            "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{RELS}"><sheets>{listed}</sheets>'
            "</workbook>",
            "xl/_rels/workbook.xml.rels": rels(**targets),
            **{
                f"xl/worksheets/sheet{i}.xml": f'<worksheet xmlns="{S}"><sheetData>{rows}'
                "</sheetData></worksheet>"
                for i, rows in enumerate(sheets.values())
            },
            **(more or {}),
        }
    )


def odf(kind: str, body: str, title: str = "") -> bytes:
    """An OpenDocument: kind is "text", "spreadsheet" or "presentation"."""
    meta = f"<office:document-meta {ODF} {DC}><dc:title>{title}</dc:title></office:document-meta>"
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "meta.xml": meta,
            "content.xml": f"<office:document-content {ODF}><office:body><office:{kind}>{body}"
            f"</office:{kind}></office:body></office:document-content>",
        }
    )


def epub(chapters: Mapping[str, str], title: str = "Book", more: Mapping[str, str] | None = None):
    """A book of chapters (name: the HTML of its body)."""
    items = "".join(
        f'<item id="c{i}" href="{name}" media-type="application/xhtml+xml"/>'
        for i, name in enumerate(chapters)
    )
    order = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    return zipped(
        {
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/b.opf"/>'
            "</rootfiles></container>",
            "OEBPS/b.opf": f"<package {DC}><metadata><dc:title>{title}</dc:title></metadata>"
            f"<manifest>{items}</manifest><spine>{order}</spine></package>",
            **{
                f"OEBPS/{name}": f"<html><head><title>x</title></head><body>{body}</body></html>"
                for name, body in chapters.items()
            },
            **(more or {}),
        }
    )
