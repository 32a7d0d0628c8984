"""What carrel.reading.pdf_document promises."""

import pypdfium2
import pytest

from carrel.reading.pdf_document import load_page, opened, title_of
from tests.core.reading.conftest import code_of
from tests.core.reading.pdf_maker import document, line


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Annual report 2023", "Annual report 2023"),
        ("  spaced   out ", "spaced out"),
        ("Untitled", ""),
        ("Microsoft Word - letter.doc", ""),
        ("report_final.docx", ""),
        ("slide 1", ""),
        ("--", ""),
        ("", ""),
    ],
)
def test_titles_that_name_nothing_are_not_shown(title, shown):
    with pypdfium2.PdfDocument(document([[line("a")]], title=title)) as source:
        assert title_of(source) == shown


def test_a_missing_page_is_a_reason(opened_pdf):
    assert code_of(lambda: load_page(opened_pdf, 5)) == "broken"
    assert load_page(opened_pdf, 1).get_width() == 612


@pytest.fixture
def opened_pdf(opened_file):
    with opened(opened_file) as source:
        yield source


@pytest.fixture
def opened_file(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(document([[line("a")]]))
    with path.open("rb") as file:
        yield file.fileno()
