"""Outlook messages: header lines, text or HTML, attachments, attached messages."""

import pytest

from carrel.errors import UserError

from .ole_files import container, message
from .outlines import blocks_of

SENT = 133_000_000_000_000_000  # 2022-06-18
ATTACHED = "__attach_version1.0_#0000000"


def mail(properties=None, **more):
    return message(
        {"0037001F": "Boats", "0C1A001F": "Ada", "0C1F001F": "ada@example.org", "0E04001F": "Bob",
         **(properties or {})},
        sent=SENT, **more,
    )  # fmt: skip


def test_a_message_with_text(inline):
    data = container(mail({"1000001F": "Ships sleep here.\r\n\r\nBye."}))
    document = inline(data, "boats.msg")
    assert document.title == "Boats"
    assert blocks_of(document) == [
        ("heading", ["Boats"], "Boats"),
        ("paragraph", ["Boats"],
         "From: Ada <ada@example.org>\nTo: Bob\nDate: 2022-06-18 04:26 UTC"),
        ("paragraph", ["Boats"], "Ships sleep here."),
        ("paragraph", ["Boats"], "Bye."),
    ]  # fmt: skip


def test_html_where_there_is_no_text_and_old_code_pages(inline):
    html = container(mail({"10130102": "<p>Häfen</p>".encode()}))
    assert blocks_of(inline(html, "a.msg"))[-1][2] == "Häfen"
    narrow = container(message({"0037001E": b"Caf\xe9", "1000001E": b"na\xefve words here"}))
    assert "naïve words" in inline(narrow, "a.msg").text


def test_attachments_and_attached_messages_are_read(inline):
    streams = mail({"1000001F": "See below."})
    streams |= message({"3707001F": "prices.csv", "37010102": b"boat,price\ndory,20\n"},
                       f"{ATTACHED}0/")  # fmt: skip
    streams |= message(
        {"3704001F": "x.zip", "37010102": b"PK\x03\x04" + bytes(40)}, f"{ATTACHED}1/"
    )
    streams |= message({"3707001F": "Re: hill"}, f"{ATTACHED}2/")
    streams |= message({"0037001F": "Hill", "1000001F": "Goats walk."},
                       f"{ATTACHED}2/__substg1.0_3701000D/")  # fmt: skip
    blocks = blocks_of(inline(container(streams), "a.msg"))
    assert ("table", ["Boats", "Attachment: prices.csv"], "boat | price\ndory | 20") in blocks
    assert [text for _, path, text in blocks if path[-1] == "Attachment: x.zip"][1].startswith(
        "Not"
    )
    assert blocks[-1] == ("paragraph", ["Boats", "Attachment: Re: hill"], "Goats walk.")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"words", "broken"), (b"", "empty"), (container({"other": b"x"}), "broken"),
        (container(mail())[:900], "broken"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 200, "broken"),
    ],
)  # fmt: skip
def test_what_is_no_message_has_a_reason(inline, data, code):
    with pytest.raises(UserError) as refused:
        inline(data, "a.msg")
    assert refused.value.code == code
