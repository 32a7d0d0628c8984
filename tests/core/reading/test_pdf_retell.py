"""What carrel.reading.pdf_retell promises."""

import re

from hypothesis import given
from hypothesis import strategies as st

from carrel.reading.pdf_layout import Line
from carrel.reading.pdf_retell import retold
from carrel.reading.pdf_tables import Table
from carrel.reading.pdf_words import Word


def page(text):
    lines = [Line(*m.span(), 0, 0, 10, False) for m in re.finditer(r"[^\n]+", text)]
    words = [
        Word(*m.span(), m.start(), 0, m.end(), 10) for m in re.finditer(r"[^\s\xad]+\xad?", text)
    ]
    return lines, words


def check(text, char_map, found):
    told, mapped, lines = found
    assert len(told) == len(mapped)
    for character, index in zip(told, mapped, strict=True):
        if index >= 0:
            assert text[char_map.index(index) if char_map else index] == character
    at = 0
    for line in lines:
        assert at <= line.start < line.end <= len(told)
        at = line.end


def test_a_table_stands_where_its_first_word_stood():
    text = "Before it. a b\nc other\nd after"
    lines, words = page(text)
    a, b, c, d = words[2], words[3], words[4], words[6]
    table = Table([[[a], [b]], [[c], []], [[], [d]]], [a, b, c, d])
    found = retold(text, [], lines, [table])
    assert found[0] == "Before it.\na | b\nc\n | d\nother\nafter"
    assert [line.kind for line in found[2]] == ["paragraph", "table", "paragraph", "paragraph"]
    check(text, [], found)


def test_a_page_without_tables_stays_as_it_is():
    lines, _ = page("one\ntwo")
    assert retold("one\ntwo", [0, 1, 2, 4, 5, 6, 7], lines, []) == (
        "one\ntwo", [0, 1, 2, 4, 5, 6, 7], lines
    )  # fmt: skip


def test_words_of_a_cell_are_joined_but_for_a_hyphen():
    text = "Ef\xadfects of\nx"
    lines, words = page(text)
    table = Table([[words[:3], [words[3]]]], words)
    assert retold(text, [], lines, [table])[0] == "Ef\xadfects of | x"


def test_the_map_goes_on_from_the_pages_own():
    text = "a b"
    lines, words = page(text)
    table = Table([[[words[1]], [words[0]]]], words)
    assert retold(text, [5, 6, 9], lines, [table])[:2] == ("b | a", [9, -1, -1, -1, 5])


@given(st.lists(st.sampled_from(["a", "bc", "\n", "d\xade"]), min_size=1, max_size=25), st.data())
def test_any_table_keeps_the_map_and_every_word(parts, data):
    text = " ".join(parts)
    lines, words = page(text)
    taken = data.draw(st.lists(st.sampled_from(words), unique=True)) if words else []
    if not taken:
        return
    cells = [[] if data.draw(st.booleans()) else [word] for word in taken]
    kept = [word for cell in cells for word in cell]
    if not kept:
        return
    char_map = data.draw(st.sampled_from([[], [3 + 2 * n for n in range(len(text))]]))
    found = retold(text, char_map, lines, [Table([cells, []], kept)])
    check(text, char_map, found)
    assert sorted(found[0].replace("|", " ").replace("\xad", "\xad ").split()) == sorted(
        text.replace("\xad", "\xad ").split()
    )
