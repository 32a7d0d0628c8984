"""What carrel.reading.pdf_regions promises."""

from carrel.reading.pdf_regions import between, ruled
from carrel.reading.pdf_rules import Rule, Rules
from carrel.reading.pdf_words import Area


def frame(left, bottom, right, top):
    return Rules(
        [Rule(bottom, left, right), Rule(top, left, right)],
        [Rule(left, bottom, top), Rule(right, bottom, top)],
    )


def both(*several):
    return Rules(
        sorted(rule for one in several for rule in one.across),
        sorted(rule for one in several for rule in one.down),
    )


def areas(rules):
    return [tuple(region.area) for region in ruled(rules)]


def test_rules_that_meet_are_one_part():
    assert areas(frame(10, 10, 60, 40)) == [(10, 10, 60, 40)]
    assert areas(both(frame(10, 10, 60, 40), frame(100, 10, 160, 40))) == [
        (10, 10, 60, 40), (100, 10, 160, 40)
    ]  # fmt: skip


def test_lines_with_the_same_ends_are_one_part_however_far():
    lines = Rules([Rule(100, 50, 200), Rule(380, 51, 200), Rule(400, 50, 200)], [])
    assert areas(lines) == [(50, 100, 200, 400)]
    assert areas(Rules([Rule(100, 50, 200), Rule(400, 50, 300)], [])) == []


def test_shaded_rows_near_each_other_are_one_part():
    near = both(frame(10, 10, 60, 22), frame(10, 34, 60, 46))
    far = both(frame(10, 10, 60, 22), frame(10, 134, 60, 146))
    assert areas(near) == [(10, 10, 60, 46)]
    assert len(areas(far)) == 2


def test_a_short_line_belongs_to_the_smallest_part_around_it():
    short = Rules([Rule(30, 20, 40)], [])
    found = ruled(both(frame(0, 0, 500, 500), frame(10, 10, 60, 50), short))
    assert [len(region.rules.across) for region in found] == [3, 2]
    assert found[0].area == Area(10, 10, 60, 50)


def test_a_part_is_cut_with_its_rules():
    lines = Rules([Rule(y, 50, 200) for y in (100, 120, 300, 320)], [Rule(70, 300, 320)])
    part = between(ruled(lines)[0], 320, 300)
    assert [rule.at for rule in part.rules.across] == [300, 320]
    assert len(part.rules.down) == 1
    assert part.area == Area(50, 300, 200, 320)
