"""What carrel.reading.pdf_rules promises."""

import pypdfium2
import pytest

from carrel.reading import pdf_objects, pdf_rules
from carrel.reading.pdf_objects import objects_of
from carrel.reading.pdf_rules import Rule, drawn, joined
from tests.core.reading.pdf_maker import build, document, line, stream
from tests.core.reading.pdf_tables_maker import across, down, shaded


def rules_of(drawing: str, data: bytes = b""):
    data = data or document([[line("words")]], drawn=drawing)
    with pypdfium2.PdfDocument(data) as source:
        page = source[0]
        found = drawn(objects_of(page))
    return [[tuple(round(v) for v in rule) for rule in rules] for rules in found]


def test_lines_boxes_and_shades_give_their_edges():
    assert rules_of(across(50, 200, 700)) == [[(700, 50, 200)], []]
    assert rules_of("50 600 100 40 re S") == [
        [(600, 50, 150), (640, 50, 150)], [(50, 600, 640), (150, 600, 640)]
    ]  # fmt: skip
    assert rules_of(shaded(50, 600, 100, 40)) == rules_of("50 600 100 40 re S")


def test_a_thin_area_is_one_line_and_white_is_paper():
    assert rules_of("50 600 100 1 re f") == [[(600, 50, 150)], []]
    assert rules_of("50 600 1 40 re f") == [[], [(50, 600, 640)]]
    assert rules_of(shaded(50, 600, 100, 40, grey=1)) == [[], []]


def test_many_areas_can_be_filled_at_once():
    drawing = "50 700 100 1 re\n50 600 100 1 re\n50 600 1 100 re\n90 90 m 150 200 l 200 90 l h f"
    assert rules_of(drawing) == [[(600, 50, 150), (700, 50, 150)], [(50, 600, 700)]]


def test_what_is_slanted_curved_or_short_is_no_rule():
    drawing = "50 50 m 90 300 l S\n50 50 m 60 90 70 90 80 50 c S\n50 50 m 52 50 l S"
    assert rules_of(drawing) == [[], []]


def test_parts_of_a_line_are_joined():
    assert joined([Rule(10, 5, 20), Rule(10.4, 21, 40), Rule(10, 60, 70)]) == [
        Rule(pytest.approx(10.13, abs=0.01), 5, 40), Rule(pytest.approx(10.13, abs=0.01), 60, 70)
    ]  # fmt: skip


def test_shades_of_one_colour_on_top_of_each_other_are_one_area():
    assert rules_of(shaded(50, 600, 100, 20) + shaded(50, 620, 100, 20))[0] == [
        (600, 50, 150), (640, 50, 150)
    ]  # fmt: skip
    assert len(rules_of(shaded(50, 600, 100, 20) + shaded(50, 620, 100, 20, grey=0.5))[0]) == 3


def test_lines_in_a_form_stand_where_it_is_drawn():
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 300 300] /Matrix [1 0 0 1 5 0]"
    data = build(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /XObject << /F 5 0 R >> >> >>",
            4: stream(b"q 2 0 0 2 100 100 cm /F Do Q"),
            5: stream(b"10 20 m 60 20 l S", form),
        }
    )
    assert rules_of("", data) == [[(140, 130, 230)], []]


def test_a_drawing_of_very_many_lines_has_no_rules():
    few = "\n".join(across(50, 200, 2 * y) for y in range(pdf_rules.MAX_RULES))
    assert len(rules_of(few)[0]) == pdf_rules.MAX_RULES
    assert rules_of(few + "\n" + across(50, 200, 701)) == [[], []]


def test_objects_and_segments_over_the_limits_are_not_looked_at(monkeypatch):
    drawing = across(50, 200, 700, 600, 500)
    assert len(rules_of(drawing)[0]) == 3
    monkeypatch.setattr(pdf_objects, "MAX_OBJECTS", 2)
    assert len(rules_of(drawing)[0]) == 2
    monkeypatch.setattr(pdf_rules, "MAX_SEGMENTS", 3)
    assert len(rules_of(drawing)[0]) == 1


def test_down():
    assert rules_of(down(100, 300, 70, 90))[1] == [(70, 100, 300), (90, 100, 300)]
