"""The reader's port without a process: for tests and tools that read files they trust."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from carrel.reading.drawing import draw
from carrel.reading.messages import Extract, PageImage, ReaderReply, RenderPage
from carrel.reading.worker import read


class InlineReader:
    """ports.Reader in this process. Nothing limits it: a hostile file can hang or end us."""

    def __init__(self) -> None:
        self._closed = threading.Event()

    def extract(self, request: Extract, fd: int, timeout: float) -> Iterator[ReaderReply]:
        """Yield the sections of a file; `timeout` is not kept."""
        yield from read(request, fd, self._closed)

    def render(self, request: RenderPage, fd: int, timeout: float) -> tuple[PageImage, bytes]:
        """Return a page's image; `timeout` is not kept."""
        return draw(request, fd)

    def close(self) -> None:
        """End what is being read."""
        self._closed.set()
