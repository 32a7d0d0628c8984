"""What carrel.reading.docx promises."""

import io
import zipfile

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from carrel.errors import UserError
from carrel.reading import zip_package
from tests.core.reading.conftest import check_offsets

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def sample():
    document = docx.Document()
    document.core_properties.title = "Yearly plan"
    document.add_heading("Plan", 0)
    document.add_heading("First part", 1)
    document.add_paragraph("Some words\there.")
    document.add_paragraph("point one", style="List Bullet")
    document.add_paragraph("point two", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ("k", "v", "1", "2\n3"), strict=True):
        cell.text = words
    document.add_heading("Detail", 2)
    document.add_paragraph("After the table.")
    return document


def test_notes_comments_and_margins_are_read(inline):
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def part(name, item, words):
        inside = f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"
        inside = f"<w:{item}>{inside}</w:{item}>" if item else inside
        return f"<w:{name} {w}>{inside}</w:{name}>".encode()

    document = docx.Document()
    document.add_paragraph("The body.")
    data = repacked(
        saved(document),
        {
            "word/footnotes.xml": part("footnotes", "footnote", "A footnote."),
            "word/endnotes.xml": part("endnotes", "endnote", "An endnote."),
            "word/comments.xml": part("comments", "comment", "Is that so?"),
            "word/header1.xml": part("hdr", "", "Strictly private"),
            "word/header2.xml": part("hdr", "", "Strictly private"),
            "word/footer1.xml": part("ftr", "", "Goat farm"),
            "word/footer2.xml": part("ftr", "", "12"),
        },
    )
    found = inline(data, "a.docx")
    assert [found.text[b.start : b.end] for b in found.blocks] == [
        "The body.", "A footnote.", "An endnote.", "Comment: Is that so?",
        "Header: Strictly private", "Footer: Goat farm",
    ]  # fmt: skip


def repacked(data: bytes, changes: dict[str, bytes | None]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in dict.fromkeys([*old.namelist(), *changes]):
            body = changes[name] if name in changes else old.read(name)
            if body is not None:
                new.writestr(name, body)
    return out.getvalue()


def body_of(data: bytes) -> bytes:
    return zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml")


def test_order_headings_lists_and_tables(inline):
    document = inline(saved(sample()), "plan.docx")
    top, first, detail = ["Plan"], ["Plan", "First part"], ["Plan", "First part", "Detail"]
    found = [(b.kind, b.headings, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
        ("heading", top, "Plan"),
        ("heading", first, "First part"),
        ("paragraph", first, "Some words\there."),
        ("list", first, "point one"),
        ("list", first, "point two"),
        ("table", first, "k | v\n1 | 2 3"),
        ("heading", detail, "Detail"),
        ("paragraph", detail, "After the table."),
    ]
    assert document.title == "Yearly plan"
    check_offsets(document)


def test_a_style_based_on_a_heading_is_a_heading(inline):
    document = docx.Document()
    style = document.styles.add_style("Chapter", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 1"]
    document.add_paragraph("Beginnings", style=style)
    document.add_paragraph("words")
    blocks = inline(saved(document), "x.docx").blocks
    assert [b.headings for b in blocks] == [["Beginnings"], ["Beginnings"]]


def test_deleted_text_is_gone_and_inserted_text_is_there(inline):
    document = docx.Document()
    run = document.add_paragraph("kept ").add_run("gone")
    deleted = OxmlElement("w:del")
    run._r.addprevious(deleted)
    deleted.append(run._r)
    run._r.find(qn("w:t")).tag = qn("w:delText")
    inserted = OxmlElement("w:ins")
    more = document.add_paragraph().add_run("new")
    more._r.addprevious(inserted)
    inserted.append(more._r)
    assert inline(saved(document), "x.docx").text == "kept\n\nnew"


def test_a_frame_around_text_is_not_a_table(inline):
    document = docx.Document()
    cell = document.add_table(rows=1, cols=1).cell(0, 0)
    cell.text = "Framed words."
    (block,) = inline(saved(document), "x.docx").blocks
    assert block.kind == "paragraph"


def test_strict_documents_and_missing_parts_are_read(inline):
    data = saved(sample())
    body = body_of(data).replace(
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    bare = repacked(
        data, {"word/document.xml": body, "word/styles.xml": None, "docProps/core.xml": None}
    )
    document = inline(bare, "plan.docx")
    assert "After the table." in document.text
    assert document.title == "plan"


def test_a_zip_bomb_is_refused_unopened(inline):
    words = b"<w:p><w:r><w:t>" + b"a" * 30_000_000 + b"</w:t></w:r></w:p><w:sectPr"
    data = saved(sample())
    bomb = repacked(data, {"word/document.xml": body_of(data).replace(b"<w:sectPr", words, 1)})
    assert len(bomb) < 200_000
    with pytest.raises(UserError, match="zip bomb") as caught:
        inline(bomb, "x.docx")
    assert caught.value.code == "broken"


def test_a_part_over_the_limit_is_too_large(inline, monkeypatch):
    monkeypatch.setattr(zip_package, "MAX_PART", 1000)
    with pytest.raises(UserError) as caught:
        inline(saved(sample()), "x.docx")
    assert caught.value.code == "too_large"


def test_entities_are_not_expanded(inline):
    data = saved(sample())
    body = body_of(data)
    start = body.index(b"?>") + 2
    evil = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "boom">]>'
    changed = body[:start] + evil + body[start:].replace(b"After the table.", b"After &x;&y; it.")
    document = inline(repacked(data, {"word/document.xml": changed}), "x.docx")
    assert "After" in document.text
    assert "boom" not in document.text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d[: len(d) // 2], "broken"),
        (lambda d: repacked(d, {"word/document.xml": b"<w:document>"}), "broken"),
        (lambda d: repacked(d, {"word/document.xml": None}), "broken"),
        (lambda d: repacked(d, {"_rels/.rels": b"\0\0"}), "broken"),
        (lambda d: OLE, "encrypted"),
        (lambda d: b"just words", "broken"),
        (lambda d: saved(docx.Document()), "empty"),
    ],
)
def test_reasons(inline, change, code):
    with pytest.raises(UserError) as caught:
        inline(change(saved(sample())), "x.docx")
    assert caught.value.code == code
