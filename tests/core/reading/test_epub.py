"""E-books: chapters in reading order, headings, and copy protection said as such."""

import pytest

from carrel.errors import UserError

from .conftest import check_offsets
from .office_files import epub, zipped

CHAPTERS = {
    "one%20a.xhtml": "<h1>The harbour</h1><p>Ships <b>sleep</b> here.</p>",
    "two.xhtml": "<h1>The hill</h1><h2>A path</h2><p>Goats walk.</p><script>no()</script>",
}


def test_chapters_are_read_in_order_with_their_headings(inline):
    data = epub({k.replace("%20", " "): v for k, v in CHAPTERS.items()}, "Two places")
    document = inline(data, "book.epub")
    check_offsets(document)
    assert document.title == "Two places"
    words = [(b.kind, document.text[b.start : b.end]) for b in document.blocks]
    assert words == [
        ("heading", "The harbour"), ("paragraph", "Ships sleep here."), ("heading", "The hill"),
        ("heading", "A path"), ("paragraph", "Goats walk."),
    ]  # fmt: skip
    assert document.blocks[-1].headings == ["The hill", "A path"]


@pytest.mark.parametrize(
    "more",
    [
        {"META-INF/rights.xml": "<rights/>"},
        {"META-INF/encryption.xml": '<e><CipherReference URI="OEBPS/one.xhtml"/></e>'},
    ],
)
def test_copy_protection_is_said(inline, more):
    with pytest.raises(UserError, match="copy protection") as refused:
        inline(epub(CHAPTERS, more=more), "book.epub")
    assert refused.value.code == "encrypted"


def test_scrambled_fonts_harm_nothing(inline):
    more = {"META-INF/encryption.xml": '<e><CipherReference URI="OEBPS/font.otf"/></e>'}
    assert "Goats walk." in inline(epub(CHAPTERS, more=more), "book.epub").text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped({"x": "y"}), "broken"),
        (epub({}), "empty"),
        (epub({"a.xhtml": "<img/>"}), "empty"),
        (epub(CHAPTERS)[:-50], "broken"),
        (epub({"../../etc/passwd": "<p>x</p>"}), "empty"),
    ],
)
def test_bad_files_are_refused_with_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "bad.epub")
    assert refused.value.code == code
