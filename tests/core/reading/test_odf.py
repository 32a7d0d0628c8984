"""OpenDocument: texts, spreadsheets and presentations, with notes and annotations."""

import pytest

from carrel.errors import UserError

from .conftest import check_offsets
from .office_files import ODF, odf, zipped


def kinds(document):
    return [(b.kind, document.text[b.start : b.end]) for b in document.blocks]


def cell(words, **more):
    extra = "".join(f' table:{key.replace("_", "-")}="{value}"' for key, value in more.items())
    return f"<table:table-cell{extra}><text:p>{words}</text:p></table:table-cell>"


def test_a_text_has_headings_lists_tables_and_notes(inline):
    body = (
        '<text:h text:outline-level="1">Plan</text:h><text:p>Some<text:s text:c="2"/>words'
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note."
        "</text:p></text:note-body></text:note> here.</text:p>"
        '<text:h text:outline-level="2">Part</text:h>'
        "<text:list><text:list-item><text:p>one</text:p></text:list-item><text:list-item>"
        "<text:p>two<office:annotation><text:p>Really?</text:p></office:annotation></text:p>"
        "</text:list-item></text:list>"
        f"<table:table><table:table-row>{cell('k')}{cell('v')}</table:table-row>"
        f"<table:table-row>{cell('1')}{cell('2')}</table:table-row></table:table>"
    )
    document = inline(odf("text", body, "Yearly plan"), "plan.odt")
    check_offsets(document)
    assert document.title == "Yearly plan"
    assert kinds(document) == [
        ("heading", "Plan"), ("paragraph", "Some  words here."), ("paragraph", "Note: A note."),
        ("heading", "Part"), ("list", "one"), ("list", "two"), ("paragraph", "Comment: Really?"),
        ("table", "k | v\n1 | 2"),
    ]  # fmt: skip
    assert document.blocks[-1].headings == ["Plan", "Part"]


def test_sheets_have_names_and_repeated_cells_are_bounded(inline):
    body = (
        f'<table:table table:name="Flats"><table:table-row>{cell("Name")}{cell("Rent")}'
        f"</table:table-row><table:table-row>{cell('Ana')}{cell('5', number_columns_repeated=3)}"
        f"{cell('', number_columns_repeated=16000)}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048000">{cell("")}</table:table-row>'
        "</table:table>"
    )
    document = inline(odf("spreadsheet", body), "book.ods")
    assert kinds(document) == [("heading", "Flats"), ("table", "Name | Rent\nAna | 5 | 5 | 5")]


def test_slides_have_titles_and_notes(inline):
    body = (
        '<draw:page draw:name="Start"><draw:frame><draw:text-box><text:p>Welcome</text:p>'
        "</draw:text-box></draw:frame><presentation:notes><text:p>Smile.</text:p>"
        "</presentation:notes></draw:page>"
    )
    assert kinds(inline(odf("presentation", body), "talk.odp")) == [
        ("heading", "Start"), ("paragraph", "Welcome"), ("paragraph", "Notes: Smile."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped({"x": "y"}), "broken"),
        (odf("text", ""), "empty"),
        (odf("text", "<text:p>"), "broken"),
        (odf("text", "<text:p>x</text:p>")[:-40], "broken"),
        (zipped({"META-INF/manifest.xml": "<m><encryption-data/></m>"}), "encrypted"),
        (odf("text", "<text:span>" * 5_000), "broken"),
    ],
)
def test_bad_files_are_refused_with_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "bad.odt")
    assert refused.value.code == code


def test_margins_comments_and_endnotes_of_a_text_are_read(inline):
    body = (
        "<text:p>Words<office:annotation><text:p>Is that so?</text:p></office:annotation>"
        '<text:note text:note-class="endnote"><text:note-citation>i</text:note-citation>'
        "<text:note-body><text:p>An endnote.</text:p></text:note-body></text:note></text:p>"
    )
    margin = "<style:{0}><text:p>{1}</text:p></style:{0}>"
    styles = (
        f"<office:document-styles {ODF} "
        'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
        "<office:master-styles><style:master-page>"
        + margin.format("header", "Strictly private")
        + margin.format("header-left", "Strictly private")
        + margin.format("footer", "Goat farm")
        + margin.format("footer-left", "12")
        + "</style:master-page></office:master-styles></office:document-styles>"
    )
    content = (
        f"<office:document-content {ODF}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>"
    )
    found = inline(zipped({"content.xml": content, "styles.xml": styles}), "a.odt")
    words = [found.text[b.start : b.end] for b in found.blocks]
    assert words[0] == "Words"
    assert sorted(words[1:]) == [
        "Comment: Is that so?", "Footer: Goat farm", "Header: Strictly private",
        "Note: An endnote.",
    ]  # fmt: skip


def test_a_table_in_a_cell_is_said_once_and_a_picture_says_what_it_shows(inline):
    def row(*cells):
        inside = "".join(f"<table:table-cell>{words}</table:table-cell>" for words in cells)
        return f"<table:table><table:table-row>{inside}</table:table-row></table:table>"

    inner = row("<text:p>inner</text:p>")
    picture = (
        '<text:p><draw:frame><draw:image/><svg:title xmlns:svg="urn:x">A goat</svg:title>'
        "</draw:frame></text:p>"
    )
    content = (
        f"<office:document-content {ODF}><office:body><office:text>{row(inner, picture)}"
        "</office:text></office:body></office:document-content>"
    )
    found = inline(zipped({"content.xml": content}), "a.odt")
    assert found.text == "inner | A goat"
