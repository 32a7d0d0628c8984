"""Words and meaning give one score, neighbours rise, and the same passage is not shown twice."""

import pytest

from carrel.library.fusion import blend, distinct, lifted


def test_the_mean_of_what_words_and_meaning_say():
    scores = blend({1: 8.0, 2: 4.0}, {1: 0.2, 2: 0.4, 3: 0.3, 4: -0.1}, (0.35, 0.65))
    assert scores == {
        1: pytest.approx(0.35 + 0.65 * 0.5),
        2: pytest.approx(0.35 * 0.5 + 0.65),
        3: pytest.approx(0.65 * 0.75),
        4: 0.0,
    }


def test_what_has_no_vector_yet_is_judged_by_its_words():
    scores = blend({1: 8.0, 2: 6.0, 3: 1.0}, {1: 0.4, 3: 0.5}, (1.0, 1.0))
    assert scores[2] == pytest.approx(0.75)
    assert scores[1] == pytest.approx(0.9)
    assert blend({1: 8.0, 2: 6.0}, {}, (0.3, 0.7)) == {1: 1.0, 2: 0.75}
    assert blend({}, {}, (1.0, 1.0)) == {}
    assert blend({}, {1: -0.5}, (1.0, 1.0)) == {1: 0.0}


def test_passages_rise_towards_better_neighbours():
    scores = {(1, 4): 1.0, (1, 5): 0.5, (1, 6): 0.6, (1, 8): 0.4, (2, 5): 0.3}
    assert lifted(scores, 0.5) == {
        (1, 4): 1.0,
        (1, 5): pytest.approx(0.75),
        (1, 6): 0.6,
        (1, 8): 0.4,
        (2, 5): 0.3,
    }
    assert lifted(scores, 0.0) == scores
    assert lifted({}, 0.5) == {}


def words(text):
    return frozenset(text.split())


def test_what_says_the_same_is_left_out():
    nine = "a b c d e f g h i"
    items = [nine + " j", nine + " j", "j " + nine, nine + " k", "x y"]
    assert distinct(items, words, 10) == [nine + " j", nine + " k", "x y"]
    assert distinct(items, words, 1) == [nine + " j"]
    assert distinct(["", "a", ""], words, 10) == ["", "a"]


def test_another_number_is_another_statement():
    many = " ".join("abcdefghijklmnopqrstuvwxyz")
    assert distinct([many + " 2023", many + " 2024"], words, 10) == [many + " 2023", many + " 2024"]
    assert distinct([many + " 2023", many + " year 2023"], words, 10) == [many + " 2023"]


def test_nearly_the_same_is_the_same():
    many = " ".join(f"w{a}{b}" for a in "abcdefg" for b in "abcdef")
    assert distinct([many, many + " more"], words, 10) == [many]
    assert distinct([many, many + " and quite a few words more than there were"], words, 10) == [
        many,
        many + " and quite a few words more than there were",
    ]
