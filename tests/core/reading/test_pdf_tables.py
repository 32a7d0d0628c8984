"""What carrel.reading.pdf_tables promises: tables of many styles, and what is none."""

import pypdfium2
import pytest
from pypdfium2 import raw

from carrel.reading import pdf_tables
from carrel.reading.messages import RenderPage
from carrel.reading.render import render
from tests.core.reading.conftest import check_offsets
from tests.core.reading.pdf_maker import document, line
from tests.core.reading.pdf_tables_maker import (
    PITCH,
    across,
    down,
    prose,
    row,
    rows,
    shaded,
)

NUMBERS = [
    ["Region", "2023", "2024", "Change"],
    ["North", "1,250", "1,310", "4.8%"],
    ["South and the islands", "980", "1,002", "2.2%"],
    ["West", "77", "-", "-"],
    ["Total", "2,307", "2,312", "0.2%"],
]
TOLD = "\n".join(" | ".join(cells) for cells in NUMBERS)
RIGHT = [72, 300, 380, 460]
BEFORE = prose(72, 700, 4, 12)


def tables(found) -> list[str]:
    check_offsets(found)
    return [found.text[b.start : b.end] for b in found.blocks if b.kind == "table"]


def read(inline, lines, drawn="") -> list[str]:
    return tables(inline(document([lines], drawn=drawn), "x.pdf"))


def test_without_lines_right_aligned_numbers_make_columns(inline):
    found = inline(document([[*BEFORE, *rows(NUMBERS, RIGHT, 600, "lrrr")]]), "x.pdf")
    assert tables(found) == [TOLD]
    kinds = [b.kind for b in found.blocks]
    assert kinds == ["paragraph", "table"]


def test_ruled_on_all_sides(inline):
    ys = [610 - PITCH * n for n in range(6)]
    drawn = across(66, 470, *ys) + "\n" + down(ys[-1], ys[0], 66, 230, 310, 390, 470)
    assert read(inline, [*BEFORE, *rows(NUMBERS, RIGHT, 599, "lrrr")], drawn) == [TOLD]


def test_lines_above_and_below_the_heading_only(inline):
    drawn = across(66, 470, 612, 595, 540)
    assert read(inline, [*BEFORE, *rows(NUMBERS, RIGHT, 600, "lrrr")], drawn) == [TOLD]


def test_shaded_rows(inline):
    drawn = "\n".join(shaded(66, 597 - PITCH * n, 404, PITCH) for n in (0, 2, 4))
    assert read(inline, [*BEFORE, *rows(NUMBERS, RIGHT, 600, "lrrr")], drawn) == [TOLD]


def test_cells_of_several_lines_between_lines(inline):
    table = [
        ["Kind", "Before", "After"],
        ["Reach", "Water or food that\nmany people share", "High risk of\nspread in\ntowns"],
        ["Named", "Six of them", "Seventeen"],
        ["Code", "None", "Three of\nthem"],
    ]
    ys = [611, 597, 555, 541, 513]
    drawn = across(66, 470, *ys) + "\n" + down(513, 611, 66, 150, 310, 470)
    assert read(inline, rows(table, [72, 156, 316], 600), drawn) == [
        "Kind | Before | After\n"
        "Reach | Water or food that many people share | High risk of spread in towns\n"
        "Named | Six of them | Seventeen\n"
        "Code | None | Three of them"
    ]


def test_cells_of_several_lines_without_lines(inline):
    table = [
        ("Item", "What it is", "Price"),
        ("A-1", "A long lamp for the\nhall and stairs", "12.50"),
        ("A-2", "A short lamp", "8.00"),
        ("A-3", "A chair that can\nbe folded", "31.00"),
    ]
    drawn, y = [], 600.0
    for cells in table:
        drawn += row(cells, [72, 150, 400], y, "llr")
        y -= 22 if "\n" not in cells[1] else 22 + PITCH
    assert read(inline, drawn) == [
        "Item | What it is | Price\n"
        "A-1 | A long lamp for the hall and stairs | 12.50\n"
        "A-2 | A short lamp | 8.00\n"
        "A-3 | A chair that can be folded | 31.00"
    ]


def test_a_heading_over_two_columns_is_said_for_both(inline):
    lines = [
        *row(["Model", "Old", "New"], [72, 270, 430], 600, "lcc"),
        *row(["size", "time", "size", "time"], [250, 310, 410, 470], 584, "rrrr"),
        *rows([["small", "1.5", "20", "1.2", "9"], ["large", "7.0", "81", "6.6", "40"]],
              [72, 250, 310, 410, 470], 566, "lrrrr"),
    ]  # fmt: skip
    drawn = across(66, 476, 612, 579, 546) + "\n" + across(225, 312, 596)
    drawn += "\n" + across(385, 472, 596)
    assert read(inline, lines, drawn) == [
        "Model | Old | Old | New | New\n"
        "Model | size | time | size | time\n"
        "small | 1.5 | 20 | 1.2 | 9\n"
        "large | 7.0 | 81 | 6.6 | 40"
    ]


def test_a_cell_over_two_rows_is_said_in_both(inline):
    lines = [
        *row(["Layers", "Score"], [72, 300], 600, "ll"),
        *row(["6"], [80], 579), *row(["0.965"], [300], 586), *row(["0.969"], [300], 572),
    ]  # fmt: skip
    drawn = across(66, 400, 611, 597, 569) + "\n" + across(200, 400, 583)
    drawn += "\n" + down(569, 611, 66, 200, 400)
    assert read(inline, lines, drawn) == ["Layers | Score\n6 | 0.965\n6 | 0.969"]


def test_two_printed_lines_between_two_lines_are_one_row(inline):
    lines, ys = row(["Layers", "Kind", "Score"], [72, 160, 300], 600), [611.0, 597.0]
    for n, scores in enumerate((("0.965", "0.969"), ("0.938", "0.952"), ("0.923", "0.945"))):
        y = 586 - 28 * n
        lines += row([str(6 - n)], [80], y - 7)
        lines += row(["wide", scores[0]], [160, 300], y)
        lines += row(["long", scores[1]], [160, 300], y - PITCH)
        ys.append(y - PITCH - 3)
    drawn = across(66, 400, *ys) + "\n" + down(ys[-1], ys[0], 140, 260)
    assert read(inline, lines, drawn) == [
        "Layers | Kind | Score\n6 | wide long | 0.965 0.969\n"
        "5 | wide long | 0.938 0.952\n4 | wide long | 0.923 0.945"
    ]


def test_many_rows_of_numbers_between_two_lines_stay_rows(inline):
    drawn = across(66, 470, 612, 596, 553, 540) + "\n" + down(540, 612, 66, 230, 310, 390, 470)
    assert read(inline, rows(NUMBERS, RIGHT, 600, "lrrr"), drawn) == [TOLD]


def test_empty_cells_keep_the_columns(inline):
    table = [list(cells) for cells in NUMBERS]
    table[1][1] = table[2][2] = table[3][0] = table[3][3] = ""
    ys = [610 - PITCH * n for n in range(6)]
    drawn = across(66, 470, *ys) + "\n" + down(ys[-1], ys[0], 66, 230, 310, 390, 470)
    told = (
        "Region | 2023 | 2024 | Change\nNorth |  | 1,310 | 4.8%\n"
        "South and the islands | 980 |  | 2.2%\n | 77 | -\nTotal | 2,307 | 2,312 | 0.2%"
    )
    assert read(inline, rows(table, RIGHT, 599, "lrrr"), drawn) == [told]
    assert read(inline, rows(table, RIGHT, 599, "lrrr")) == [told]


def test_a_statement_of_accounts(inline):
    """Signs stand apart from their numbers, names go on in a second line, sections have names."""
    table = [
        ("Revenue", "$", "1,250", "$", "1,100"), ("Cost of sales", "", "(800)", "", "(720)"),
        ("Operating expenses:", "", "", "", ""), ("Sales, general and", "", "", "", ""),
        ("administrative", "", "90", "", "88"), ("Net income", "$", "360", "$", "292"),
    ]  # fmt: skip
    heads = row(["2023", "2022"], [400, 500], 614, "rr")
    lines = [*heads, *rows(table, [72, 330, 400, 430, 500], 600, "llrlr")]
    assert read(inline, [*prose(72, 720, 4, 12), *lines]) == [
        "| 2023 | 2022\nRevenue | $ 1,250 | $ 1,100\nCost of sales | (800) | (720)\n"
        "Operating expenses:\nSales, general and administrative | 90 | 88\n"
        "Net income | $ 360 | $ 292"
    ]


def test_two_tables_and_the_words_around_them_keep_their_order(inline):
    page = [
        *prose(72, 760, 3, 12),
        *rows(NUMBERS, RIGHT, 700, "lrrr"),
        line("Words between the two tables, which are a sentence.", 10, 72, 600),
        *rows(NUMBERS[:4], RIGHT, 560, "lrrr"),
        *prose(72, 480, 3, 12, seed=2),
    ]
    drawn = across(66, 470, 712, 695, 641) + "\n" + across(66, 470, 572, 555, 514)
    found = inline(document([page], drawn=drawn), "x.pdf")
    assert [b.kind for b in found.blocks] == [
        "paragraph", "table", "paragraph", "table", "paragraph"
    ]  # fmt: skip
    assert len(tables(found)) == 2


def test_cells_drawn_column_by_column_are_told_row_by_row(inline):
    xs = [72, 236, 316, 396]
    page = [
        line(cells[c], 10, xs[c], 599 - PITCH * n)
        for c in range(4) for n, cells in enumerate(NUMBERS)
    ]  # fmt: skip
    ys = [610 - PITCH * n for n in range(6)]
    drawn = across(66, 470, *ys) + "\n" + down(ys[-1], ys[0], 66, 230, 310, 390, 470)
    data = document([page], drawn=drawn)
    found = inline(data, "x.pdf")
    assert tables(found) == [TOLD]
    maps_hold(found, data)


def maps_hold(found, data) -> None:
    """Each character of the text is the one that pdfium has where the map points."""
    with pypdfium2.PdfDocument(data) as source:
        chars = source[0].get_textpage()
        for character, index in zip(found.text, found.char_maps[1], strict=True):
            if index >= 0 and not character.isspace():
                assert chr(raw.FPDFText_GetUnicode(chars, index)) == character
            assert index >= 0 or character in " |\n"


def test_the_box_of_a_cell_lies_on_that_cell(inline, opened):
    data = document([[*BEFORE, *rows(NUMBERS, RIGHT, 600, "lrrr")]])
    found = inline(data, "x.pdf")
    maps_hold(found, data)
    at = found.text.index("1,002")
    indices = found.char_maps[1][at : at + len("1,002")]
    drawn = RenderPage(page=1, width=612, ranges=[(indices[0], indices[-1] + 1)])
    image, _ = render(drawn, opened(data))
    (left, top, wide, high) = image.boxes[0]
    assert 380 - 30 < left < left + wide <= 381
    assert 792 - 600 + 2 * PITCH - 10 < top < top + high < 792 - 600 + 2 * PITCH + 4


CODE = [
    "def total(rows):", "    count   = 0", "    for row in rows:", "        count  += row[1];",
    "    return  count", "}", "print(total(found));", "if (a == b) { c(); }",
]  # fmt: skip
NOT_TABLES = {
    "two columns": ([*prose(60, 700, 30), *prose(320, 700, 30, seed=3)], ""),
    "two columns line by line": (
        sorted([*prose(60, 700, 30), *prose(320, 700, 30, seed=3)], key=lambda one: -one[4]), "",
    ),
    "two columns between two lines": (
        sorted([*prose(60, 700, 30), *prose(320, 700, 30, seed=3)], key=lambda one: -one[4]),
        across(60, 560, 730, 60),
    ),
    "three columns": (
        [one for x in (50, 230, 410) for one in prose(x, 700, 30, 4, seed=int(x))], "",
    ),
    "a numbered list": (
        [one for n in range(8) for one in row([f"{n + 1}.", f"Point {n} is short"], [60, 110],
                                              700 - 14 * n)], "",
    ),
    "contents with dots": (
        [one for n in range(8)
         for one in row([f"{n + 1}", f"Chapter of things {'.' * 40}", f"{3 + 9 * n}"],
                        [60, 90, 500], 700 - 14 * n, "llr")], "",
    ),
    "contents without dots": (
        [one for n in range(8)
         for one in row([f"Chapter number {n} of things", f"{3 + 9 * n}"],
                        [60, 500], 700 - 14 * n, "lr")], "",
    ),
    "formulas with numbers": (
        [one for n in range(6)
         for one in row([f"x = y + {n} z", f"({n + 1})"], [200, 500], 700 - 20 * n, "lr")], "",
    ),
    "code": ([line(words, 10, 60, 700 - 14 * n) for n, words in enumerate(CODE)], ""),
    "code in a box": (
        [line(words, 10, 60, 700 - 14 * n) for n, words in enumerate(CODE)],
        across(55, 500, 712, 590) + "\n" + down(590, 712, 55, 500),
    ),
    "a paragraph in a box": (prose(60, 700, 8, 14), "55 590 480 125 re S"),
    "authors beside each other": (
        [*row(["Ann Smith", "Bo Lee", "Cy Young"], [120, 300, 480], 700, "ccc"),
         *row(["Lund University", "Oslo College", "Rome Lab"], [120, 300, 480], 686, "ccc"),
         *row(["a@lund.se", "b@oslo.no", "c@rome.it"], [120, 300, 480], 672, "ccc"),
         *prose(72, 600, 12, 12)], "",
    ),
    "boxes of a diagram with lines between them": (
        [line(words, 8, x, y) for words, x, y in (
            ("Sender", 110, 640), ("Queue", 310, 640), ("Reader", 110, 540), ("Writer", 310, 540))],
        "100 620 80 40 re S 300 620 80 40 re S 100 520 80 40 re S 300 520 80 40 re S\n"
        + across(180, 300, 640, 540) + "\n" + down(560, 620, 140, 340),
    ),
    "a chart": (
        [*[line(str(20 * n), 8, 60, 500 + 40 * n) for n in range(6)],
         *[line(str(2000 + n), 8, 100 + 50 * n, 480) for n in range(8)]],
        across(80, 500, *[500 + 40 * n for n in range(6)])
        + "\n" + "\n".join(shaded(100 + 50 * n, 500, 30, 30 + 20 * n) for n in range(8)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_TABLES)
def test_what_only_looks_like_a_table_stays_text(inline, name):
    lines, drawn = NOT_TABLES[name]
    found = inline(document([lines], drawn=drawn), "x.pdf")
    assert tables(found) == []
    said = "".join("".join(one[0] for one in lines).split())
    assert len("".join(found.text.split())) == len(said)


def test_no_word_of_a_page_is_lost(inline):
    page = [*BEFORE, *rows(NUMBERS, RIGHT, 600, "lrrr"), *prose(72, 480, 5, 12)]
    found = inline(document([page], drawn=across(66, 470, 612, 595, 540)), "x.pdf")
    said = sorted(word for words, *_ in page for word in words.split())
    assert sorted(found.text.replace(" | ", " ").split()) == said


def test_a_table_over_the_limit_stays_text(inline, monkeypatch):
    page = rows(NUMBERS, RIGHT, 600, "lrrr")
    assert len(read(inline, page)) == 1
    monkeypatch.setattr(pdf_tables, "MAX_CELLS", 12)
    found = inline(document([page]), "x.pdf")
    assert tables(found) == []
    assert "South and the islands" in found.text


def test_looking_at_parts_of_a_page_is_bounded(inline, monkeypatch):
    said = ["alpha", "beta", "gamma", "delta", "omega", "theta"]
    places = [(x, y) for x in (72, 200, 300) for y in (600, 586)]
    page = [line(words, 10, x, y) for words, (x, y) in zip(said, places, strict=True)]
    drawn = across(66, 400, 611, 597, 583) + "\n" + down(583, 611, 66, 190, 290, 400)
    assert read(inline, page, drawn) == ["alpha | gamma | omega\nbeta | delta | theta"]
    monkeypatch.setattr(pdf_tables, "MAX_LOOKS", 0)
    found = inline(document([page], drawn=drawn), "x.pdf")
    assert tables(found) == []
    assert found.text.split() == said


def test_a_page_of_prose_is_hardly_measured(monkeypatch):
    """Words are looked at where a table may stand, not on every page."""
    full = [(words[:70].strip(), *rest) for words, *rest in prose(72, 740, 48, 16)]
    data = document([full])
    asked = []
    with pypdfium2.PdfDocument(data) as source:
        from carrel.reading import pdf
        from carrel.reading.pdf_objects import objects_of

        page, chars = source[0], source[0].get_textpage()
        text = pdf.clean_page(chars.get_text_range())
        lines = pdf._lines(chars, text, [])
        real = raw.FPDFText_GetLooseCharBox
        monkeypatch.setattr(
            raw, "FPDFText_GetLooseCharBox", lambda *a: (asked.append(1), real(*a))[1]
        )
        assert pdf_tables.find(objects_of(page), chars, text, [], lines) == []
    assert len(asked) < len(lines)
