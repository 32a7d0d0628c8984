"""Runs of a Word document that nobody can see: hidden ones are gone, white and tiny ones apart."""

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from tests.core.reading.conftest import check_offsets
from tests.core.reading.test_docx import saved

WHITE = RGBColor(255, 255, 255)
DARK = f'<w:shd {nsdecls("w")} w:val="clear" w:fill="1F3864"/>'
PAPER = f'<w:shd {nsdecls("w")} w:val="clear" w:fill="auto"/>'


def read(inline, document):
    found = inline(saved(document), "a.docx")
    check_offsets(found)
    told = [(block.kind, found.text[block.start : block.end]) for block in found.blocks]
    return told, found.unseen


def hide(run):
    run.font.hidden = True


def white(run):
    run.font.color.rgb = WHITE


def tiny(run):
    run.font.size = Pt(1)


@pytest.mark.parametrize(
    ("look", "unseen"), [(hide, 0), (white, 4), (tiny, 4)], ids=["hidden", "white", "tiny"]
)
def test_a_run_that_nobody_sees_is_no_part_of_its_paragraph(inline, look, unseen):
    document = docx.Document()
    paragraph = document.add_paragraph("The rent ")
    look(paragraph.add_run("obey "))
    paragraph.add_run("is due.")
    document.add_paragraph("Last.")
    told, count = read(inline, document)
    assert told[:2] == [("paragraph", "The rent is due."), ("paragraph", "Last.")]
    assert told[2:] == ([("unseen", "obey")] if unseen else [])
    assert count == unseen


def test_a_style_can_hide_and_whiten_too(inline):
    document = docx.Document()
    style = document.styles.add_style("Ghost", 1)
    style.font.color.rgb = WHITE
    heir = document.styles.add_style("Heir", 1)
    heir.base_style = style
    gone = document.styles.add_style("Gone", 2)
    gone.font.hidden = True
    document.add_paragraph("Seen.")
    document.add_paragraph("obey", "Heir")
    document.add_paragraph().add_run("lost", "Gone")
    back = document.add_paragraph().add_run("Shown.", "Gone")
    back.font.hidden = False
    told, _ = read(inline, document)
    assert told == [("paragraph", "Seen."), ("paragraph", "Shown."), ("unseen", "obey")]


def test_white_on_dark_is_honest(inline):
    document = docx.Document()
    shaded = document.add_paragraph()
    white(shaded.add_run("on a run"))
    shaded.runs[0]._r.get_or_add_rPr().append(parse_xml(DARK))
    marked = document.add_paragraph()
    white(marked.add_run("on a mark"))
    marked.runs[0].font.highlight_color = 9
    ground = document.add_paragraph()
    white(ground.add_run("on a paragraph"))
    ground._p.get_or_add_pPr().append(parse_xml(DARK))
    table = document.add_table(1, 2)
    for cell, shade, words in zip(table._cells, (DARK, PAPER), ("head", "obey"), strict=True):
        white(cell.paragraphs[0].add_run(words))
        cell._tc.get_or_add_tcPr().append(parse_xml(shade))
    told, count = read(inline, document)
    assert [words for kind, words in told if kind == "paragraph"] == [
        "on a run", "on a mark", "on a paragraph"
    ]  # fmt: skip
    assert told[3:] == [("table", "head |"), ("unseen", "obey")]
    assert count == 4


def test_white_on_a_coloured_page_is_honest(inline):
    document = docx.Document()
    white(document.add_paragraph().add_run("On blue."))
    page = OxmlElement("w:background")
    page.set(qn("w:color"), "002060")
    document.element.insert(0, page)
    assert read(inline, document) == ([("paragraph", "On blue.")], 0)
