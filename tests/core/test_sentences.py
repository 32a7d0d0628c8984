"""Sentence offsets: every script, every character once, no cut in abbreviations or decimals."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.sentences import sentences


def split(text):
    return [text[a:b] for a, b in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("One.", ["One."]),
        (
            "He left. She stayed! Why? Nobody knew",
            ["He left.", "She stayed!", "Why?", "Nobody knew"],
        ),
        (
            "Dr. Smith paid $3.50 on Jan. 5. He left.",
            ["Dr. Smith paid $3.50 on Jan. 5.", "He left."],
        ),
        (
            "J. R. Moore wrote it. See Fig. 3 and No. 7.",
            ["J. R. Moore wrote it.", "See Fig. 3 and No. 7."],
        ),
        (
            "He said no. Then he sat. Later it rained.",
            ["He said no.", "Then he sat.", "Later it rained."],
        ),
        ("“Really?” he said. “Yes.” She nodded.", ["“Really?” he said.", "“Yes.”", "She nodded."]),
        ("It works, e.g. here. Done.[12] Next", ["It works, e.g. here.", "Done.[12]", "Next"]),
        (
            "Acme Inc. was sold. Acme Inc. He knew.",
            ["Acme Inc. was sold.", "Acme Inc.", "He knew."],
        ),
        ("Wait… and go. Stop… Now", ["Wait… and go.", "Stop…", "Now"]),
        ("2. Results were good.", ["2. Results were good."]),
        ("これはペンです。「本当？」はい！次", ["これはペンです。", "「本当？」", "はい！", "次"]),
        ("ما هذا؟ هذا كتاب. نعم", ["ما هذا؟", "هذا كتاب.", "نعم"]),
        ("यह घर है। वह बड़ा है।", ["यह घर है।", "वह बड़ा है।"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, expected):
    assert split(text) == expected


def test_lists_short_lines_and_blank_lines_end_sentences():
    text = "Shopping\n- eggs\n- flour\n1. Bake it\n2. Eat it\n\nthe end"
    assert split(text) == ["Shopping", "- eggs", "- flour", "1. Bake it", "2. Eat it", "the end"]


def test_a_wrapped_paragraph_is_not_cut_at_its_line_ends():
    text = (
        "The tenant pays the rent in advance to the account of\nMrs Adler, and not\nlater. "
        "Then\r\nthe rest."
    )
    assert split(text) == [
        "The tenant pays the rent in advance to the account of\nMrs Adler, and not\nlater.",
        "Then\r\nthe rest.",
    ]


def test_a_line_of_wide_characters_is_wrapped_at_half_the_count():
    wrapped = "이번 겨울 보일러 점검 결과 압력 밸브에서 확\n인된 누수는 3건이었다."
    assert split(wrapped) == [wrapped]
    assert split("보일러 점검\n압력 밸브") == ["보일러 점검", "압력 밸브"]


def test_a_stretch_gives_the_offsets_of_the_whole():
    text = "Not this. But this. And this! Not that."
    assert [text[a:b] for a, b in sentences(text, 10, 29)] == ["But this.", "And this!"]


@given(st.text(alphabet="ab A.!?。\n\r-1 ,;\"'”)…؟\u2029\x0c", max_size=80), st.data())
def test_every_visible_character_is_in_exactly_one_sentence(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = sentences(text, start, end)
    seen = [at for a, b in spans for at in range(a, b)]
    assert seen == sorted(set(seen))
    assert {at for at in range(start, end) if not text[at].isspace()} <= set(seen)
    assert all(start <= a < b <= end for a, b in spans)
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)


@pytest.mark.parametrize("unit", ["a. ", "a.b", "no stop ", ".", "\n", "1. ", '."', "[1]"])
def test_time_grows_with_length_only(unit):
    def seconds(text):
        start = time.thread_time()
        sentences(text)
        return time.thread_time() - start

    seconds(unit * 1000)
    assert seconds(unit * 60_000) < 200 * max(seconds(unit * 3_000), 5e-3)
