"""tesseract's table becomes text whose every word has its box."""

from carrel.reading.recognized import page_from_table

HEAD = (
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
)


def table(*rows):
    """Rows of (block, paragraph, line, left, top, width, height, confidence, text)."""
    lines = [HEAD, "1\t1\t0\t0\t0\t0\t0\t0\t1000\t800\t-1\t"]
    for block, par, number, left, top, width, height, conf, text in rows:
        place = f"{block}\t{par}\t{number}\t1"
        lines.append(f"5\t1\t{place}\t{left}\t{top}\t{width}\t{height}\t{conf}\t{text}")
    return "\n".join(lines) + "\n"


GOOD = table(
    (1, 1, 1, 100, 50, 80, 20, 95.5, "Pressure"),
    (1, 1, 1, 190, 50, 60, 20, 90, "and"),
    (1, 1, 1, 260, 50, 70, 20, 91, "tempe-"),
    (1, 1, 2, 100, 80, 60, 20, 89, "rature"),
    (1, 1, 2, 170, 80, 60, 20, 12, "rise."),
    (1, 2, 1, 100, 200, 60, 20, 93, "Section"),
    (1, 2, 1, 170, 200, 20, 20, 93, "4-"),
    (1, 2, 2, 100, 230, 20, 20, 93, "b"),
)


def test_lines_paragraphs_and_broken_words():
    page = page_from_table(GOOD, 1000, 800)
    assert page.text == "Pressure and tempe\xadrature rise.\n\nSection 4-\nb"
    assert [page.text[a:b] for a, b in page.paragraphs] == page.text.split("\n\n")
    assert [page.text[w[0] : w[1]] for w in page.words][-3:] == ["Section", "4-", "b"]
    section = page.section(7)
    assert (section.page, section.text) == (7, page.text)
    assert [block.kind for block in section.blocks] == ["paragraph", "paragraph"]


def test_boxes_are_those_of_the_words_one_per_line_at_the_size_it_is_drawn():
    page = page_from_table(GOOD, 1000, 800)
    start = page.text.index("and")
    assert page.boxes(start, page.text.index(" rise"), 500) == [
        (95.0, 25.0, 70.0, 10.0), (50.0, 40.0, 30.0, 10.0),
    ]  # fmt: skip
    assert page.boxes(8, 9, 500) == []
    assert page.boxes(2, 4, 1000) == [(100.0, 50.0, 80.0, 20.0)]


def test_a_doubtful_word_is_kept_and_a_page_of_noise_is_not():
    assert "rise." in page_from_table(GOOD, 1000, 800).text
    noise = table((1, 1, 1, 0, 0, 9, 9, 20, "~|i"), (1, 1, 1, 9, 0, 9, 9, 41, ";.:"))
    page = page_from_table(noise, 100, 100)
    assert (page.text, page.words, page.confidence) == ("", [], 30.5)
    assert "hardly text" in page.problem


def test_no_words():
    page = page_from_table(HEAD + "\n", 10, 10)
    assert (page.text, page.problem) == ("", "No words were recognized.")


def test_rows_that_are_not_as_they_should_be_are_passed_over():
    odd = GOOD + "5\t1\t1\n5\t1\t9\t9\t9\t1\tx\t1\t1\t1\t90\tbad\n\n\x00\n" + HEAD
    assert page_from_table(odd, 1000, 800) == page_from_table(GOOD, 1000, 800)
    quoted = table((1, 1, 1, 0, 0, 9, 9, 90, '"open'), (1, 1, 1, 9, 0, 9, 9, 90, "quote"))
    assert page_from_table(quoted, 10, 10).text == '"open quote'
