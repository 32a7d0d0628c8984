"""Streams of token bytes become whole characters, cut before a stop text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from carrel.engine.decoding import TextStream


def run(pieces, stops=()):
    stream = TextStream(stops)
    given_out = [stream.feed(piece) for piece in pieces]
    return [*given_out, stream.finish()], stream


def test_characters_split_over_tokens_wait():
    data = "é漢😀".encode()
    out, _ = run([data[i : i + 1] for i in range(len(data))])
    assert out == ["", "é", "", "", "漢", "", "", "", "😀", ""]


def test_bytes_that_are_no_text_become_replacement_characters():
    out, _ = run([b"a\xff", b"\xe2\x82"])
    assert out == ["a\ufffd", "", "\ufffd"]


def test_a_stop_text_over_tokens_is_cut_off():
    out, stream = run([b"Yes.\nQ", b"uest", b"ion: and", b" more"], ["\nQuestion:"])
    assert out == ["Yes.", "", "", "", ""]
    assert stream.stopped
    assert stream.text == "Yes."


def test_a_false_beginning_of_a_stop_is_given_out():
    out, stream = run([b"a\n", b"Quick"], ["\nQuestion:"])
    assert out == ["a", "\nQuick", ""]
    assert not stream.stopped


def test_the_earliest_of_several_stops_counts():
    _, stream = run([b"one END two STOP"], ["STOP", "END", ""])
    assert stream.text == "one "


@given(st.text(), st.lists(st.integers(1, 5)), st.lists(st.text(min_size=1), max_size=3))
def test_what_is_given_out_does_not_depend_on_the_cuts(text, sizes, stops):
    data, pieces = text.encode(), []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    out, stream = run([*pieces, data], stops)
    places = [at for stop in stops if (at := text.find(stop)) >= 0]
    assert "".join(out) == stream.text == text[: min(places, default=len(text))]
    assert stream.stopped == bool(places)
