"""What carrel.reading.pdf_layout promises."""

from hypothesis import given
from hypothesis import strategies as st

from carrel.reading.pdf_layout import Layout, Line
from carrel.reading.pdf_outline import Entry

HEIGHTS = st.sampled_from([0.0, 10.0, 12.0, 18.0, 30.0])


@st.composite
def pages(draw):
    """Lines with any geometry over a text of words."""
    words = draw(st.lists(st.text("abCD 1.:-", min_size=1, max_size=30), max_size=30))
    text, lines = "", []
    for said in words:
        if said.strip():
            start = len(text) + len(said) - len(said.lstrip())
            place = [draw(st.floats(-1e4, 1e4)) for _ in range(2)]
            end = len(text) + len(said.rstrip())
            lines.append(Line(start, end, *place, draw(HEIGHTS), draw(st.booleans())))
        text += said + "\n"
    return text, lines


ENTRIES = st.lists(st.builds(Entry, st.integers(1, 6), st.text("abCD 1", min_size=1)), max_size=5)


@given(st.lists(pages(), max_size=4), ENTRIES)
def test_any_geometry_gives_ordered_blocks_that_lose_no_word(found, entries):
    layout = Layout({1: entries} if entries else {})
    for number, (text, lines) in enumerate(found, 1):
        layout.learn(lines)
        last, kept = 0, ""
        for block in layout.blocks(number, text, lines):
            assert last <= block.start < block.end <= len(text)
            kept += text[block.start : block.end]
            last = block.end
        assert "".join(kept.split()) == "".join(text.split())


def body(count=10, first=0):
    return [
        Line(first + 30 * i, first + 30 * i + 29, 50, 700 - 14 * i, 12, False) for i in range(count)
    ]


def test_a_poster_of_large_lines_has_no_headings():
    text = "Large words everywhere here!!\n" * 10
    layout = Layout({})
    layout.learn(body(40))
    large = [line._replace(height=30) for line in body()]
    assert {b.kind for b in layout.blocks(1, text, large)} == {"paragraph"}


def test_a_repeated_running_head_does_not_open_a_section_again():
    text = "A Running Head Of The Book Ab\n" + "usual words of the body text.\n" * 9
    layout = Layout({})
    lines = body()
    lines[0] = lines[0]._replace(height=14)
    layout.learn(lines)
    assert layout.blocks(1, text, lines)[0].kind == "heading"
    assert layout.blocks(2, text, lines)[0].kind == "paragraph"


def test_a_sentence_in_bold_is_no_heading():
    text = "This is important to all men.\n" + "usual words of the body text.\n" * 9
    lines = body()
    lines[0] = lines[0]._replace(bold=True)
    layout = Layout({})
    layout.learn(lines)
    assert layout.blocks(1, text, lines)[0].kind == "paragraph"


def test_a_numbered_line_needs_less_to_be_a_heading():
    said = ["(1) “Terms” of the lease", "Terms of the lease here", *["x" * 29] * 8]
    text, lines = "", []
    for at, words in enumerate(said):
        height = 10.5 if at < 2 else 10.0
        lines.append(Line(len(text), len(text) + len(words), 50, 700 - 14 * at, height, False))
        text += words + "\n"
    layout = Layout({})
    layout.learn(lines)
    headings = [one for one in layout.blocks(1, text, lines) if one.kind == "heading"]
    assert [text[one.start : one.end] for one in headings] == [said[0]]
