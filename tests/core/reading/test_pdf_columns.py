"""What carrel.reading.pdf_columns promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.reading.pdf_columns import (
    column_at,
    covered,
    fits,
    gutters,
    height_of,
    is_number,
    parted,
    segments,
)
from carrel.reading.pdf_words import Word

GAP = 6.0


def words(y, *spans):
    return [Word(i, i + 1, float(a), y, float(b), y + 10) for i, (a, b) in enumerate(spans)]


@pytest.mark.parametrize(
    "cell",
    ["12", "1,234.50", "(0.75)", "-3", "−3", "$1,234", "US$ 5", "45 %", "1.2e5"[:3], "0.97 ± 0.02",
     "2024-11-15", "7:30 PM", "12 kg", "-", "—", "n/a", "5.39E-05"[:4], "3x", "*5", "12.5**"],
)  # fmt: skip
def test_numbers(cell):
    assert is_number(cell)


@pytest.mark.parametrize(
    "cell", ["", "North", "Q1 2019", "12 months", "1. Introduction", "x = 3", "A-1", "3 of the"]
)
def test_no_numbers(cell):
    assert not is_number(cell)


@given(st.text())
def test_any_text_is_a_number_or_not(cell):
    assert is_number(cell) in (True, False)


def test_a_line_parts_at_wide_gaps():
    line = words(0, (0, 20), (23, 40), (60, 80))
    assert [len(part) for part in segments(line, GAP)] == [2, 1]


def test_columns_part_where_no_line_has_words():
    lines = [words(y, (0, 30 + y), (100, 120), (160, 180)) for y in (0, 12, 24)]
    assert gutters(lines, GAP) == [pytest.approx(77), pytest.approx(140)]
    assert gutters(lines[:1], GAP) == []
    assert gutters([words(0, (0, 300)), words(12, (0, 290))], GAP) == []


def test_a_heading_in_the_middle_makes_no_column():
    body = [words(y, (0, 30), (100, 120), (160, 180)) for y in (0, 12, 24)]
    assert len(gutters([words(36, (0, 30), (130, 150)), *body], GAP)) == 2


def test_a_long_cell_moves_the_edge_of_its_column():
    body = [words(y, (0, 10), (100, 120)) for y in (0, 12, 24)]
    assert gutters([words(36, (0, 70)), *body], GAP) == [85]


def test_one_line_of_many_may_cross():
    lines = [words(12 * n, (0, 30), (100, 120)) for n in range(12)]
    assert len(gutters([*lines, words(150, (0, 110), (118, 130))], GAP)) == 1


def test_a_line_fits_where_the_columns_stay_apart():
    lines = [words(y, (0, 30), (100, 120), (160, 180)) for y in (0, 12, 24)]
    assert fits(words(36, (0, 20), (90, 120)), lines, GAP)
    assert not fits(words(36, (0, 20)), lines, GAP)
    assert not fits(words(36, (0, 110), (117, 130), (136, 180)), lines, GAP)


def test_words_part_at_the_edge_of_a_column_where_their_space_is_wider():
    line = words(0, (0, 30), (35, 60), (63, 80))
    assert [len(part) for part in parted(line, [-5, 32, 90], GAP)] == [1, 2]
    assert [len(part) for part in parted(line, [-5, 61, 90], GAP)] == [3]


def test_places():
    bounds = [0.0, 10.0, 20.0]
    assert [column_at(bounds, x) for x in (-5, 0, 9, 10, 25)] == [0, 0, 0, 1, 1]
    assert list(covered(words(0, (2, 18)), bounds)) == [0, 1]
    assert list(covered(words(0, (2, 11)), bounds)) == [0]
    assert height_of([]) == 1
