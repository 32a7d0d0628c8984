"""What carrel.reading.client promises."""

import os
import signal

import pytest

from carrel.errors import UserError, WorkerDied
from carrel.reading.assemble import ReaderKilled, read_file
from carrel.reading.client import ReaderProcess
from carrel.reading.messages import Extract, Extracted, RenderPage, Section
from tests.core.reading.conftest import check_offsets, code_of
from tests.core.reading.pdf_maker import document, hanging, line

HUNG = 4.0  # seconds of silence after which these tests call a parser hung


@pytest.fixture(scope="module")
def reader():
    process = ReaderProcess()
    yield process
    process.close()


def test_it_reads_what_is_in_a_descriptor(reader, opened):
    data = document([[line(f"Page {n} of the file.")] for n in range(1, 4)])
    found = read_file(reader, opened(data), "a.pdf")
    assert found.text == "Page 1 of the file.\n\nPage 2 of the file.\n\nPage 3 of the file."
    check_offsets(found)


def test_it_draws(reader, opened):
    request = RenderPage(page=1, width=200, ranges=[(0, 4)])
    image, png = reader.render(request, opened(document([[line("Word")]])), 20)
    assert png.startswith(b"\x89PNG")
    assert len(image.boxes) == 1


def test_a_refusal_leaves_it_running(reader, opened):
    assert code_of(lambda: read_file(reader, opened(b"\0\1\2\3" * 99), "a.txt")) == "binary"
    pid = reader.pid
    assert read_file(reader, opened(b"words"), "a.txt").text == "words"
    assert reader.pid == pid


def test_a_file_that_hangs_pdfium_is_read_by_pypdf_in_a_new_process(reader, opened):
    assert read_file(reader, opened(b"words"), "a.txt").text == "words"
    before = reader.pid
    found = read_file(reader, opened(hanging()), "a.pdf", timeout=HUNG)
    assert (found.text, found.engine) == ("Said before the hang.", "pypdf")
    assert reader.pid != before
    assert read_file(reader, opened(b"more"), "a.txt").text == "more"


def test_drawing_a_page_that_hangs_ends(reader, opened):
    with pytest.raises(TimeoutError):
        reader.render(RenderPage(page=1, width=100, ranges=[]), opened(hanging()), HUNG)
    assert read_file(reader, opened(b"more"), "a.txt").text == "more"


def test_a_worker_killed_in_the_middle_is_reported_and_replaced(reader, opened):
    fd = opened(("words and more words\n\n" * 200_000).encode())
    replies = reader.extract(Extract(format="text", name="a.txt", size=0), fd, 20)
    assert isinstance(next(replies), Section)
    os.kill(reader.pid, signal.SIGSTOP)
    os.kill(reader.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="killed"):
        list(replies)
    assert read_file(reader, opened(b"again"), "a.txt").text == "again"


def test_leaving_early_lets_the_next_file_in(reader, opened):
    fd = opened(("words and more words\n\n" * 100_000).encode())
    replies = reader.extract(Extract(format="text", name="a.txt", size=0), fd, 20)
    next(replies)
    replies.close()
    assert read_file(reader, opened(b"next"), "a.txt").text == "next"


def test_a_file_that_ends_every_reader_is_counted(opened):
    class Doomed(ReaderProcess):
        def extract(self, request, fd, timeout):
            for reply in super().extract(request, fd, timeout):
                os.kill(self.pid, signal.SIGKILL)
                if not isinstance(reply, Extracted):
                    yield reply

    process = Doomed()
    with pytest.raises(ReaderKilled) as caught:
        read_file(process, opened(("word " * 2_000_000).encode()), "a.txt")
    process.close()
    assert (caught.value.code, caught.value.deaths) == ("quarantined", 2)


def test_a_reader_that_cannot_start_is_not_blamed_on_the_file(opened, monkeypatch):
    process = ReaderProcess()
    monkeypatch.setattr(process._child, "kind", "no-such-worker")
    with pytest.raises(UserError) as caught:
        read_file(process, opened(b"words"), "a.txt")
    process.close()
    assert caught.value.code == "no_process"
