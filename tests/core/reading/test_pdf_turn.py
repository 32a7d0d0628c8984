"""What carrel.reading.pdf_turn promises."""

import pypdfium2
import pytest

from carrel.reading.pdf_rules import Rule, Rules
from carrel.reading.pdf_turn import quarters, turned, turned_rules
from tests.core.reading.pdf_maker import document, line
from tests.core.reading.pdf_tables_maker import across, down

TABLE = [["Region", "2023", "2024"], ["North", "1", "2"], ["South", "3", "4"]]
MATRICES = {0: "1 0 0 1", 1: "0 1 -1 0", 2: "-1 0 0 -1", 3: "0 -1 1 0"}


def sideways(turns: int, words: str, x: float, y: float) -> str:
    return f"BT /A 10 Tf {MATRICES[turns]} {x} {y} Tm ({words}) Tj ET"


@pytest.mark.parametrize("turns", MATRICES)
def test_the_way_that_text_is_written(turns):
    drawing = "\n".join(sideways(turns, "some words", 300, 300 + 14 * n) for n in range(3))
    with pypdfium2.PdfDocument(document([[]], drawn=drawing)) as source:
        chars = source[0].get_textpage()
        assert quarters(chars, chars.get_text_range(), []) == turns


def test_text_of_both_ways_and_no_text_stay():
    data = document([[line("words that lie as usual")]], drawn=sideways(1, "ab", 9, 9))
    with pypdfium2.PdfDocument(data) as source:
        chars = source[0].get_textpage()
        assert quarters(chars, chars.get_text_range(), []) == 0
        assert quarters(chars, "", []) == 0


def test_places_turn_with_what_is_drawn_there():
    assert turned((10, 20, 30, 60), 0) == (10, 20, 30, 60)
    assert turned((10, 20, 30, 60), 1) == (20, -30, 60, -10)
    assert turned((10, 20, 30, 60), 4) == (10, 20, 30, 60)
    rules = Rules([Rule(20, 10, 30)], [Rule(10, 20, 60), Rule(30, 20, 60)])
    assert turned_rules(rules, 1) == Rules(
        [Rule(-30, 20, 60), Rule(-10, 20, 60)], [Rule(20, -30, -10)]
    )
    assert turned_rules(rules, 4) == rules


def test_a_table_that_is_written_sideways(inline):
    drawing = [down(66, 400, 89, 103, 117, 131), across(89, 131, 66, 230, 310, 400)]
    drawing += [
        sideways(1, cell, 100 + 14 * n, x)
        for n, cells in enumerate(TABLE) for x, cell in zip((72, 236, 316), cells, strict=True)
    ]  # fmt: skip
    found = inline(document([[]], drawn="\n".join(drawing), page_entries=b"/Rotate 90"), "x.pdf")
    assert [b.kind for b in found.blocks] == ["table"]
    assert found.text == "Region | 2023 | 2024\nNorth | 1 | 2\nSouth | 3 | 4"
