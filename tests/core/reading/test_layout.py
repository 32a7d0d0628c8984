"""What carrel.reading.layout promises."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from carrel.process.frames import encode
from carrel.reading.layout import (
    MAX_BLOCKS,
    MAX_SECTION,
    HeadingPath,
    Piece,
    compose,
    cut_point,
    sections,
    stream,
    trimmed,
)
from carrel.reading.messages import Block, Section

KINDS = st.sampled_from(["heading", "paragraph", "list", "table", "code"])
PIECES = st.lists(
    st.builds(Piece, KINDS, st.text("ab \n", max_size=40), st.integers(min_value=0, max_value=9)),
    max_size=40,
)


@given(PIECES)
def test_composed_blocks_cover_their_text_in_order(pieces):
    text, blocks = compose(pieces)
    last = 0
    for block in blocks:
        assert last <= block.start < block.end <= len(text)
        assert text[block.start : block.end].strip()
        last = block.end
    said = "".join("".join(piece.text.split()) for piece in pieces)
    assert "".join(text.split()) == said


@given(PIECES)
def test_sections_join_to_the_whole_text(pieces):
    text, blocks = compose(pieces)
    cut = list(sections(text, blocks))
    assert "".join(s.text for s in cut) == (text if blocks else "")
    assert sum(len(s.blocks) for s in cut) == len(blocks)
    for section in cut:
        for block in section.blocks:
            assert 0 <= block.start < block.end <= len(section.text)


@given(PIECES)
def test_a_stream_says_the_same_as_the_whole(pieces):
    text, blocks = compose(pieces)
    cut = list(stream(iter(pieces)))
    assert "".join(s.text for s in cut) == text
    assert [b.headings for s in cut for b in s.blocks] == [b.headings for b in blocks]


def test_a_stream_carries_headings_and_gaps_over_its_batches():
    pieces = [Piece("heading", "Top", 1), *[Piece("paragraph", "words")] * (2 * MAX_BLOCKS)]
    cut = list(stream(iter(pieces)))
    assert len(cut) == 3
    assert all(b.headings == ["Top"] for s in cut for b in s.blocks)
    assert "".join(s.text for s in cut) == "\n\n".join(["Top", *["words"] * (2 * MAX_BLOCKS)])


def test_many_blocks_and_long_blocks_fit_a_frame():
    heading = "ü" * 500
    pieces = [Piece("heading", heading + str(i), i % 6) for i in range(2 * MAX_BLOCKS)]
    text, blocks = compose([*pieces, Piece("paragraph", "word " * 100_000)])
    cut = list(sections(text, blocks))
    assert "".join(s.text for s in cut) == text
    for section in cut:
        assert len(section.text) <= MAX_SECTION
        assert len(section.blocks) <= MAX_BLOCKS
        assert msgspec.json.decode(msgspec.json.encode(section), type=Section) == section
        encode(section)


def test_the_heading_path_follows_the_levels():
    path = HeadingPath()
    assert path.enter(1, "A") == ["A"]
    assert path.enter(3, "A.x") == ["A", "A.x"]
    assert path.enter(2, "A.1") == ["A", "A.1"]
    assert path.enter(1, "  B\n b ") == ["B b"]
    assert path.enter(2, " ") == ["B b"]


def test_a_heading_block_ends_its_own_path():
    _, blocks = compose([Piece("heading", "One", 1), Piece("paragraph", "words")])
    assert [b.headings for b in blocks] == [["One"], ["One"]]


def test_list_items_stay_together_and_code_keeps_its_indent():
    text, _ = compose(
        [Piece("list", "a"), Piece("list", "b"), Piece("code", "\n    x = 1\n"), Piece("list", "c")]
    )
    assert text == "a\nb\n\n    x = 1\n\nc"


def test_cuts_prefer_blank_lines_then_lines_then_spaces():
    assert cut_point("aaaa\n\nbbb ccc", 0, 13, 8) == 6
    assert cut_point("aaaaa\nbb ccc", 0, 12, 9) == 6
    assert cut_point("aaaaaaaaaaaa", 0, 12, 9) == 9
    assert cut_point("short", 0, 5, 9) == 5


@given(st.text("a \n", max_size=30), st.data())
def test_trimmed_never_leaves_its_range(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = trimmed(text, start, end)
    assert start <= first <= last <= max(end, first)
    assert text[first:last] == text[start:end].strip()


def test_a_block_over_the_limit_is_divided():
    text = "word " * 60_000
    cut = list(sections(text, [Block(kind="paragraph", start=0, end=len(text), headings=["H"])]))
    assert len(cut) == 2
    assert all(b.headings == ["H"] for s in cut for b in s.blocks)
    assert max(b.end - b.start for s in cut for b in s.blocks) <= MAX_SECTION
