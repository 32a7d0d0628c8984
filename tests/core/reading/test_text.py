"""What carrel.reading.text promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import UserError
from carrel.reading import text as reading
from carrel.reading.layout import MAX_SECTION
from carrel.reading.messages import Extract
from tests.core.reading.conftest import check_offsets


def test_paragraphs_are_the_stretches_between_blank_lines(inline):
    document = inline(b"First line\nsecond line.\r\n\r\n  Next paragraph.  \n\n\n", "a.txt")
    assert document.text.startswith("First line\nsecond line.\n\n  Next")
    assert [document.text[b.start : b.end] for b in document.blocks] == [
        "First line\nsecond line.",
        "Next paragraph.",
    ]
    assert {b.kind for b in document.blocks} == {"paragraph"}
    assert document.title == "a"
    assert document.pages == []
    check_offsets(document)


def test_a_long_file_comes_in_sections_without_a_seam(opened, cancel):
    words = "".join(f"Sentence number {i} of a long file. " for i in range(40_000))
    request = Extract(format="text", name="a.txt", size=0)
    sections = [
        r for r in reading.extract(request, opened(words.encode()), cancel) if hasattr(r, "text")
    ]
    assert len(sections) > 5
    assert "".join(s.text for s in sections) == words
    assert max(len(s.text) for s in sections) <= MAX_SECTION


def test_it_stops_when_told(opened, cancel):
    cancel.set()
    request = Extract(format="text", name="a.txt", size=0)
    assert list(reading.extract(request, opened(b"words"), cancel)) == []


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b" \n\t ", "empty"), (bytes(range(256)) * 9, "binary")]
)
def test_reasons(inline, data, code):
    with pytest.raises(UserError) as caught:
        inline(data, "a.txt")
    assert caught.value.code == code


def test_too_large_is_said_before_reading(opened, cancel, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    request = Extract(format="text", name="a.txt", size=0)
    with pytest.raises(UserError, match="Carrel reads up to"):
        list(reading.extract(request, opened(b"more than ten"), cancel))


@given(st.text(st.sampled_from("ab .\n\t") | st.characters(codec="utf-8"), max_size=500))
def test_blocks_are_in_range_in_order_and_not_empty(text):
    blocks = list(reading.paragraphs(text))
    last = 0
    for block in blocks:
        assert last <= block.start < block.end <= len(text)
        assert text[block.start : block.end].strip()
        last = block.end
    kept = "".join(text[b.start : b.end] for b in blocks)
    assert "".join(kept.split()) == "".join(text.split())
