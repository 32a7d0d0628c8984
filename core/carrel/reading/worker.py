"""What the reader process does: reads files and draws pages from descriptors that it is handed.

It opens no path, keeps nothing between calls, and may die: the desk starts another.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator, Mapping

from carrel.errors import UserError
from carrel.events import Message
from carrel.process import confine, limits
from carrel.process.rpc import Call, Handler
from carrel.reading import problems
from carrel.reading.drawing import draw
from carrel.reading.messages import Extract, Extracted, PageImage, RenderPage, Section
from carrel.reading.sifting import sifted

MAX_MEMORY = 3 * 1024**3  # bytes of address space; mapped files count
MAX_FILES = 256
MAX_SECONDS = 600  # of processor time for one request: the last resort when nobody kills us

# The module that reads a format, and a PDF with each of its two parsers.
_MODULES = {
    **{(name, ""): name for name in ("text", "markdown", "html", "docx", "pptx", "xlsx", "odf")},
    **{
        (name, ""): name
        for name in ("epub", "eml", "mbox", "pdf", "rtf", "rst", "asciidoc", "picture")
    },
    **{(name, ""): name for name in ("latex", "org", "ipynb", "subtitles", "mhtml", "msg")},
    **{(name, ""): f"{name}_text" for name in ("json", "yaml", "ini", "xml")},
    **{(name, ""): name for name in ("svg", "code")},
    ("csv", ""): "csv_table",
    ("pdf", "pdfium"): "pdf",
    ("pdf", "pypdf"): "pdf_pypdf",
}

_limited = False

Extractor = Callable[[Extract, int, threading.Event], Iterator[Section | Extracted]]


def handlers() -> Mapping[type[Message], Handler]:
    """The requests that the reader answers."""
    return {Extract: _extract, RenderPage: _render}


def limit_self() -> None:
    """Limit this process's memory, files, writing and starting of processes before it touches any
    file."""
    confine.confine_reader()
    if sys.platform == "win32":
        return
    import resource

    global _limited
    _limited = True
    limits.bound(MAX_MEMORY, MAX_FILES)
    if not sys.platform.startswith("linux"):
        # Linux counts the user's threads too, also those of other programs; its filter says no.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def read(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield a file's sections, then Extracted. Raises UserError with one of the reading codes."""
    try:
        yield from sifted(extractor(request.format, request.engine)(request, fd, cancel))
    except MemoryError as error:
        raise problems.out_of_memory() from error
    except RecursionError as error:
        raise problems.broken("The file nests deeper than any honest one.") from error
    except OSError as error:
        raise problems.unreadable(error) from error


def extractor(format: str, engine: str = "") -> Extractor:
    """Return the parser of a format. Raises UserError("unsupported") for an unknown one."""
    module = _MODULES.get((format, engine))
    if module is None:
        raise UserError(
            f'Carrel has no parser "{engine}" for "{format}".',
            "Nothing needs to be done; the other files are read.",
            "unsupported",
        )
    # Imported when it is first needed: each brings the library of its format.
    found: Extractor = importlib.import_module(f"carrel.reading.{module}").extract
    return found


def _extract(request: Extract, call: Call) -> Iterator[Section | Extracted]:
    _allow_processor_time()
    if not call.fds:
        raise UserError("No file came with the request.", "Try again.", "unsupported")
    yield from read(request, call.fds[0], call.cancel)


def _render(request: RenderPage, call: Call) -> Iterator[tuple[PageImage, bytes]]:
    _allow_processor_time()
    try:
        yield draw(request, call.fds[0])
    except MemoryError as error:
        raise problems.out_of_memory() from error


def _allow_processor_time() -> None:
    """End this process (SIGXCPU) when one request uses more than MAX_SECONDS of processor time."""
    if sys.platform == "win32" or not _limited:
        return
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + MAX_SECONDS
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )
