"""The streaming cleaner gives the same text however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.answering.stream import AnswerStream


def clean(*pieces: str, **options: bool) -> str:
    stream = AnswerStream(**options)  # type: ignore[arg-type]
    return "".join([*(stream.feed(piece) for piece in pieces), stream.finish()])


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Paris [1].", "Paris."),
        ("Paris [1, 2] is [3-4] it【5】.", "Paris is it."),
        ("Paris (Passage 2).", "Paris."),
        ("Paris (passages 1 and 2).", "Paris."),
        ("Answer: Paris.", "Paris."),
        ("\n [2] Paris.", "Paris."),
        ("An array [x] and (1) stay.", "An array [x] and (1) stay."),
        ("In [2019-20 season it was so.", "In [2019-20 season it was so."),
        ("Paris.\n\nQuestion: and Rome?", "Paris."),
        ("Paris. \n\n\n", "Paris."),
        ("Answers differ.", "Answers differ."),
        ("Ans", "Ans"),
        ("End [1", "End [1"),
        ("One.\n\nTwo.", "One.\n\nTwo."),
    ],
)
def test_cleaning(raw: str, text: str) -> None:
    assert clean(raw) == text
    assert clean(*raw) == text


@settings(deadline=None)  # a busy machine is no defect
@given(
    st.lists(
        st.sampled_from(
            ["Paris", " ", "\n", "[1]", "[", "12", "]", "(Passage 3)", "(pass", "Answer:", ".",
             "\nQuestion:", "\nQue", "【", "】", "a", ", ", "é", "<|im_end|>", "<|im"]
        ),
        max_size=14,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_cut_of_the_stream_does_not_matter(parts: list[str], random: object) -> None:
    raw = "".join(parts)
    assert clean(raw) == clean(*raw) == clean(*parts)
    assert not clean(raw)[:1].isspace()


def test_text_comes_out_as_soon_as_it_is_certain() -> None:
    stream = AnswerStream()
    assert stream.feed("Paris is") == "Paris is"
    assert stream.feed(" ") == ""
    assert stream.feed("[1") == ""
    assert stream.feed("] big") == " big"
    assert stream.finish() == ""


def test_after_a_stop_nothing_comes() -> None:
    stream = AnswerStream()
    assert stream.feed("Yes.\nUser: no") == "Yes."
    assert stream.stopped
    assert stream.feed("more") == ""
    assert stream.finish() == ""


def test_markers_stay_when_asked_to() -> None:
    assert clean("use a[1] here", markers=False) == "use a[1] here"
