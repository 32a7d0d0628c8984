"""Passages: exact offsets, sentence ends, headings with what follows, nothing lost or doubled."""

import random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.library import chunking
from carrel.library.chunking import chunk, prefix
from tests.core.library.whole_chunking import whole


class Block(NamedTuple):
    kind: str
    start: int
    end: int
    headings: tuple[str, ...] = ()


class Page(NamedTuple):
    page: int
    start: int
    end: int


def count_words(texts):
    return [len(text.split()) for text in texts]


def document(*parts):
    """Text and blocks from (kind, text, headings), a blank line between the parts."""
    text, blocks = "", []
    for kind, part, headings in parts:
        blocks.append(Block(kind, len(text), len(text) + len(part), headings))
        text += part + "\n\n"
    return text, blocks


def texts(text, chunks):
    return [text[one.start : one.end] for one in chunks]


def test_sentences_are_packed_up_to_the_size():
    text = "One two three. Four five six. Seven eight nine. Ten."
    chunks = chunk(text, [], [], count_words, size=6)
    assert texts(text, chunks) == ["One two three. Four five six.", "Seven eight nine. Ten."]
    assert [one.tokens for one in chunks] == [6, 4]


def test_a_heading_opens_a_passage_and_stays_with_what_follows():
    text, blocks = document(
        ("paragraph", "Before all.", ()),
        ("heading", "Rules", ("Rules",)),
        ("heading", "Rent", ("Rules", "Rent")),
        ("paragraph", "It is due on Monday.", ("Rules", "Rent")),
        ("heading", "Noise", ("Rules", "Noise")),
        ("paragraph", "None after ten.", ("Rules", "Noise")),
    )
    chunks = chunk(text, blocks, [], count_words, size=100)
    assert texts(text, chunks) == [
        "Before all.",
        "Rules\n\nRent\n\nIt is due on Monday.",
        "Noise\n\nNone after ten.",
    ]
    assert [one.headings for one in chunks] == [(), ("Rules", "Rent"), ("Rules", "Noise")]


def test_a_passage_rather_ends_with_its_paragraph():
    text, blocks = document(
        ("paragraph", "One two three four. Five six seven eight.", ()),
        ("paragraph", "Nine ten.", ()),
        ("paragraph", "Eleven twelve thirteen.", ()),
    )
    assert texts(text, chunk(text, blocks, [], count_words, size=10)) == [
        "One two three four. Five six seven eight.",
        "Nine ten.\n\nEleven twelve thirteen.",
    ]


def test_a_table_is_cut_at_lines_and_a_long_sentence_at_words():
    rows = "\n".join(f"row {i} has five cells" for i in range(10))
    text, blocks = document(("table", rows, ()), ("paragraph", "word " * 50, ()))
    chunks = chunk(text, blocks, [], count_words, size=20)
    assert all(one.tokens <= 20 for one in chunks)
    table = [part for part in texts(text, chunks) if "row" in part]
    assert [len(part.splitlines()) for part in table] == [4, 4, 2]
    assert sum(part.count("word") for part in texts(text, chunks)) == 50
    words = [one.tokens for one in chunks if "word" in text[one.start : one.end]]
    assert max(words) - min(words) <= 5, "a long sentence is cut evenly"


def test_text_without_spaces_is_cut_too():
    text = "漢字" * 500
    chunks = chunk(text, [], [], lambda some: [len(one) for one in some], size=128)
    assert "".join(texts(text, chunks)) == text
    assert all(one.tokens <= 128 for one in chunks)


def test_a_document_of_headings_only_is_not_one_giant_passage():
    parts = [("heading", f"Heading number {i}", (f"Heading number {i}",)) for i in range(100)]
    text, blocks = document(*parts)
    chunks = chunk(text, blocks, [], count_words, size=30)
    assert max(one.tokens for one in chunks) <= 60
    assert sum(part.count("Heading") for part in texts(text, chunks)) == 100


def test_the_page_is_that_of_the_start():
    text = "One two. Three four. Five six. Seven eight."
    pages = [Page(1, 0, 20), Page(2, 20, 31), Page(4, 31, len(text))]
    chunks = chunk(text, [], pages, count_words, size=4)
    assert [one.page for one in chunks] == [1, 2]
    assert chunk(text, [], [], count_words)[0].page is None


def test_text_outside_blocks_is_not_lost():
    text = "Outside one. Inside. Outside two."
    blocks = [Block("paragraph", 13, 20, ("H",))]
    chunks = chunk(text, blocks, [], count_words, size=50)
    assert texts(text, chunks) == ["Outside one.", "Inside. Outside two."]


def test_tokens_are_counted_a_part_at_a_time_and_words_once(monkeypatch):
    calls = []

    def counted(some):
        calls.append(some)
        return count_words(some)

    monkeypatch.setattr(chunking, "_CHARACTERS", 5_000)
    text = "A short one. " * 3_000 + "Long " * 900
    chunk(text, [], [], counted, size=20)
    assert len(calls) > 5
    assert max(sum(map(len, some)) for some in calls) < 10_000
    assert calls[-1] == ["Long"], "nine hundred times the same word"


@pytest.mark.parametrize("at_once", [1, 3, 10_000])
@given(parts=st.deferred(lambda: PARTS), size=st.integers(1, 12))
def test_passages_are_the_same_whatever_is_counted_at_once(at_once, parts, size):
    text, blocks = document(*parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunking, "_AT_ONCE", at_once)
        assert chunk(text, blocks, [], count_words, size) == whole(text, blocks, count_words, size)


@pytest.mark.parametrize("size", [5, 20, 128])
def test_long_texts_give_the_same_passages_as_in_one_piece(size):
    rng = random.Random(size)
    kinds = ["heading", "paragraph", "list", "table", "code", "record"]
    parts = []
    for number in range(600):
        words = " ".join(rng.choice(["goat.", "hill", "Boat", "harbour\n", "x" * 99, "at. The"])
                         for _ in range(rng.choice([1, 4, 30, 300])))  # fmt: skip
        parts.append((rng.choice(kinds), words, (f"H{number // 7}",)))
    text, blocks = document(*parts)
    found = chunk(text, blocks, [], count_words, size)
    assert len(found) > 300
    assert found == whole(text, blocks, count_words, size)


def test_a_long_document_gives_way_often_and_is_cut_the_same():
    """However long it is, only some hundred sentences are measured between two looks up."""
    sizes, looks = [], []

    def counted(some):
        sizes.append(len(some))
        return count_words(some)

    text = "A short sentence stands here. " * 3_000
    chunks = chunk(text, [], [], counted, size=20, between=lambda: looks.append(len(sizes)))
    assert max(sizes) <= 500
    assert looks == [1, 2, 3, 4, 5, 6]
    assert len(chunks) == 750
    assert {texts(text, [one])[0] for one in chunks} == {
        "A short sentence stands here. " * 3 + "A short sentence stands here."
    }


KINDS = st.sampled_from(["heading", "paragraph", "list", "table", "code"])
PARTS = st.lists(
    st.tuples(KINDS, st.text("ab .\n|-。x", max_size=9), st.sampled_from([(), ("H",), ("H", "I")])),
    max_size=8,
)  # fmt: skip


@given(PARTS, st.integers(1, 12))
def test_passages_cover_everything_once_and_in_order(parts, size):
    text, blocks = document(*parts)
    chunks = chunk(text, blocks, [], count_words, size)
    seen = [at for one in chunks for at in range(one.start, one.end)]
    assert seen == sorted(set(seen))
    assert {at for at, sign in enumerate(text) if not sign.isspace()} <= set(seen)
    assert all(text[one.start : one.end].strip() == text[one.start : one.end] for one in chunks)


@pytest.mark.parametrize(
    ("title", "headings", "expected"),
    [
        ("Lease", ("Rules", "Rent"), "Lease > Rules > Rent"),
        ("Lease", ("LEASE", "Rent"), "Lease > Rent"),
        ("", (), ""),
        ("A\n title", ("",), "A title"),
    ],
)
def test_the_prefix_says_where_a_passage_stands(title, headings, expected):
    assert prefix(title, headings) == expected
