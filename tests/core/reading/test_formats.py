"""What carrel.reading.formats promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import UserError
from carrel.reading.formats import (
    FORMATS,
    HEAD_BYTES,
    choose,
    format_of,
    may_be_readable,
    sniff,
    unsupported,
)
from tests.core.reading.conftest import code_of


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("notes.txt", "text"),
        ("REPORT.PDF", "pdf"),
        ("a.b.docx", "docx"),
        ("page.Html", "html"),
        ("README", "text"),
        ("readme.md", "markdown"),
        ("Makefile", "code"),
        (".gitignore", None),
        ("table.csv", "csv"),
        ("code.py", "code"),
        ("Form.CS", "code"),
        ("old.vb", "code"),
        ("notes.text", "text"),
        ("notes.mdown", "markdown"),
        ("notes.mdwn", "markdown"),
        ("page.htm", "html"),
        ("page.xhtml", "html"),
        ("table.tsv", "csv"),
        ("data.json", "json"),
        ("data.jsonc", "json"),
        ("data.json5", "json"),
        ("rows.ndjson", "json"),
        ("rows.jsonl", "json"),
        ("deploy.yml", "yaml"),
        ("pyproject.toml", "ini"),
        ("app.ini", "ini"),
        (".env", "ini"),
        ("feeds.opml", "xml"),
        ("news.rss", "xml"),
        ("news.atom", "xml"),
        ("Info.plist", "xml"),
        ("map.svg", "svg"),
        ("film.ass", "subtitles"),
        ("film.ssa", "subtitles"),
        ("film.sub", "subtitles"),
        ("letter.rtf", "rtf"),
        ("guide.rst", "rst"),
        ("guide.adoc", "asciidoc"),
        ("paper.tex", "latex"),
        ("todo.org", "org"),
        ("lab.ipynb", "ipynb"),
        ("film.SRT", "subtitles"),
        ("saved.mhtml", "mhtml"),
        ("C:\\docs\\letter.docx", "docx"),
        ("/home/x/paper.pdf ", "pdf"),
        ("old.doc", None),
        ("noending", None),
        ("", None),
    ],
)
def test_names(name, format):
    assert format_of(name) == format


@given(st.text(st.characters(), max_size=40))
def test_hostile_names_never_raise(name):
    for hostile in (name, name + ".txt", "\udcff" + name, f"{name}/..", f"\u202e{name}\n.pdf"):
        assert format_of(hostile) in (*FORMATS, None)
        assert unsupported(hostile).code == "unsupported"
        assert isinstance(may_be_readable(hostile), bool)


@given(st.binary(max_size=HEAD_BYTES))
def test_any_head_is_a_format_or_a_reason(head):
    code = code_of(lambda: choose("file.unknown", head))
    assert code in ("", "unsupported")
    if not code:
        assert choose("file.unknown", head) in FORMATS


def test_the_content_is_looked_at_when_the_name_says_nothing():
    assert choose("paper", b"%PDF-1.4\n...") == "pdf"
    assert choose("page", b"\xef\xbb\xbf <!-- hi --><!DOCTYPE html><p>") == "html"
    assert choose("notes.zzz", b"plain words\n") == "text"
    assert choose("letter", b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml") == "docx"


def test_a_flood_of_comments_is_passed_quickly():
    assert sniff(b"<!---->" * 500 + b"<html>") == "html"
    assert sniff(b"<!---->" * 500 + b"words") == "text"
    assert sniff(b"<!--" * 900) == "text"


def test_a_pdf_under_another_name_is_read_as_pdf():
    assert choose("invoice.txt", b"%PDF-1.7\n") == "pdf"
    assert choose("about-pdf.txt", b"A file that begins with %PDF- is a PDF.") == "text"


@pytest.mark.parametrize(
    "head", [b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08", b"\x7fELF\x02", b"GGUF\x03"]
)
def test_known_binaries_are_nothing(head):
    assert sniff(head) is None
    with pytest.raises(UserError) as caught:
        choose("thing", head)
    assert caught.value.code == "unsupported"


def test_the_reason_says_what_the_file_is():
    assert "presentation" in unsupported("talk.ppt").what
    assert "PDF" in unsupported("talk.ppt").what_to_do
    assert not may_be_readable("talk.ppt")
    assert may_be_readable("talk.zzz")


def test_an_old_office_file_called_docx_is_locked_or_old():
    with pytest.raises(UserError) as caught:
        choose("x.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100)
    assert caught.value.code == "encrypted"
    with pytest.raises(UserError) as caught:
        choose("x.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100)
    assert caught.value.code == "unsupported"
