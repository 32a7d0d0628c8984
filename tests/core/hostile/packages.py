"""The smallest good document of each zip format, as entries, with a hole for its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.core.hostile.raw_zip import Entry, entry
from tests.core.reading import office_files as office

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


class Kind(NamedTuple):
    """A zip format: its ending, the part with the text, the XML before and after the text in
    that part, and the other parts."""

    ending: str
    part: str
    head: str
    tail: str
    others: dict[str, str]

    def entries(self, body: str = "", part: Entry | None = None) -> list[Entry]:
        """The document's entries, with `body` as its text or `part` in place of its part."""
        main = part or entry(self.part, self.head + body + self.tail)
        return [main, *(entry(name, text) for name, text in self.others.items())]


def _docx() -> Kind:
    head = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>'
    tail = "</w:t></w:r></w:p></w:body></w:document>"
    return Kind("docx", "word/document.xml", head, tail, {"[Content_Types].xml": "<Types/>"})


def _pptx() -> Kind:
    head, tail = office.slide(office.shape("body", "HOLE")).split("HOLE")
    main = (
        f'<p:presentation xmlns:p="{office.P}" xmlns:r="{office.RELS}"><p:sldIdLst>'
        '<p:sldId id="256" r:id="r0"/></p:sldIdLst></p:presentation>'
    )
    rels = office.rels(r0=("slide", "slides/slide0.xml"))
    others = {"ppt/presentation.xml": main, "ppt/_rels/presentation.xml.rels": rels}
    return Kind("pptx", "ppt/slides/slide0.xml", head, tail, others)


def _xlsx() -> Kind:
    head = f'<worksheet xmlns="{office.S}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'
    tail = "</t></is></c></row></sheetData></worksheet>"
    main = (
        f'<workbook xmlns="{office.S}" xmlns:r="{office.RELS}"><sheets>'
        '<sheet name="One" sheetId="1" r:id="r0"/></sheets></workbook>'
    )
    rels = office.rels(r0=("worksheet", "worksheets/sheet0.xml"))
    others = {"xl/workbook.xml": main, "xl/_rels/workbook.xml.rels": rels}
    return Kind("xlsx", "xl/worksheets/sheet0.xml", head, tail, others)


def _odt() -> Kind:
    head = f"<office:document-content {office.ODF}><office:body><office:text><text:p>"
    tail = "</text:p></office:text></office:body></office:document-content>"
    others = {"mimetype": "application/vnd.oasis.opendocument.text"}
    return Kind("odt", "content.xml", head, tail, others)


def _epub() -> Kind:
    container = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
    book = (
        '<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="a"/></spine></package>'
    )
    others = {"META-INF/container.xml": container, "b.opf": book}
    return Kind("epub", "a.xhtml", "<html><body><p>", "</p></body></html>", others)


MAKERS: tuple[Callable[[], Kind], ...] = (_docx, _pptx, _xlsx, _odt, _epub)
KINDS: tuple[Kind, ...] = tuple(make() for make in MAKERS)
