"""Saved web pages: the HTML part is read, pictures are not."""

from email.message import EmailMessage

import pytest

from carrel.errors import UserError

from .outlines import blocks_of


def page(html, subject="Boats"):
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content(html, subtype="html", charset="utf-8", cte="quoted-printable")
    message.make_related()
    message.add_related(b"\x89PNG" * 9, "image", "png")
    return message.as_bytes()


def test_the_page_is_read(inline):
    document = inline(page("<h1>Häfen</h1><p>Ships sleep.</p>"), "boats.mhtml")
    assert document.title == "Boats"
    assert blocks_of(document) == [
        ("heading", ["Häfen"], "Häfen"), ("paragraph", ["Häfen"], "Ships sleep.")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code"), [(b"words", "broken"), (page("<p> </p>"), "empty"), (b"", "empty")]
)
def test_what_is_no_page_has_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "a.mht")
    assert refused.value.code == code
