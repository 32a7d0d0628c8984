"""What carrel.reading.pdf_outline promises."""

import pypdfium2

from carrel.reading import pdf_outline
from carrel.reading.pdf_outline import Entry, read_outline
from tests.core.reading.pdf_maker import document, line

PAGES = [[line("one")], [line("two")]]


def outline_of(data: bytes):
    with pypdfium2.PdfDocument(data) as source:
        return read_outline(source)


def test_bookmarks_stand_on_their_pages_in_order():
    data = document(PAGES, outline=[("A", 1), ("B", 2), ("C", 2)])
    assert outline_of(data) == {1: [Entry(1, "A")], 2: [Entry(1, "B"), Entry(1, "C")]}
    assert outline_of(document(PAGES)) == {}


def test_a_circle_of_bookmarks_ends():
    data = document(PAGES, outline=[("A", 1), ("B", 2)])
    circle = data.replace(b"/Prev 100 0 R", b"/Next 100 0 R")
    assert circle != data
    assert outline_of(circle) == {1: [Entry(1, "A")], 2: [Entry(1, "B")]}


def test_a_flood_of_bookmarks_is_cut(monkeypatch):
    monkeypatch.setattr(pdf_outline, "MAX_ENTRIES", 3)
    data = document(PAGES, outline=[(f"T{i}", 1) for i in range(9)])
    assert len(outline_of(data)[1]) == 3
