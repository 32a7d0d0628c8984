"""What carrel.reading.eml and the message pieces promise."""

from email.message import EmailMessage, Message

from carrel.reading import attachments, mail
from tests.core.reading.conftest import check_offsets, code_of


def _message(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in {"Subject": "Lease", "From": "Ann <a@x.org>", **headers}.items():
        message[name] = value
    return message


def test_headers_text_and_attachments(inline):
    message = _message(Subject="Mietvertrag für März", To="b@x.org")
    message.set_content("Dear Bob,\n\nthe rent is 900.")
    message.add_alternative("<p>the rent is 900.</p>", subtype="html")
    message.add_attachment("Clause one.\n", filename="terms.txt")
    message.add_attachment("<h1>Plan</h1><p>Two rooms.</p>", subtype="html", filename="p.html")
    document = inline(message.as_bytes(), "a.eml")
    top = "Mietvertrag für März"
    found = [(b.kind, b.headings, document.text[b.start : b.end]) for b in document.blocks]
    terms, plan = [top, "Attachment: terms.txt"], [top, "Attachment: p.html"]
    assert found == [
        ("heading", [top], top),
        ("paragraph", [top], f"From: Ann <a@x.org>\nTo: b@x.org\nSubject: {top}"),
        ("paragraph", [top], "Dear Bob,"),
        ("paragraph", [top], "the rent is 900."),
        ("heading", terms, "Attachment: terms.txt"),
        ("paragraph", terms, "Clause one."),
        ("heading", plan, "Attachment: p.html"),
        ("heading", [*plan, "Plan"], "Plan"),
        ("paragraph", [*plan, "Plan"], "Two rooms."),
    ]
    assert document.title == top
    check_offsets(document)


def test_html_is_read_where_there_is_no_plain_text(inline):
    message = _message()
    message.set_content("<p>Only <b>this</b></p>", subtype="html")
    assert inline(message.as_bytes(), "a.eml").text.endswith("\n\nOnly this")


def test_an_attachment_that_cannot_be_read_says_why_and_the_rest_is_read(inline):
    message = _message()
    message.set_content("See the film.")
    message.add_attachment(b"\0\1\2", maintype="video", subtype="mp4", filename="f.mp4")
    message.add_attachment("last", filename="last.txt")
    text = inline(message.as_bytes(), "a.eml").text
    assert "Attachment: f.mp4\n\nNot read: This is a sound or video" in text
    assert text.endswith("last")


def test_too_large_an_attachment_says_so(inline, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_BYTES", 100)
    message = _message()
    message.set_content("Short.")
    message.add_attachment("x" * 101, filename="big.txt")
    text = inline(message.as_bytes(), "a.eml").text
    assert "Short." in text
    assert "Not read: The attachment is" in text
    assert "xxx" not in text


def test_more_attachments_than_the_limit_are_counted(inline, monkeypatch):
    monkeypatch.setattr(mail, "MAX_ATTACHMENTS", 2)
    message = _message()
    message.set_content("Body.")
    for number in range(5):
        message.add_attachment(f"text {number}", filename=f"{number}.txt")
    text = inline(message.as_bytes(), "a.eml").text
    assert "text 1" in text
    assert "text 2" not in text
    assert text.endswith("3 more attachments are not read.")


def test_messages_in_messages_are_read_to_a_depth(inline):
    message = _message(Subject="level 0")
    message.set_content("text 0")
    for number in range(1, mail.MAX_DEPTH + 3):
        outer = _message(Subject=f"level {number}")
        outer.set_content(f"text {number}")
        outer.add_attachment(message)
        message = outer
    text = inline(message.as_bytes(), "a.eml").text
    assert f"text {number - mail.MAX_DEPTH}" in text
    assert "text 0" not in text
    assert "too deeply" in text


def test_unknown_charsets_and_bad_encoding_still_give_the_words(inline):
    raw = (
        b"Subject: =?no-such-set?q?caf=E9?=\nFrom: =?utf-8?b?!!!?=\n"
        b"Content-Type: text/plain; charset=no-such\n\nbody stays\n"
    )
    text = inline(raw, "a.eml").text
    assert text.startswith("café")
    assert text.endswith("body stays")


def test_what_is_no_message_is_refused(inline):
    assert code_of(lambda: inline(b"\n\njust text", "a.eml")) == "broken"


def test_only_the_start_of_an_endless_header_is_decoded():
    long = Message()
    long["Subject"] = "=?utf-8?q?x?= " * 200_000
    start = "x" * 700  # the words within the limit, joined
    assert mail.header(long, "Subject").startswith(start)
    assert len(mail.header(long, "Subject")) <= 1_000
