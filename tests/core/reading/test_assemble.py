"""What carrel.reading.assemble promises."""

import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import UserError, WorkerDied
from carrel.reading import assemble as module
from carrel.reading.assemble import PageSpan, PlacedBlock, ReaderKilled, assemble, read_file
from carrel.reading.messages import Block, Extract, Extracted, Section
from tests.core.reading.conftest import code_of
from tests.core.reading.pdf_maker import document, line

REQUEST = Extract(format="pdf", name="a.pdf", size=0)
DIED = WorkerDied("reader", "aborted.")


def section(text, page=None, char_map=(), headings=()):
    blocks = (
        [Block(kind="paragraph", start=0, end=len(text), headings=list(headings))] if text else []
    )
    return Section(text=text, page=page, blocks=blocks, char_map=list(char_map))


def end(engine="pdfium", title=""):
    return Extracted(title=title, pages=None, engine=engine)


class ScriptedReader:
    """A reader whose attempts go as told: replies, and exceptions to raise."""

    def __init__(self, *attempts):
        self.attempts = list(attempts)
        self.engines = []

    def extract(self, request, fd, timeout):
        self.engines.append(request.engine)
        for step in self.attempts.pop(0):
            if isinstance(step, Exception):
                raise step
            yield step


@pytest.fixture
def pdf(opened):
    return opened(document([[line("x")]]))


def test_pages_are_parted_by_a_blank_line_and_stretches_are_not():
    paged = assemble(REQUEST, iter([section("One", 1), section("", 2), section("Three", 3), end()]))
    assert paged.text == "One\n\nThree"
    assert paged.pages == [PageSpan(1, 0, 3), PageSpan(2, 3, 3), PageSpan(3, 5, 10)]
    assert paged.blocks[1] == PlacedBlock("paragraph", 5, 10, [], 3)
    plain = assemble(REQUEST, iter([section("One "), section("two"), end()]))
    assert (plain.text, plain.pages) == ("One two", [])


def test_parts_of_one_page_are_one_page_with_one_map():
    parts = [section("ab", 1), section("cd", 1, [7, 8]), section("e", 2, [4]), end()]
    found = assemble(REQUEST, iter(parts))
    assert found.text == "abcd\n\ne"
    assert found.pages == [PageSpan(1, 0, 4), PageSpan(2, 6, 7)]
    assert found.char_maps == {1: [0, 1, 7, 8], 2: [4]}


@given(
    st.lists(st.tuples(st.text("ab \n", max_size=8), st.none() | st.integers(1, 3)), max_size=12)
)
def test_every_section_stands_where_its_blocks_say(told):
    told.sort(key=lambda part: part[1] or 0)
    replies = [section(text, page) for text, page in told]
    if not any(s.blocks for s in replies):
        return
    found = assemble(REQUEST, iter([*replies, end()]))
    kept = [s.text for s in replies if s.blocks]
    assert [found.text[b.start : b.end] for b in found.blocks] == kept


def test_the_file_name_is_the_title_where_there_is_none():
    def titled(name, title=""):
        request = Extract(format="text", name=name, size=0)
        return assemble(request, iter([section("x"), end(title=title)])).title

    assert titled("report.v2.txt") == "report.v2"
    assert titled(".hidden") == ".hidden"
    assert titled("a.txt", "Told") == "Told"


def test_a_reading_without_an_end_is_broken():
    with pytest.raises(UserError) as caught:
        assemble(REQUEST, iter([section("x")]))
    assert caught.value.code == "broken"


def test_a_text_without_limit_is_too_large(monkeypatch):
    monkeypatch.setattr(module, "MAX_CHARACTERS", 5)
    with pytest.raises(UserError) as caught:
        assemble(REQUEST, iter([section("abcdef"), end()]))
    assert caught.value.code == "too_large"


def test_a_text_of_endless_paragraphs_is_too_large(monkeypatch):
    monkeypatch.setattr(module, "MAX_BLOCKS", 2)
    with pytest.raises(UserError, match="more than 2 paragraphs"):
        assemble(REQUEST, iter([section("a"), section("b"), section("c"), end()]))


@pytest.mark.parametrize(
    "first",
    [
        [TimeoutError()],
        [section("half", 1), DIED],
        [UserError("No text.", code="empty")],
        [UserError("Bad.", code="broken")],
    ],
)
def test_pypdf_gets_its_turn(pdf, first):
    reader = ScriptedReader(first, [section("read", 1), end("pypdf")])
    found = read_file(reader, pdf, "a.pdf")
    assert (found.text, found.engine) == ("read", "pypdf")
    assert reader.engines == ["pdfium", "pypdf"]


@pytest.mark.parametrize("code", ["encrypted", "unsupported", "unreadable"])
def test_pypdf_is_not_asked_in_vain(pdf, code):
    reader = ScriptedReader([UserError("No.", code=code)])
    assert code_of(lambda: read_file(reader, pdf, "a.pdf")) == code
    assert reader.engines == ["pdfium"]


def test_the_first_reason_is_the_one_told(pdf):
    scans = UserError("3 pages are pictures without text.", code="empty")
    reader = ScriptedReader([scans], [UserError("Nothing.", code="empty")])
    with pytest.raises(UserError, match="3 pages are pictures"):
        read_file(reader, pdf, "a.pdf")
    reader = ScriptedReader([scans], [TimeoutError()])
    with pytest.raises(UserError, match="3 pages are pictures"):
        read_file(reader, pdf, "a.pdf")


@pytest.mark.parametrize(
    ("attempts", "code"),
    [
        ([[DIED], [DIED]], "quarantined"),
        ([[TimeoutError()], [DIED]], "quarantined"),
        ([[TimeoutError()], [TimeoutError()]], "timeout"),
    ],
)
def test_a_pdf_that_ends_both_parsers_is_counted(pdf, attempts, code):
    with pytest.raises(ReaderKilled) as caught:
        read_file(ScriptedReader(*attempts), pdf, "a.pdf")
    assert (caught.value.code, caught.value.deaths) == (code, 2)
    assert caught.value.what.endswith(".")


def test_other_formats_get_a_second_try_after_a_death_but_not_after_a_hang(opened):
    fd = opened(b"words")
    assert read_file(ScriptedReader([DIED], [section("w"), end("text")]), fd, "a.txt").text == "w"
    with pytest.raises(ReaderKilled) as caught:
        read_file(ScriptedReader([TimeoutError()]), fd, "a.txt", timeout=3)
    assert (caught.value.code, caught.value.deaths) == ("timeout", 1)
    assert "3 s" in caught.value.what


def test_only_ordinary_files_are_read(tmp_path):
    fifo = tmp_path / "pipe.txt"
    os.mkfifo(fifo)
    fd = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert stat.S_ISFIFO(os.fstat(fd).st_mode)
        assert code_of(lambda: read_file(ScriptedReader(), fd, "pipe.txt")) == "unsupported"
        assert code_of(lambda: read_file(ScriptedReader(), folder, "x.txt")) == "unsupported"
    finally:
        os.close(fd)
        os.close(folder)


@given(st.text(st.characters(), max_size=30))
def test_hostile_names_reach_the_line_clean(name):
    request = Extract(format="text", name=module.one_line(name), size=0)
    assert assemble(request, iter([section("x"), end()])).title.encode() is not None
