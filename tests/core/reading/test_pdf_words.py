"""What carrel.reading.pdf_words promises."""

import pypdfium2

from carrel.reading import pdf
from carrel.reading.pdf_words import Area, Word, Words, baselines, told
from tests.core.reading.pdf_maker import document, line

PAGE = [line("Two words", y=700), line("below", x=200, y=686)]


def word(start, left, bottom, wide=20.0, high=10.0):
    return Word(start, start + 3, left, bottom, left + wide, bottom + high)


def test_words_have_their_boxes_and_are_looked_at_once():
    with pypdfium2.PdfDocument(document([PAGE])) as source:
        chars = source[0].get_textpage()
        text = pdf.clean_page(chars.get_text_range())
        lines = pdf._lines(chars, text, [])
        words = Words(chars, text, [], 100)
        assert words.known(lines[0]) == []
        found = words.of(lines)
        assert [words.text(one) for one in found] == ["Two", "words", "below"]
        assert words.known(lines[0]) == found[:2]
        assert 49 < found[0].left < found[0].right < found[1].left < 150
        assert found[2].left >= 199
        assert found[2].top < found[0].top
        assert len(Words(chars, text, [], 2).of(lines)) == 2


def test_a_word_broken_at_a_lines_end_is_two():
    class Boxes(Words):
        def box(self, start, end):
            return word(start, start, 0)._replace(end=end)

    from carrel.reading.pdf_layout import Line

    words = Boxes(None, "Ef\xadfects of", [], 10)
    found = words.of([Line(0, 12, 0, 0, 10, False)])
    assert [words.text(one) for one in found] == ["Ef\xad", "fects", "of"]


def test_words_on_a_baseline_stand_together_from_left_to_right():
    a, b, c = word(0, 100, 50), word(4, 20, 52), word(8, 20, 38)
    assert baselines([c, a, b]) == [[b, a], [c]]


def test_a_cell_is_told_in_the_order_of_the_text():
    right_to_left = [word(0, 100, 50), word(4, 20, 50), word(8, 60, 36)]
    assert told(right_to_left[::-1]) == right_to_left


def test_an_area_holds_what_has_its_centre_inside():
    area = Area(0, 0, 50, 50)
    assert area.holds(word(0, 35, 10))
    assert not area.holds(word(0, 45, 10))
    assert area.size == 2500
