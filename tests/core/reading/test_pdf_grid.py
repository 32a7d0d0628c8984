"""What carrel.reading.pdf_grid promises."""

from carrel.reading.pdf_grid import Grid, edges
from carrel.reading.pdf_rules import Rule, Rules
from carrel.reading.pdf_words import Area, Word

AREA = Area(0, 0, 300, 90)
ACROSS = [Rule(y, 0, 300) for y in (0, 30, 60, 90)]
DOWN = [Rule(x, 0, 90) for x in (0, 100, 200, 300)]


def word(x, y, wide=20.0):
    return Word(int(1000 * y + x), int(1000 * y + x) + 3, x, y, x + wide, y + 10)


WORDS = [word(10 + 100 * c, 10 + 30 * r) for c in range(3) for r in range(3)]


def grid(across=ACROSS, down=DOWN, words=WORDS, most=1000):
    return Grid(AREA, Rules(across, down), words, 6, lambda some: "9", most)


def owners(found):
    return [[found.owner(r, c) for c in range(found.columns)] for r in range(found.rows)]


def test_every_place_is_a_cell_where_all_lines_are_drawn():
    found = grid()
    assert found.sound
    assert not found.open
    assert owners(found) == [[(r, c) for c in range(3)] for r in range(3)]
    assert found.place(word(110, 70)) == (0, 1)


def test_a_missing_line_joins_two_places():
    down = [Rule(0, 0, 90), Rule(100, 0, 60), Rule(200, 0, 90), Rule(300, 0, 90)]
    words = [one for one in WORDS if (one.left, one.bottom) != (110, 70)]
    assert owners(grid(down=down, words=words))[0] == [(0, 0), (0, 0), (0, 2)]
    assert owners(grid(down=down))[0] == [(0, 0), (0, 1), (0, 2)]  # words stand in both
    across = [Rule(0, 0, 300), Rule(30, 0, 300), Rule(60, 100, 300), Rule(90, 0, 300)]
    found = grid(across=across)
    assert [found.owner(r, 0) for r in range(3)] == [(0, 0), (0, 0), (2, 0)]
    assert found.is_tall((1, 0))
    assert not found.is_tall((1, 1))


def test_without_lines_down_the_space_between_words_makes_columns():
    found = grid(down=[])
    assert found.open
    assert found.sound
    assert [round(x) for x in found.xs] == [0, 70, 170, 300]


def test_lines_of_a_drawing_make_no_grid():
    across = [Rule(0, 0, 300), Rule(30, 0, 90), Rule(60, 210, 300), Rule(90, 0, 300)]
    down = [Rule(0, 0, 90), Rule(100, 0, 30), Rule(200, 60, 90), Rule(300, 0, 90)]
    assert not grid(across, down).sound


def test_more_places_than_a_table_may_have():
    assert grid(most=9).sound
    assert not grid(most=8).sound


def test_a_frame_with_columns_of_its_own_inside_is_no_grid():
    down = [Rule(0, 0, 90), Rule(100, 60, 90), Rule(200, 60, 90), Rule(300, 0, 90)]
    across = [Rule(0, 0, 300), Rule(60, 0, 300), Rule(90, 0, 300)]
    inside = [word(x, y) for x in (10, 250) for y in (2, 14, 26, 38)]
    heads = [word(x, 70) for x in (10, 110, 210)]
    assert not grid(across, down, [*heads, *inside]).sound


def test_places_that_are_nearly_the_same_are_one():
    assert edges([10, 11, 30, 9]) == [9, 30]
