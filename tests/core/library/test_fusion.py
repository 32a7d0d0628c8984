"""Rankings are joined by weighted reciprocal ranks, and the same passage is not shown twice."""

import pytest

from carrel.library.fusion import Ranking, distinct, fuse, lifted


def test_the_formula():
    fused = fuse([Ranking([1, 2], 1.0), Ranking([2, 3], 2.0)], k=10)
    greatest = 3 / 11
    assert dict(fused) == {
        1: pytest.approx(1 / 11 / greatest),
        2: pytest.approx((1 / 12 + 2 / 11) / greatest),
        3: pytest.approx(2 / 12 / greatest),
    }
    assert [passage for passage, _ in fused] == [2, 3, 1]


def test_first_in_all_rankings_is_one_and_ties_keep_their_order():
    assert fuse([Ranking([7], 1.0), Ranking([7], 0.3)]) == [(7, pytest.approx(1.0))]
    assert [passage for passage, _ in fuse([Ranking([4], 1.0), Ranking([5], 1.0)])] == [4, 5]
    assert fuse([]) == []


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
