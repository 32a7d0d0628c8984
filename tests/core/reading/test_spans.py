"""What a cell says holds for all columns and rows that it spans, in every format that has such."""

import pytest

from carrel.reading.spans import LONGEST, Spans, number

from .office_files import A, odf, pptx, slide, xlsx
from .test_xlsx import row, text


def test_cells_are_repeated_over_what_they_cover():
    spans = Spans()
    assert spans.row([("a", 1, 2), ("b", 2, 1)]) == ["a", "b", "b"]
    assert spans.row([("c", 1, 1), ("d", 1, 3)]) == ["a", "c", "d"]
    assert spans.row([("e", 1, 1)]) == ["e", "", "d"]
    assert spans.row([("f", 1, 1), ("g", 1, 1)]) == ["f", "g", "d"]


def test_a_hostile_span_is_bounded():
    spans = Spans()
    assert len(spans.row([("a", 10**9, 10**9)])) == LONGEST
    assert [number(one) for one in ("3", "0", "-1", "x", None, "9" * 40)] == [3, 0, 1, 1, 1, 1]


HTML = (
    b"<table><tr><th rowspan=2>Year</th><th colspan=2>Sum</th></tr><tr><th>in</th><th>out</th></tr>"
    b"<tr><td>2025</td><td>5</td><td>6</td></tr></table>"
)
PPTX_CELLS = (
    '<a:tr><a:tc rowSpan="2">{Year}</a:tc><a:tc gridSpan="2">{Sum}</a:tc><a:tc hMerge="1">{}</a:tc>'
    '</a:tr><a:tr><a:tc vMerge="1">{}</a:tc><a:tc>{in}</a:tc><a:tc>{out}</a:tc></a:tr>'
    "<a:tr><a:tc>{2025}</a:tc><a:tc>{5}</a:tc><a:tc>{6}</a:tc></a:tr>"
)
ODF = (
    '<table:table><table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>Year'
    '</text:p></table:table-cell><table:table-cell table:number-columns-spanned="2"><text:p>Sum'
    "</text:p></table:table-cell><table:covered-table-cell/></table:table-row><table:table-row>"
    "<table:covered-table-cell/><table:table-cell><text:p>in</text:p></table:table-cell>"
    "<table:table-cell><text:p>out</text:p></table:table-cell></table:table-row><table:table-row>"
    "<table:table-cell><text:p>2025</text:p></table:table-cell><table:table-cell><text:p>5</text:p>"
    "</table:table-cell><table:table-cell><text:p>6</text:p></table:table-cell></table:table-row>"
    "</table:table>"
)


def presentation():
    cells = PPTX_CELLS
    for words in ("Year", "Sum", "in", "out", "2025", "5", "6", ""):
        cells = cells.replace("{" + words + "}", f"<a:p><a:r><a:t>{words}</a:t></a:r></a:p>")
    frame = f'<p:graphicFrame><a:tbl xmlns:a="{A}">{cells}</a:tbl></p:graphicFrame>'
    return pptx([slide(frame)])


def workbook():
    rows = row(1, text("A1", "Year"), text("B1", "Sum")) + row(
        2, text("B2", "in"), text("C2", "out")
    ) + row(3, text("A3", "2025"), text("B3", "5"), text("C3", "6"))  # fmt: skip
    merges = '</sheetData><mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/></mergeCells>'
    return xlsx({"A": f"{rows}{merges}<sheetData>"})


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.html", HTML), ("a.pptx", presentation()), ("a.odt", odf("text", ODF)),
     ("a.xlsx", workbook())],
)  # fmt: skip
def test_a_header_that_spans_stands_over_each_of_its_columns(inline, name, data):
    document = inline(data, name)
    (table,) = (document.text[b.start : b.end] for b in document.blocks if b.kind == "table")
    assert table == "Year | Sum | Sum\nYear | in | out\n2025 | 5 | 6"
