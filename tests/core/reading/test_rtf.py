"""Rich text: headings by style or level, tables, signs of any code page; bounded."""

import pytest

from carrel.errors import UserError
from carrel.reading.formats import choose

from .outlines import blocks_of, headings_of, settles

HEAD = (
    rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0 Times New Roman;}}{\colortbl;\red0;}"
    rb"{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\s7\outlinelevel1 Own;}}"
    rb"{\*\generator Word;}{\info{\title hidden}}"
)


def rtf(body):
    return HEAD + body + b"}"


def test_structure(inline):
    document = inline(
        rtf(
            rb"\pard\s1 Harbour\par\pard\plain Ships \b sleep\b0\~here\emdash now.\par"
            rb"\pard\s7 Prices\par"
            rb"\trowd\pard\intbl boat\cell price\cell\row\trowd\pard\intbl dory\cell 20\cell\row"
            rb"\pard The end{\footnote , says a note}.\par"
            rb"{\pict\pngblip 89504e470d0a}{\*\bkmkstart x}"
        ),
        "log.rtf",
    )
    assert blocks_of(document) == [
        ("heading", ["Harbour"], "Harbour"),
        ("paragraph", ["Harbour"], "Ships sleep\xa0here—now."),
        ("heading", ["Harbour", "Prices"], "Prices"),
        ("table", ["Harbour", "Prices"], "boat | price\ndory | 20"),
        ("paragraph", ["Harbour", "Prices"], "The end, says a note."),
    ]
    assert document.title == "Harbour"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"caf\'e9 \u8364?20", "café €20"),
        (rb"\u-10179?\u-8704?", "\U0001f600"),
        (rb"{\uc2\u8364??x}y", "€xy"),
        (rb"a\{b\}\\c", "a{b}\\c"),
        (rb"one\line two", "one\ntwo"),
    ],
)
def test_signs(inline, body, text):
    ((_, _, said),) = blocks_of(inline(rtf(body), "a.rtf"))
    assert said == text


def test_other_code_pages(inline):
    data = rtf(rb"\'cf\'f0\'e8\'e2\'e5\'f2").replace(b"ansicpg1252", b"ansicpg1251")
    assert inline(data, "a.rtf").text == "Привет"
    data = rtf("日本".encode("cp932").hex(" ").replace(" ", "").encode()).replace(b"1252", b"932")
    assert inline(data, "a.rtf").text


def test_rich_text_is_known_by_its_content():
    assert choose("letter.doc.txt", HEAD) == "rtf"
    assert choose("letter", HEAD) == "rtf"


@pytest.mark.parametrize(
    ("data", "code"), [(b"words", "broken"), (rtf(b""), "empty"), (rb"{\rtf1}", "empty")]
)
def test_what_is_no_rich_text_has_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "a.rtf")
    assert refused.value.code == code


def test_nesting_and_numbers_without_end_settle(inline):
    body = b"{" * 100_000 + rb"\u99999999999?\s9999999999 deep" + b"}" * 99
    assert "deep" in settles(inline, rtf(body), "a.rtf").text
    assert headings_of(settles(inline, rtf(rb"\outlinelevel99999 x\par"), "a.rtf")) == []


def test_comments_and_margins_are_said_once_after_the_text(inline):
    data = (
        rb"{\rtf1{\header\pard Strictly private\par}{\headerl Strictly private}{\footer 12}"
        rb"{\footerr Goat {\b farm}\par}\pard\outlinelevel0 Hea{\*\atnid AB}\chatn"
        rb"{\*\annotation{\*\atndate 1}\pard Is that so?\par}ding\par"
        rb"\pard The end{\footnote , says a note}.\par}"
    )
    found = inline(data, "a.rtf")
    assert [(b.kind, found.text[b.start : b.end]) for b in found.blocks] == [
        ("heading", "Heading"), ("paragraph", "The end, says a note."),
        ("paragraph", "Header: Strictly private"), ("paragraph", "Footer: Goat farm"),
        ("paragraph", "Comment: Is that so?"),
    ]  # fmt: skip
