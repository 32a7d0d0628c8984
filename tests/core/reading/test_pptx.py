"""Presentations: a slide is a page, its title a heading; tables, notes and comments are read."""

import pytest

from carrel.errors import UserError

from .conftest import check_offsets
from .office_files import A, P, grid, pptx, rels, shape, slide, zipped


def kinds(document):
    return [(b.kind, document.text[b.start : b.end], b.page) for b in document.blocks]


def test_slides_are_pages_with_titles_lists_and_tables(inline):
    slides = [
        slide(shape("body", "First point", "Second point"), shape("ctrTitle", "Yearly plan")),
        slide(shape("title", "Budget"), grid(("Item", "Cost"), ("Desk", "120"))),
    ]
    document = inline(pptx(slides), "plan.pptx")
    check_offsets(document)
    assert kinds(document) == [
        ("heading", "Yearly plan", 1), ("list", "First point", 1), ("list", "Second point", 1),
        ("heading", "Budget", 2), ("table", "Item | Cost\nDesk | 120", 2),
    ]  # fmt: skip
    assert document.blocks[1].headings == ["Yearly plan"]
    assert document.blocks[4].headings == ["Budget"]
    assert [page.page for page in document.pages] == [1, 2]


def test_speaker_notes_and_comments_are_read(inline):
    notes = slide(shape("sldNum", "7"), shape("body", "Say it slowly."))
    comments = f'<p:cmLst xmlns:p="{P}"><p:cm><p:text>Is that so?</p:text></p:cm></p:cmLst>'
    more = {
        "ppt/slides/_rels/slide0.xml.rels": rels(
            n=("notesSlide", "../notesSlides/n.xml"), c=("comments", "../comments/c.xml")
        ),
        "ppt/notesSlides/n.xml": notes,
        "ppt/comments/c.xml": comments,
    }
    document = inline(pptx([slide(shape("title", "Talk"))], more), "talk.pptx")
    assert [text for _, text, _ in kinds(document)] == [
        "Talk", "Notes: Say it slowly.", "Comment: Is that so?"
    ]  # fmt: skip


def test_the_order_is_that_of_the_presentation_and_empty_slides_keep_their_number(inline):
    document = inline(pptx([slide(), slide(shape("body", "Only words"))]), "a.pptx")
    assert kinds(document) == [("list", "Only words", 2)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zipped({"x.xml": "<a/>"}), "broken"),
        (pptx([slide()]), "empty"),
        (pptx([slide(shape("body", "words"))])[:-60], "broken"),
        (pptx(["<p:sld"]), "broken"),
        (pptx([f'<p:sld xmlns:p="{P}" xmlns:a="{A}">' + "<a:p>" * 100_000]), "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted"),
    ],
)
def test_bad_files_are_refused_with_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "bad.pptx")
    assert refused.value.code == code


def test_a_bomb_is_refused(inline):
    bomb = zipped({"ppt/presentation.xml": "<p>" + " " * 60_000_000 + "</p>"})
    with pytest.raises(UserError, match="bomb"):
        inline(bomb, "bomb.pptx")
