"""Faults that the corpus found, each held by the smallest file that shows it."""

from __future__ import annotations

import io
import os
import tracemalloc

import pytest

from carrel.errors import UserError
from carrel.reading.assemble import read_file
from carrel.reading.client import ReaderProcess
from carrel.reading.inline import InlineReader
from carrel.reading.layout import MAX_BATCH, Piece, stream
from carrel.reading.spans import LONGEST, WIDEST, Spans
from carrel.reading.zip_package import Package
from tests.core.hostile import mails, offices
from tests.core.hostile.packages import KINDS
from tests.core.hostile.raw_zip import bomb, zipped
from tests.core.reading import office_files as office


@pytest.fixture
def read(tmp_path):
    """Read bytes under a name in this process; the text."""

    def reading(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        fd = os.open(path, os.O_RDONLY)
        try:
            return read_file(InlineReader(), fd, name).text
        finally:
            os.close(fd)

    return reading


def test_no_more_is_unpacked_than_the_table_says():
    kind = KINDS[0]
    part = bomb(kind.part, b"", b"", 300)._replace(size=100)
    package = Package(io.BytesIO(zipped(kind.entries(part=part))))
    tracemalloc.start()
    with pytest.raises(UserError, match="damaged"):
        package.read(kind.part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_text_boxes_in_text_boxes_are_read_once_each(read):
    depth = 30
    open_ = "".join(f"<text:p>word{i}<draw:text-box>" for i in range(depth))
    text = read("a.odt", office.odf("text", open_ + "</draw:text-box></text:p>" * depth))
    assert text.split() == [f"word{i}" for i in range(depth)]


def test_drawings_that_show_each_other_are_looked_at_once(read):
    assert read("circle.xlsx", offices._circle()) == "One\n\nwords"
    assert read("tree.xlsx", offices._drawing_tree(9, 10)) == "One\n\nwords"


def test_a_row_of_cells_that_span_much_has_an_end():
    spans = Spans()
    for _ in range(3):
        assert len(spans.row([("x", LONGEST, LONGEST)] * 300)) < 2 * WIDEST


def test_giant_pieces_are_not_put_together_by_the_thousand():
    made = []

    def pieces():
        for _ in range(40):
            made.append(1)
            yield Piece("table", "word " * (MAX_BATCH // 50))

    next(iter(stream(pieces())))
    assert len(made) < 20


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "hex", "zlib"])
def test_a_mail_in_an_encoding_that_is_none_is_read(read, charset):
    data = mails.mail(f'text/plain; charset="{charset}"', b"plain words and \xff\xfc")
    assert "plain words" in read("a.eml", data)


def test_a_mail_whose_name_has_a_giant_number_is_read(read):
    kind = f"text/plain; name*{'9' * 5_000}=x"
    assert "plain words" in read("a.eml", mails.mail(kind, b"plain words"))


def test_numbers_without_end_are_no_numbers(read):
    digits = "9" * 5_000
    book = offices.sheet(
        f'<row r="{digits}"><c t="s" s="{digits}"><v>{digits}</v></c><c><v>7</v></c></row>'
    )
    assert "7" in read("a.xlsx", book)
    space = office.odf(
        "text", f'<text:h text:outline-level="{digits}">x<text:s text:c="{digits}"/>y</text:h>'
    )
    assert read("a.odt", space) == "x y"


def test_a_file_that_ends_early_does_not_keep_the_reader_from_the_next(tmp_path, monkeypatch):
    """Who keeps the reason keeps its trace, and so what was at work when it was raised."""
    from carrel.reading import assemble

    monkeypatch.setattr(assemble, "MAX_CHARACTERS", 1_000_000)
    reader = ReaderProcess()
    for name, data in (("a.txt", b"words and more\n\n" * 2_000_000), ("b.txt", b"the next")):
        (tmp_path / name).write_bytes(data)
    first, second = (os.open(tmp_path / name, os.O_RDONLY) for name in ("a.txt", "b.txt"))
    with pytest.raises(UserError) as kept:
        read_file(reader, first, "a.txt")
    assert kept.value.code == "too_large"
    assert not reader.child.alive
    assert read_file(reader, second, "b.txt").text == "the next"
    reader.close()
    os.close(first)
    os.close(second)
