"""Office documents that are well formed and mean harm: merges, repeats, relations in a circle."""

from __future__ import annotations

from collections.abc import Iterator

from tests.core.hostile.kinds import Hostile, of
from tests.core.hostile.packages import KINDS, W
from tests.core.hostile.raw_zip import STORED, entry, zipped
from tests.core.reading import office_files as office

ROWS, COLUMNS = 1_048_576, 16_384  # of the largest sheet


def _cell(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def _row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def sheet(rows: str, around: str = "", strings: str = "") -> bytes:
    """A workbook whose sheet says `around` before and after its rows what a sheet may say. Its
    parts are not packed, so that no limit on packing helps."""
    before, _, after = around.partition("|")
    body = f'<worksheet xmlns="{office.S}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    parts = {KINDS[2].part: body, **KINDS[2].others}
    if strings:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{office.S}">{strings}</sst>'
    return zipped([entry(name, text, STORED) for name, text in parts.items()])


def _merges(count: int, reference: str = f"A1:XFD{ROWS}") -> str:
    one = f'<mergeCell ref="{reference}"/>'
    return f"|<mergeCells>{one * count}</mergeCells>"


def _drawing_tree(depth: int, width: int) -> bytes:
    """Drawings that each show the drawings of the next level, `width` times."""
    start = office.rels(d=("drawing", "../drawings/d0.xml"))
    more = {"xl/worksheets/_rels/sheet0.xml.rels": start}
    for level in range(depth):
        targets = {f"d{i}": ("drawing", f"d{level + 1}.xml") for i in range(width)}
        more[f"xl/drawings/_rels/d{level}.xml.rels"] = office.rels(**targets)
    return office.xlsx({"One": _row(1, _cell("A1", "words"))}, more)


def _circle() -> bytes:
    """A sheet whose drawing shows the sheet, and whose comments are the drawing."""
    more = {
        "xl/worksheets/_rels/sheet0.xml.rels": office.rels(d=("drawing", "../drawings/d.xml")),
        "xl/drawings/_rels/d.xml.rels": office.rels(
            d=("drawing", "d.xml"), s=("drawing", "../worksheets/sheet0.xml")
        ),
    }
    return office.xlsx({"One": _row(1, _cell("A1", "words"))}, more)


def _many_sheets() -> bytes:
    """Two thousand names of one sheet."""
    main = "".join(f'<sheet name="S{i}" sheetId="{i}" r:id="r0"/>' for i in range(2_000))
    book = (
        f'<workbook xmlns="{office.S}" xmlns:r="{office.RELS}"><sheets>{main}</sheets></workbook>'
    )
    rows = "".join(_row(i, _cell(f"A{i}", "words")) for i in range(1, 200))
    return office.xlsx({"One": rows}, {"xl/workbook.xml": book})


def workbooks() -> Iterator[Hostile]:
    last = f"XFD{ROWS}"
    good = _row(1, _cell("A1", "words"))
    wide = "".join(f'<c t="s"><v>{i % 3}</v></c>' for i in range(900))
    long_text = f"<si><t>{'long ' * 100_000}</t></si>"
    yield of("office/dimension.xlsx", sheet(good, f'<dimension ref="A1:{last}"/>|'))
    yield of(
        "office/last-cell.xlsx", sheet(_row(1, _cell("A1", "a")) + _row(ROWS, _cell(last, "b")))
    )
    yield of("office/merge-all.xlsx", lambda: sheet(good, _merges(1)))
    yield of("office/merge-bomb.xlsx", lambda: sheet(good, _merges(100_000)))
    filled = "".join(_row(i, _cell(f"A{i}", "words")) for i in range(1, 60))
    yield of("office/merge-filled.xlsx", lambda: sheet(filled, _merges(10_000, "A1:AX50")))
    yield of(
        "office/row-numbers.xlsx",
        sheet(_row(-5, _cell("A0", "a")) + _row(10**30, _cell("A1", "b"))),
    )
    yield of("office/far-column.xlsx", sheet(_row(1, _cell("ZZZZZZZZZZ1", "words"))))
    odd = ["<c><v>1e999999</v></c>", "<c><v>nan</v></c>", f"<c><v>{'9' * 100_000}</v></c>"]
    yield of("office/numbers.xlsx", sheet(_row(1, *odd, f'<c s="{"9" * 20}"><v>1</v></c>')))
    yield of("office/string-index.xlsx", sheet(_row(1, f'<c t="s"><v>{"9" * 5_000}</v></c>')))
    yield of("office/strings-flood.xlsx", lambda: sheet(good, "", "<si><t>x</t></si>" * 1_000_000))
    yield of("office/strings-amplified.xlsx", lambda: sheet(_row(1, wide) * 2_000, "", long_text))
    yield of("office/rows-empty.xlsx", lambda: sheet("<row/>" * 2_000_000 + good))
    yield of("office/rows-many.xlsx", lambda: sheet("<row><c><v>1</v></c></row>" * 400_000))
    yield of("office/sheets-many.xlsx", _many_sheets)
    yield of("office/circle.xlsx", _circle)
    yield of("office/drawings-tree.xlsx", lambda: _drawing_tree(12, 10))
    yield of("office/drawings-chain.xlsx", lambda: _drawing_tree(3_000, 1))
    styles = '<styleSheet><numFmts><numFmt numFmtId="x" formatCode="y"/></numFmts></styleSheet>'
    yield of("office/styles.xlsx", office.xlsx({"One": good}, {"xl/styles.xml": styles}))


def _slides_again(count: int) -> bytes:
    """One slide, shown many times."""
    ids = '<p:sldId id="256" r:id="r0"/>' * count
    main = (
        f'<p:presentation xmlns:p="{office.P}" xmlns:r="{office.RELS}"><p:sldIdLst>{ids}'
        "</p:sldIdLst></p:presentation>"
    )
    return office.pptx(
        [office.slide(office.shape("body", "words"))], {"ppt/presentation.xml": main}
    )


def _self_slide() -> bytes:
    """A slide whose notes, comments and drawings are the slide."""
    kinds = ("notesSlide", "comments", "drawing", "chart", "slide")
    targets = {f"r{i}": (kind, "slide0.xml") for i, kind in enumerate(kinds)}
    more = {"ppt/slides/_rels/slide0.xml.rels": office.rels(**targets)}
    return office.pptx([office.slide(office.shape("body", "words"))], more)


def presentations() -> Iterator[Hostile]:
    yield of("office/slides-again.pptx", lambda: _slides_again(300_000))
    yield of("office/self-slide.pptx", _self_slide)
    yield of("office/no-slides.pptx", lambda: _slides_again(0))
    cells = '<a:tc gridSpan="99999" rowSpan="99999"><a:txBody/></a:tc>' * 300
    grid = f"<p:graphicFrame><a:tbl>{f'<a:tr>{cells}</a:tr>' * 100}</a:tbl></p:graphicFrame>"
    yield of("office/grid-spans.pptx", lambda: office.pptx([office.slide(grid)]))
    shapes = office.shape("title", "same") * 5_000
    yield of("office/titles.pptx", lambda: office.pptx([office.slide(shapes)]))


def _document(body: str, more: dict[str, str] | None = None) -> bytes:
    main = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return office.zipped({"word/document.xml": main, **(more or {})})


def _words(text: str, style: str = "") -> str:
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}<w:r><w:t>{text}</w:t></w:r></w:p>"


def _style_circle() -> bytes:
    one = '<w:style w:styleId="s{}"><w:basedOn w:val="s{}"/></w:style>'
    styles = "".join(one.format(i, (i + 1) % 1_000) for i in range(1_000))
    body = "".join(_words("words", f"s{i}") for i in range(1_000))
    return _document(body, {"word/styles.xml": f'<w:styles xmlns:w="{W}">{styles}</w:styles>'})


def _tables(depth: int) -> str:
    open_, close = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    cells = f"<w:tc>{_words('a')}</w:tc>" * 30
    return f"{open_}{_words('x')}</w:tc>{cells}<w:tc>" * depth + _words("words") + close * depth


def documents() -> Iterator[Hostile]:
    yield of("office/style-circle.docx", _style_circle)
    yield of("office/tables-nested.docx", lambda: _document(_tables(75)))
    yield of("office/table-wide.docx", lambda: _document(
        f"<w:tbl>{'<w:tr>' + '<w:tc/>' * 5_000 + '</w:tr>'}</w:tbl>" * 40))  # fmt: skip
    tall = f"<w:tr><w:tc>{_words('x')}</w:tc></w:tr>"
    yield of("office/table-tall.docx", lambda: _document(f"<w:tbl>{tall * 100_000}</w:tbl>"))
    level = f'<w:pPr><w:outlineLvl w:val="{"9" * 5_000}"/></w:pPr>'
    yield of("office/outline-level.docx", _document(f"<w:p>{level}<w:r><w:t>x</w:t></w:r></w:p>"))
    yield of("office/runs.docx", lambda: _document(
        "<w:p>" + "<w:r><w:t>a</w:t></w:r>" * 300_000 + "</w:p>"))  # fmt: skip
    rels = office.rels(a=("officeDocument", "../../../../etc/passwd"))
    yield of("office/main-outside.docx", _document(_words("x"), {"_rels/.rels": rels}))
    itself = office.rels(a=("officeDocument", "_rels/.rels"))
    yield of("office/main-is-rels.docx", _document(_words("x"), {"_rels/.rels": itself}))


def _odt(body: str) -> bytes:
    return office.odf("text", body)


def _ods(body: str) -> bytes:
    return office.odf("spreadsheet", f'<table:table table:name="One">{body}</table:table>')


def open_documents() -> Iterator[Hostile]:
    repeat = "table:number-columns-repeated"
    cell = f'<table:table-cell {repeat}="{COLUMNS}"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="{ROWS}">{cell}</table:table-row>'
    yield of("office/repeated.ods", _ods(row))
    yield of("office/repeated-often.ods", lambda: _ods(row * 3_000))
    digits = "9" * 6_000
    yield of("office/repeat-digits.ods", _ods(row.replace(str(COLUMNS), digits)))
    yield of("office/repeat-sign.ods", _ods(row.replace(str(ROWS), "-1").replace("16384", "²")))
    span = '<table:table-cell table:number-columns-spanned="50" table:number-rows-spanned="50">'
    spans = f"<table:table-row>{(span + '<text:p>x</text:p></table:table-cell>') * 500}"
    yield of("office/spans.ods", lambda: _ods((spans + "</table:table-row>") * 60))
    space = '<text:s text:c="999999999"/>'
    yield of("office/spaces.odt", lambda: _odt(f"<text:p>x{space * 200_000}</text:p>"))
    yield of("office/space-digits.odt", _odt(f'<text:p>x<text:s text:c="{digits}"/></text:p>'))
    yield of("office/heading-level.odt", _odt(f'<text:h text:outline-level="{digits}">x</text:h>'))
    for name, open_, close in (
        ("boxes", "<text:p>x<draw:text-box>", "</draw:text-box></text:p>"),
        ("notes", "<text:p>x<text:note>", "</text:note></text:p>"),
        ("lists", "<text:list><text:list-item><text:p>x</text:p>", "</text:list-item></text:list>"),
        ("tables", "<table:table><table:table-row><table:table-cell><text:p>x</text:p>",
         "</table:table-cell></table:table-row></table:table>"),
        ("spans", "<text:p>x<text:span>", "</text:span></text:p>"),
    ):  # fmt: skip
        times = 240 // open_.count("<")
        yield of(f"office/nested-{name}.odt", _odt(open_ * times + "y" + close * times))


def _book(count: int, chapters: int) -> bytes:
    """A book whose order names its chapters `count` times each, and each other."""
    bodies = {f"c{i}.xhtml": f"<p>words {i}</p>" for i in range(chapters)}
    order = "".join(f'<itemref idref="c{i % chapters}"/>' for i in range(count))
    items = "".join(
        f'<item id="c{i}" href="c{i}.xhtml" media-type="text/html"/>' for i in range(chapters)
    )
    opf = f"<package><manifest>{items}</manifest><spine>{order}</spine></package>"
    return office.epub(bodies, more={"OEBPS/b.opf": opf})


def books() -> Iterator[Hostile]:
    yield of("office/order.epub", lambda: _book(500_000, 2))
    yield of("office/chapters.epub", lambda: _book(15_000, 15_000))
    yield of("office/deep-chapter.epub", lambda: office.epub({"a.xhtml": "<div>" * 100_000 + "x"}))
    lost = office.epub({"../../../../etc/passwd": "x", "%2e%2e/%2e%2e/etc/passwd": "y"})
    yield of("office/lost-chapters.epub", lost)
    root = '<rootfile full-path="META-INF/container.xml"/>'
    own = f"<container><rootfiles>{root}</rootfiles></container>"
    yield of("office/self-container.epub", office.epub({}, more={"META-INF/container.xml": own}))


def corpus() -> Iterator[Hostile]:
    for one in (workbooks, presentations, documents, open_documents, books):
        yield from one()
