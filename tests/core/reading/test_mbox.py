"""What carrel.reading.mbox promises."""

from carrel.reading import mbox
from tests.core.reading.conftest import check_offsets, code_of

TWO = (
    b"From ann Mon Jan  1 00:00:00 2024\nSubject: First\n\nHello\n>From here on\nFrom you too\n\n"
    b"From bob Mon Jan  1 00:00:00 2024\nSubject: Second\n\nBye\n"
)


def test_each_message_is_a_heading(inline):
    document = inline(TWO, "a.mbox")
    headings = [b.headings for b in document.blocks if b.kind == "heading"]
    assert headings == [["First"], ["Second"]]
    assert "Hello\nFrom here on\nFrom you too" in document.text
    assert document.text.endswith("Bye")
    check_offsets(document)


def test_a_message_over_the_limit_is_cut_and_says_so(inline, monkeypatch):
    monkeypatch.setattr(mbox, "MAX_MESSAGE", 40)
    text = inline(TWO, "a.mbox").text
    assert "The rest of this message is too large" in text
    assert text.endswith("Bye")


def test_a_mailbox_over_the_limit_is_refused(inline, monkeypatch):
    monkeypatch.setattr(mbox, "MAX_BYTES", 50)
    assert code_of(lambda: inline(TWO, "a.mbox")) == "too_large"


def test_a_file_without_messages_is_refused(inline):
    assert code_of(lambda: inline(b"no mail here\n", "a.mbox")) == "broken"
