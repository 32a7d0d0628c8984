"""What carrel.reading.pdf_rows promises."""

from carrel.reading.pdf_rows import every_line_is_a_row, grouped, placed, printed, words_of
from carrel.reading.pdf_words import Word


class Sheet:
    """Printed lines of words, from "cell|cell" and a height."""

    def __init__(self) -> None:
        self._said: list[str] = []

    def line(self, y, text, xs=(0, 200, 300)):
        found = []
        for x, cell in zip(xs, text.split("|"), strict=False):
            for said in cell.split():
                at = len(self._said)
                self._said.append(said)
                found.append(Word(at, at + 1, float(x), y, x + 5.0 * len(said), y + 10))
                x += 5 * len(said) + 3
        return found

    def printed(self, y, text):
        return printed(self.line(y, text), lambda word: (word.left >= 200) + (word.left >= 300))

    def say(self, words):
        return " ".join(self._said[word.start] for word in words)

    def rows(self, *lines):
        groups = grouped([self.printed(y, text) for y, text in lines], self.say)
        return ["|".join(self.say(words_of(group, c)) for c in range(3)) for group in groups]


def test_each_line_with_numbers_is_a_row():
    lines = [(100, "Kind|Old|New"), (88, "small thing|1|2"), (76, "large|3|4"), (64, "|5|6")]
    assert Sheet().rows(*lines) == ["Kind|Old|New", "small thing|1|2", "large|3|4", "|5|6"]


def test_words_that_had_no_room_go_on_below():
    assert Sheet().rows(
        (100, "lamp|hung from high|2"), (88, "|ceilings|"), (76, "chair|folds|31")
    ) == ["lamp|hung from high ceilings|2", "chair|folds|31"]


def test_words_that_had_room_are_a_row():
    lines = [(100, "lamp|hung from very high up|2"), (88, "mat|red|3"), (76, "|blue|")]
    assert len(Sheet().rows(*lines)) == 3


def test_a_name_that_goes_on_where_the_numbers_stand():
    lines = [(100, "net cash that was earned by||"), (88, "work of the year|5|6")]
    assert Sheet().rows(*lines) == ["net cash that was earned by work of the year|5|6"]
    lines = [(100, "Assets that are kept for||"), (88, "Cash|5|6")]
    assert len(Sheet().rows(*lines)) == 2


def test_rows_that_stand_apart_hold_lines_that_stand_near():
    lines = [(100, "lamp|hung up|2"), (88, "|red|"), (66, "mat|red|3"), (44, "cup|blue|4")]
    assert Sheet().rows(*lines) == ["lamp|hung up red|2", "mat|red|3", "cup|blue|4"]


def test_a_heading_of_two_lines_is_one_row():
    lines = [(100, "Dose|Loss|Rate"), (88, "(grams)||per year"), (76, "a|1|2"), (64, "b|3|4")]
    assert Sheet().rows(*lines)[0] == "Dose (grams)|Loss|Rate per year"


def test_lines_between_two_rules_that_are_rows():
    sheet = Sheet()

    def rows(*texts):
        lines = [sheet.printed(100 - 12 * n, text) for n, text in enumerate(texts)]
        return every_line_is_a_row(lines, sheet.say)

    assert rows("a|1|2", "b|3|4")
    assert not rows("a|1|2", "|3|4")  # one name beside two lines
    assert rows("a|1|2", "|3|4", "|5|6", "|7|8")  # beside many
    assert not rows("a long|text that", "goes|on here")
    assert not rows("a|1|2")


def test_a_heading_over_columns_stands_in_each():
    sheet = Sheet()
    lines = [sheet.line(100, "Kind|Years of the report", (0, 220)), sheet.line(88, "a|1|2")]
    found = placed(lines, [-1e9, 150, 280, 1e9], 6, sheet.say)
    assert sheet.say(found[0].cells[1]) == sheet.say(found[0].cells[2]) == "Years of the report"
    assert sheet.say(found[1].cells[2]) == "2"
