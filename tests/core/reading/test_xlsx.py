"""Workbooks: sheets under their names, rows with their header, values as people see them."""

import pytest

from carrel.errors import UserError
from carrel.reading import grids

from .conftest import check_offsets
from .office_files import S, rels, xlsx, zipped


def row(number, *cells):
    return f'<row r="{number}">' + "".join(cells) + "</row>"


def text(place, words):
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def value(place, number, **more):
    extra = "".join(f' {key}="{one}"' for key, one in more.items())
    return f'<c r="{place}"{extra}><v>{number}</v></c>'


def tables(document):
    return [document.text[b.start : b.end] for b in document.blocks if b.kind == "table"]


def test_sheets_have_their_names_and_rows_their_columns(inline):
    rows = row(1, text("A1", "Name"), text("C1", "Rent")) + row(
        2, text("A2", "Ana"), value("C2", "1200.50")
    )
    document = inline(xlsx({"Flats & rooms": rows, "Empty": ""}), "book.xlsx")
    check_offsets(document)
    assert tables(document) == ["Name |  | Rent\nAna |  | 1200.5"]
    assert document.blocks[1].headings == ["Flats & rooms"]


def test_shared_texts_dates_and_truth_are_shown_as_such(inline):
    more = {
        "xl/sharedStrings.xml": f'<sst xmlns="{S}"><si><t>Due</t></si><si><r><t>In </t></r><r>'
        "<t>full</t></r><rPh><t>no</t></rPh></si></sst>",
        "xl/styles.xml": f'<styleSheet xmlns="{S}"><numFmts><numFmt numFmtId="170"'
        ' formatCode="[$-409]dd/mm/yyyy"/></numFmts><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    }
    rows = row(1, value("A1", "0", t="s"), value("B1", "1", t="s")) + row(
        2, value("A2", "46349", s="1"), value("B2", "1", t="b"), value("C2", "46349.5", s="2"),
        value("D2", "0.30000000000000004"), value("E2", "oops", t="str"), value("F2", "99", t="s"),
    )  # fmt: skip
    (found,) = tables(inline(xlsx({"A": rows}, more), "book.xlsx"))
    assert found == "Due | In full\n2026-11-23 | TRUE | 2026-11-23 12:00:00 | 0.3 | oops"


def test_every_part_of_a_long_sheet_has_the_header(inline):
    rows = row(1, text("A1", "Day"), text("B1", "Sum")) + "".join(
        row(n, value(f"A{n}", n), value(f"B{n}", 10 * n)) for n in range(2, 40)
    )
    found = tables(inline(xlsx({"Long": rows}), "book.xlsx"))
    assert len(found) == 4
    assert all(one.startswith("Day | Sum\n") for one in found)
    assert sum(one.count("\n") for one in found) == 38


def test_comments_are_read_and_hidden_sheets_are_not(inline):
    more = {
        "xl/worksheets/_rels/sheet0.xml.rels": rels(c=("comments", "../comments1.xml")),
        "xl/comments1.xml": f'<comments xmlns="{S}"><commentList><comment ref="B2"><text><t>Ask'
        " her</t></text></comment></commentList></comments>",
    }
    data = xlsx(
        {"A": row(1, text("A1", "x")), "B": row(1, text("A1", "secret"))}, more, ' state="hidden"'
    )
    document = inline(data, "book.xlsx")
    assert "Comment on B2: Ask her" in document.text
    assert "secret" not in document.text


def test_a_sheet_that_claims_a_million_rows_costs_what_it_holds(inline, monkeypatch):
    monkeypatch.setattr(grids, "MAX_CELLS", 100)
    rows = "".join(row(n, text(f"A{n}", "x")) for n in (1, 500_000, 1_048_576))
    assert tables(inline(xlsx({"A": rows}), "sparse.xlsx")) == ["x\nx\nx"]
    many = row(1, text("A1", "head")) + "".join(row(n, text(f"A{n}", "v")) for n in range(2, 400))
    document = inline(xlsx({"A": many}), "many.xlsx")
    assert "The rows after the first 100 cells are not read." in document.text
    wide = row(1, text("XFD1", "far"), text("A1", "near"))
    with pytest.raises(UserError) as refused:
        inline(xlsx({"A": wide}), "wide.xlsx")
    assert refused.value.code == "empty"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped({"x": "y"}), "broken"),
        (xlsx({"A": ""}), "empty"),
        (xlsx({"A": "<row><c>"}), "broken"),
        (xlsx({"A": row(1, text("A1", "x"))})[:-70], "broken"),
        (xlsx({"A": row(1, text("A1", "&x;"))}), "broken"),
    ],
)
def test_bad_files_are_refused_with_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "bad.xlsx")
    assert refused.value.code == code
