"""What carrel.reading.worker promises."""

import subprocess
import sys
import threading

import pytest

from carrel.errors import UserError
from carrel.process.rpc import Call
from carrel.reading import text, worker
from carrel.reading.formats import FORMATS
from carrel.reading.messages import Extract, Extracted, PageImage, RenderPage, Section
from tests.core.reading.conftest import code_of
from tests.core.reading.pdf_maker import document, line


def call(fd):
    return Call(threading.Event(), (fd,))


def test_every_format_has_a_parser():
    for format in FORMATS:
        assert callable(worker.extractor(format))
    assert worker.extractor("pdf", "pypdf") is not worker.extractor("pdf", "pdfium")
    assert code_of(lambda: worker.extractor("pdf", "other")) == "unsupported"


def test_handlers_answer_both_requests(opened):
    fd = opened(document([[line("Words.")]]))
    handlers = worker.handlers()
    request = Extract(format="pdf", name="a.pdf", size=0)
    page, end = handlers[Extract](request, call(fd))
    assert isinstance(page, Section)
    assert isinstance(end, Extracted)
    ((image, png),) = handlers[RenderPage](RenderPage(page=1, width=90, ranges=[]), call(fd))
    assert isinstance(image, PageImage)
    assert png.startswith(b"\x89PNG")


def test_a_request_without_a_file_is_refused():
    handler = worker.handlers()[Extract]
    request = Extract(format="text", name="a", size=0)
    assert code_of(lambda: list(handler(request, Call(threading.Event(), ())))) == "unsupported"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "too_large"),
        (RecursionError(), "broken"),
        (OSError(5, "Input/output error"), "unreadable"),
        (UserError("x", code="binary"), "binary"),
    ],
)
def test_what_stops_a_parser_becomes_a_reason(monkeypatch, error, code):
    def fail(request, fd, cancel):
        raise error
        yield

    monkeypatch.setattr(text, "extract", fail)
    request = Extract(format="text", name="a", size=0)
    assert code_of(lambda: list(worker.read(request, 0, threading.Event()))) == code


LIMITED = """
import os, resource, sys
from carrel.reading import worker
worker.limit_self()
worker._allow_processor_time()
def tried(name, act):
    try:
        act()
    except (MemoryError, OSError) as error:
        print(name, type(error).__name__)
    else:
        print(name, "allowed")
def write():
    with open(sys.argv[1], "wb", buffering=0) as file:
        file.write(b"x")
tried("memory", lambda: bytearray(4 * 1024**3))
tried("write", write)
tried("files", lambda: [os.dup(1) for _ in range(300)])
soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
print("cpu", 0 < soft <= worker.MAX_SECONDS + 5)
print("core", resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits are of POSIX")
def test_the_process_limits_itself(tmp_path):
    command = [sys.executable, "-I", "-c", LIMITED, str(tmp_path / "written")]
    out = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    assert out.split("\n")[:-1] == [
        "memory MemoryError",
        "write OSError",
        "files OSError",
        "cpu True",
        "core (0, 0)",
    ]
