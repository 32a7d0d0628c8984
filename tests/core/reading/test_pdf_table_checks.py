"""What carrel.reading.pdf_table_checks promises."""

import pytest

from carrel.reading.pdf_rows import Printed
from carrel.reading.pdf_table_checks import is_prose, is_table, is_told_by_space, is_upright
from carrel.reading.pdf_words import Word

GOOD = [["Region", "2023", "Change"], ["North", "12", "4%"], ["South", "9", "-1%"]]


def word(left, right, bottom=0.0, high=10.0, start=0):
    return Word(start, start + 4, left, bottom, right, bottom + high)


def test_two_by_two_and_mostly_filled():
    assert is_table([["a", "b"], ["c", "d"]])
    assert not is_table([["a", "b"]])
    assert not is_table([["a"], ["b"]])
    assert not is_table([["a", "b"], ["c", ""]])
    assert not is_table([["a", "", "", "", ""], ["", "b", "c", "", ""], ["", "", "", "", ""]])
    assert not is_table([["word " * 70, "word " * 70], ["word " * 70, "word " * 70]])


def test_a_table_without_lines():
    assert is_told_by_space(GOOD)
    assert is_told_by_space([["Name", "Town"], *[["Ann", "Oslo"], ["Bo", "Rome"]] * 3])


@pytest.mark.parametrize(
    "rows",
    [
        GOOD[:2],
        [["Name", "Town"], ["Ann", "Oslo"], ["Bo", "Rome"]],
        [["1.", "apples here"], ["2.", "pears there"], ["3.", "plums"], ["4.", "figs"]],
        [["a + b = c", "(1)"], ["c + d = e", "(2)"], ["e + f = g", "(3)"]],
        [["Preface ....... 1", "1"], ["Start ....... 9", "9"], ["End ........ 12", "12"]],
        [["Preface", "1"], ["Start", "9"], ["End of the book", "12"]],
        [["x = 1;", "12"], ["y = 2;", "13"], ["z = 3;", "14"]],
        [["Ann", "Bo"], ["Oslo", "Rome"], ["a@b.no", "b@c.it"], ["1", "2"]],
        [["5", "1 4"], ["3", "2 2"], ["7", "3 9"], ["7", "5 9"]],
        [["·", "∂", "3"], ["∑", "x", "4"], ["y", "=", "5"]],
        [["word " * 20, "word " * 20], ["word " * 20, "1"], ["word " * 20, "2"]],
    ],
)
def test_no_table_without_lines(rows):
    assert not is_told_by_space(rows)


def test_columns_of_lines_that_are_full_are_prose():
    def line(y, *widths):
        return Printed(y, 10, {c: [word(0, w, y), word(0, w), word(0, w)]
                               for c, w in enumerate(widths)})  # fmt: skip

    assert is_prose([line(12 * n, 200 - n, 198 + n) for n in range(6)])
    assert not is_prose([line(12 * n, 200 - n, 20 + 30 * n) for n in range(6)])
    assert not is_prose([line(12 * n, 200, 200) for n in range(3)])


def test_words_that_are_turned():
    upright, turned = word(0, 30), word(0, 10, high=30.0)
    assert is_upright([upright, upright, turned], lambda _: "word")
    assert not is_upright([upright, turned], lambda _: "word")
    assert is_upright([turned], lambda _: "a")
