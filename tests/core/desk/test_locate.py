"""A quote is marked where it stands now, or nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.desk.requests import ViewSource
from carrel.desk.sources import _Text, locate, page_of, runs
from carrel.store.rows import PageRange

QUOTE = "The lessor pays."


def asked(start):
    return ViewSource(document="/d", start=start, end=start + len(QUOTE), quote=QUOTE)


def text(words, state="stored"):
    return _Text(words, [], None, "", state)


@pytest.mark.parametrize(
    ("words", "start", "state", "marked"),
    [
        (f"Intro. {QUOTE} End.", 7, "stands", QUOTE),
        (f"A new first line. Intro. {QUOTE} End.", 7, "moved", QUOTE),
        ("Intro. The lessee pays. End.", 7, "changed", ""),
        ("", 7, "changed", ""),
    ],
)
def test_places(words, start, state, marked):
    place = locate(text(words), asked(start))
    assert place.state == state
    assert words[place.start : place.end] == marked
    assert bool(place.note) == (state != "stands")


def test_of_two_places_the_nearer_is_marked():
    words = f"{QUOTE}{' ' * 50}{QUOTE}"
    assert locate(text(words), asked(60)).start == 66
    assert locate(text(words), asked(5)).start == 0


def test_a_missing_file_says_so():
    assert locate(text(QUOTE, "missing"), asked(0)).state == "missing"


@given(st.text(max_size=60), st.text(max_size=60), st.integers(0, 80))
def test_a_mark_is_the_quote_or_nothing(before, after, start):
    words = before + QUOTE + after
    for whole in (words, before + after):
        place = locate(text(whole), asked(start))
        assert whole[place.start : place.end] in (QUOTE, "")


def test_pages_are_found_by_offset():
    pages = [PageRange(1, 0, 10), PageRange(2, 12, 20)]
    assert [page_of(pages, n) for n in (0, 9, 11, 12, 99)] == [1, 1, 1, 2, 2]
    assert page_of([], 5) is None


def test_the_characters_of_a_quote_are_marked_and_nothing_between_its_cells():
    assert runs([3, 4, 5]) == [(3, 6)]
    assert runs([3, 4, 7, 8]) == [(3, 9)]  # pdfium has two characters without text there
    assert runs([30, 31, -1, -1, -1, 5, 6]) == [(30, 32), (5, 7)]
    assert runs([30, 31, -1, 80]) == [(30, 32), (80, 81)]
    assert runs([-1, -1]) == []
    assert runs([]) == []
