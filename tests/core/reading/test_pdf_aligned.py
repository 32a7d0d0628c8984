"""What carrel.reading.pdf_aligned promises."""

from carrel.reading.pdf_aligned import aligned
from carrel.reading.pdf_layout import Line
from carrel.reading.pdf_words import Word

WIDE = 5.0  # points of a character


class Page:
    """Lines of text, each with what it adds to its width."""

    def __init__(self, *lines: tuple[str, float, float]) -> None:
        self.text, self.lines, self._widths, self.asked = "", [], {}, 0
        for said, y, more in lines:
            start = len(self.text)
            self.lines.append(Line(start, start + len(said), 50, y, 10, False))
            self._widths[start, start + len(said)] = WIDE * len(said) + more
            self.text += said + "\n"

    def box(self, start, end):
        self.asked += 1
        wide = self._widths.get((start, end), WIDE * (end - start))
        return Word(start, end, 50, 0, 50 + wide, 10)

    def runs(self):
        return [
            [self.text[line.start : line.end] for line in run.lines]
            for run in aligned(self.text, self.lines, self.box)
        ]


PROSE = [
    ("words of a paragraph that fill the whole of this line", 700 - 12 * n, 0) for n in range(40)
]
TABLE = [(f"thing {n} {n}", 200 - 12 * n, 200) for n in range(4)]


def test_lines_with_gaps_are_found_and_full_lines_are_not_measured():
    page = Page(*PROSE, *TABLE)
    assert page.runs() == [[said for said, *_ in TABLE]]
    assert page.asked < len(PROSE)


def test_three_lines_at_least():
    assert Page(*PROSE, *TABLE[:3]).runs()
    assert Page(*PROSE, *TABLE[:2]).runs() == []


def test_a_line_without_a_gap_may_stand_between():
    label = ("Assets", 200 - 12 * 4, 0)
    more = [(f"more {n} {n}", 140 - 12 * n, 200) for n in range(2)]
    assert Page(*PROSE, *TABLE, label, *more).runs() == [
        [said for said, *_ in [*TABLE, label, *more]]
    ]


def test_a_large_line_and_a_large_space_part_two_tables():
    page = Page(*TABLE, ("Heading", 200 - 12 * 4, 0), *[(s, y - 60, w) for s, y, w in TABLE])
    page.lines[4] = page.lines[4]._replace(height=14)
    assert len(page.runs()) == 2
    assert len(Page(*TABLE, *[(s, y - 120, w) for s, y, w in TABLE]).runs()) == 2


def test_the_lines_around_are_named():
    page = Page(("Kind One Two", 212, 0), *TABLE, ("Total", 150, 0), *PROSE[:20])
    run = next(aligned(page.text, page.lines, page.box))
    said = [page.text[line.start : line.end] for band in (*run.before, *run.after) for line in band]
    assert said == ["Kind One Two", "Total"]


def test_a_page_full_of_tables_is_measured_as_a_whole():
    table = [
        ("a name of some length and some words with one 5", 700 - 12 * n, 90) for n in range(40)
    ]
    assert len(Page(*table).runs()[0]) == 40
