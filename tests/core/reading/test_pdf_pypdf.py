"""What carrel.reading.pdf_pypdf promises."""

import pytest

from carrel.errors import UserError
from carrel.reading import pdf_pypdf
from carrel.reading.messages import Extract, Section
from tests.core.reading.pdf_maker import document, encrypted, hanging, line, scanned

REQUEST = Extract(format="pdf", name="x.pdf", size=0, engine="pypdf")


def test_pages_and_paragraphs(opened, cancel):
    data = document([[line("One.")], [], [line("Three.")]], title="Name")
    *pages, end = pdf_pypdf.extract(REQUEST, opened(data), cancel)
    assert [(p.page, p.text) for p in pages] == [(1, "One."), (2, ""), (3, "Three.")]
    assert all(p.char_map == [] for p in pages)
    assert (end.title, end.pages, end.engine) == ("Name", 3, "pypdf")


def test_it_reads_the_page_that_hangs_pdfium(opened, cancel):
    first = next(pdf_pypdf.extract(REQUEST, opened(hanging()), cancel))
    assert isinstance(first, Section)
    assert "Said before the hang." in first.text


def test_a_long_scan_is_given_up_early(opened, cancel, monkeypatch):
    monkeypatch.setattr(pdf_pypdf, "_BARREN", 3)
    replies = pdf_pypdf.extract(REQUEST, opened(scanned(9)), cancel)
    assert [next(replies).page, next(replies).page] == [1, 2]
    with pytest.raises(UserError) as caught:
        next(replies)
    assert caught.value.code == "empty"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encrypted(document([[line("secret")]]), "key"), "encrypted"),
        (b"%PDF-1.7\n", "broken"),
        (b"%PDF-1.7\n" + b"junk " * 200, "broken"),
        (document([]), "broken"),
    ],
)
def test_reasons(opened, cancel, data, code):
    with pytest.raises(UserError) as caught:
        list(pdf_pypdf.extract(REQUEST, opened(data), cancel))
    assert caught.value.code == code


def test_cancelled(opened, cancel):
    cancel.set()
    assert list(pdf_pypdf.extract(REQUEST, opened(document([[line("a")]])), cancel)) == []
