"""Attachments are read by the module of their format, in memory, below the message's headings."""

import pytest

from carrel.errors import UserError
from carrel.reading import source
from carrel.reading.attachments import pieces_of

from .office_files import odf, pptx, shape, slide, xlsx
from .pdf_maker import document, line
from .test_docx import sample, saved
from .test_xlsx import row, text

FILES = {
    "plan.docx": lambda: saved(sample()),
    "talk.pptx": lambda: pptx([slide(shape("title", "Yearly plan"))]),
    "book.xlsx": lambda: xlsx({"Yearly plan": row(1, text("A1", "x"))}),
    "plan.odt": lambda: odf("text", "<text:h>Yearly plan</text:h><text:p>x</text:p>"),
    "plan.md": lambda: b"# Yearly plan\n\nwords",
}


@pytest.mark.parametrize("name", FILES)
def test_headings_stand_below_those_of_the_message(name):
    pieces = list(pieces_of(name, FILES[name](), 2))
    headings = [(one.text, one.level) for one in pieces if one.kind == "heading"]
    wanted = "Plan" if name.endswith("docx") else "Yearly plan"
    assert (wanted, 3) in headings


def test_a_pdf_is_read():
    data = document([[line("Boilers are hot.")]])
    words = " ".join(one.text for one in pieces_of("a.pdf", data, 1))
    assert "Boilers are hot." in words


def test_a_broken_one_gives_its_reason():
    with pytest.raises(UserError) as refused:
        pieces_of("plan.docx", b"PK\x03\x04 cut short", 1)
    assert refused.value.code == "broken"
    with pytest.raises(UserError, match="message of its own"):
        pieces_of("other.eml", b"Subject: x\n\ny", 1)


def test_what_is_in_memory_is_a_descriptor_only_for_a_while():
    with source.in_memory(b"words") as outer, source.in_memory(b"more") as inner:
        assert outer != inner
        assert source.read_all(inner, 10) == b"more"
        assert source.read_head(outer, 2) == b"wo"
        with pytest.raises(UserError) as refused:
            source.size_of(outer, 3)
        assert refused.value.code == "too_large"
    with pytest.raises(OSError):
        source.size_of(outer, 10)
