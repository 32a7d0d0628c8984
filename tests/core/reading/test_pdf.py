"""What carrel.reading.pdf promises."""

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import raw

from carrel.errors import UserError
from carrel.reading import pdf
from carrel.reading.layout import MAX_SECTION
from carrel.reading.messages import Block, Extract, Extracted, Section
from tests.core.reading.conftest import check_offsets
from tests.core.reading.pdf_maker import document, encrypted, line, scanned, with_unicode

PROSE = [
    line(f"Line {i} of the body text goes on for a while here.", y=660 - 14 * i) for i in range(8)
]


def text_of(found, block):
    return found.text[block.start : block.end]


def test_pages_stand_where_they_say(inline):
    found = inline(document([[line("First page.")], [], [line("Third (page) \\ here.")]]), "x.pdf")
    assert [(p.page, found.text[p.start : p.end]) for p in found.pages] == [
        (1, "First page."),
        (2, ""),
        (3, "Third (page) \\ here."),
    ]
    assert found.text == "First page.\n\nThird (page) \\ here."
    assert [b.page for b in found.blocks] == [1, 3]
    assert found.char_maps == {}
    assert found.engine == "pdfium"
    check_offsets(found)


def test_lines_end_in_newlines_without_moving_any_offset(opened):
    data = document([PROSE])
    with pypdfium2.PdfDocument(data) as source:
        chars = source[0].get_textpage()
        said = "".join(chr(raw.FPDFText_GetUnicode(chars, i)) for i in range(chars.count_chars()))
    (section,) = [
        r for r in pdf.extract(request(), opened(data), never()) if isinstance(r, Section)
    ]
    assert len(section.text) == len(said)
    assert section.text.count("\n") == 7
    assert "\r" not in section.text
    assert section.text.replace("\n", "").split() == said.replace("\n", "").split()


def test_headings_by_size_and_by_weight(inline):
    page = [
        line("Annual report", size=24, y=740),
        line("1 Results of the year", font="B", y=700),
        *PROSE,
        line("2 Outlook", font="B", y=500),
        line("The coming year will be different from this one.", y=480),
    ]
    found = inline(document([page]), "x.pdf")
    assert [(b.kind, b.headings, text_of(found, b)[:21]) for b in found.blocks] == [
        ("heading", ["Annual report"], "Annual report"),
        ("heading", ["Annual report", "1 Results of the year"], "1 Results of the year"),
        ("paragraph", ["Annual report", "1 Results of the year"], "Line 0 of the body te"),
        ("heading", ["Annual report", "2 Outlook"], "2 Outlook"),
        ("paragraph", ["Annual report", "2 Outlook"], "The coming year will "),
    ]
    check_offsets(found)


def test_bookmarks_name_the_headings_and_carry_over_pages(inline):
    pages = [[line("Chapter one", y=700), line("Words.", y=680)], [line("More.")], [line("End.")]]
    marks = [("Chapter One", 1), ("Not printed", 3), ("Nowhere", 3)]
    found = inline(document(pages, outline=marks), "x.pdf")
    assert [(b.kind, b.headings, text_of(found, b)) for b in found.blocks] == [
        ("heading", ["Chapter One"], "Chapter one"),
        ("paragraph", ["Chapter One"], "Words."),
        ("paragraph", ["Chapter One"], "More."),
        ("paragraph", ["Nowhere"], "End."),
    ]


def test_paragraphs_part_at_gaps(inline):
    page = [*PROSE, line("A new paragraph after a gap.", y=520), line("It goes on.", y=506)]
    found = inline(document([page]), "x.pdf")
    assert [text_of(found, b)[:6] for b in found.blocks] == ["Line 0", "A new "]


def test_the_title_comes_from_the_properties_unless_it_is_noise(inline):
    assert inline(document([[line("a b")]], title="Real title"), "file.pdf").title == "Real title"
    noise = document([[line("a b")]], title="Microsoft Word - x.doc")
    assert inline(noise, "file.pdf").title == "file"
    assert inline(document([[line("a b")]], title="untitled"), "file.pdf").title == "file"


def test_characters_outside_the_plane_are_mapped(inline):
    data = with_unicode("0102030103", "<01> <D83DDE00> <02> <0020> <03> <0041>")
    found = inline(data, "x.pdf")
    assert "😀" in found.text
    mapped = found.char_maps[1]
    assert len(mapped) == len(found.text)
    with pypdfium2.PdfDocument(data) as source:
        chars = source[0].get_textpage()
        for character, index in zip(found.text, mapped, strict=True):
            if character == "A":
                assert raw.FPDFText_GetUnicode(chars, index) == ord("A")


@pytest.mark.parametrize("codes", ["0102030103", "0201", "0102", "020201020203020201"])
def test_characters_without_text_are_mapped_around(codes):
    data = with_unicode(codes, "<01> <0042> <02> <FFFF> <03> <0041>")
    with pypdfium2.PdfDocument(data) as source:
        chars = source[0].get_textpage()
        text, count = chars.get_text_range(), chars.count_chars()
        mapped = pdf.character_map(chars, text, count) or list(range(count))
        said = [raw.FPDFText_GetUnicode(chars, index) for index in mapped]
    assert len(text) < count
    assert "".join(map(chr, said)) == text


def test_odd_characters_are_replaced_in_place():
    assert pdf.clean_page("a\r\nb\x02c\ud800d\uf0b7") == "a \nb c\ufffdd•"
    assert pdf.clean_page("Ef\ufffefects of 2019\ufffe2020 Anglo\ufffeSaxon") == (
        "Ef\xadfects of 2019-2020 Anglo-Saxon"
    )


@given(st.text(st.characters() | st.sampled_from("\r\n\ufffe\x00\ud800\udc00")))
def test_cleaning_keeps_every_offset(text):
    cleaned = pdf.clean_page(text)
    assert len(cleaned) == len(text)
    cleaned.encode()
    assert "\0" not in cleaned


def test_a_giant_page_is_sent_in_parts_with_their_maps():
    text = "word " * 100_000
    blocks = [Block(kind="paragraph", start=0, end=len(text) - 1, headings=[])]
    parts = list(pdf.page_sections(7, text, blocks, []))
    assert "".join(p.text for p in parts) == text
    assert {p.page for p in parts} == {7}
    assert max(len(p.text) for p in parts) <= MAX_SECTION
    assert parts[0].char_map == []
    assert parts[1].char_map[0] == len(parts[0].text)


@pytest.mark.parametrize(
    ("data", "code", "what"),
    [
        (scanned(12), "pictures", "12 pages are pictures without text."),
        (scanned(1), "pictures", "The page is a picture without text."),
        (document([[]]), "empty", "The PDF's pages hold no text."),
        (encrypted(document([[line("secret")]]), "key"), "encrypted", "password"),
        (document([[line("words")]])[:300], "broken", "damaged"),
        (b"%PDF-1.7\n", "broken", "damaged"),
    ],
)
def test_reasons(inline, data, code, what):
    with pytest.raises(UserError) as caught:
        inline(data, "x.pdf")
    assert caught.value.code == code
    assert what in caught.value.what


def test_a_document_locked_with_an_empty_password_is_read(inline):
    assert inline(encrypted(document([[line("open")]]), ""), "x.pdf").text == "open"


def test_it_stops_when_told(opened, cancel):
    replies = pdf.extract(request(), opened(document([[line("a")]] * 8)), cancel)
    assert isinstance(next(replies), Section)
    cancel.set()
    assert not any(isinstance(reply, Extracted) for reply in replies)


def request() -> Extract:
    return Extract(format="pdf", name="x.pdf", size=0)


def never():
    import threading

    return threading.Event()


def test_lam_and_alef_that_were_drawn_as_one_sign_stand_in_spoken_order(inline):
    """From left to right: meem, the ligature, seen; then with alef and lam as signs apart."""
    letters = "<41> <0633> <42> <06440627> <43> <0645> <44> <0627> <45> <0644> <20> <0020>"
    assert inline(with_unicode("434241", letters), "x.pdf").text == "سلام"
    assert inline(with_unicode("43454441", letters), "x.pdf").text == "سالم"
