"""Answers compared as texts: normalization, F1, numbers, yes and no, in several scripts."""

import pytest

from carrel.lab.texts import contains, exact, f1, number_match, numbers, words, yes_or_no


@pytest.mark.parametrize(
    ("given", "right", "same"),
    [
        ("The landlord.", "landlord", True),
        ("LANDLORD", "the Landlord!", True),
        ("1,450", "1450", True),
        ("1 450", "1450", True),
        ("Straße", "STRASSE", True),
        ("ﬁre", "fire", True),
        ("東京。", "東京", True),
        ("two", "2", False),
        ("tenant", "landlord", False),
        ("", "landlord", False),
    ],
)
def test_exact_match_is_of_normalized_words(given, right, same):
    assert exact(given, [right]) is same


def test_f1_counts_shared_words_and_takes_the_best_answer():
    assert f1("within 48 hours", ["48 hours"]) == pytest.approx(0.8)  # P 2/3, R 1
    assert f1("within 48 hours", ["never", "within 48 hours"]) == 1.0
    assert f1("nothing of it", ["48 hours"]) == 0.0
    assert f1("", ["48 hours"]) == 0.0
    assert f1("hours hours", ["48 hours"]) == pytest.approx(0.5)
    assert f1("東京都", ["東京"]) == pytest.approx(0.8)


def test_an_answer_contains_words_in_a_row():
    assert contains("It is due within 48 hours of notice.", ["48 hours"])
    assert not contains("It takes 148 hours.", ["48 hours"])
    assert not contains("Anything.", ["the"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,450 a month", [1450]),
        ("2.5 per cent", [2.5]),
        ("2,5 %", [2.5]),
        ("1.234.567,5", [1234567.5]),
        ("1\u202f450", [1450]),
        ("from 7:30 to 18:30", [7, 30, 18, 30]),
        ("−4 degrees", [-4]),
        ("٤٨ hours", [48]),
        ("no number", []),
    ],
)
def test_numbers_are_read_as_people_write_them(text, found):
    assert numbers(text) == found


def test_a_number_matches_unless_it_is_one_of_many():
    assert number_match("The rent is 1,450 a month.", ["1450"])
    assert number_match("It is 0.5.", ["0,5"])
    assert not number_match("It is 1,451.", ["1450"])
    assert not number_match("1, 2, 3, 4 or 5", ["3"])
    assert not number_match("nothing", ["3"])


def test_yes_and_no_are_how_an_answer_begins():
    assert [yes_or_no(t) for t in ("Yes, it may.", "Nein.", "Oui", "It may.", "")] == [
        "yes", "no", "yes", "", "",
    ]  # fmt: skip
    assert words("Yes, the dog's") == ["yes", "dogs"]
