"""Fixtures of the reading tests: files from bytes, and a reader without a process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from carrel.errors import UserError
from carrel.reading.assemble import Document, read_file
from carrel.reading.inline import InlineReader

Opener = Callable[[bytes], int]
Inline = Callable[..., Document]


@pytest.fixture
def opened(tmp_path: Path):
    """Return a function that writes bytes to a file and gives an open descriptor."""
    fds: list[int] = []

    def make(data: bytes) -> int:
        path = tmp_path / f"file-{len(fds)}"
        path.write_bytes(data)
        fds.append(os.open(path, os.O_RDONLY))
        return fds[-1]

    yield make
    for fd in fds:
        os.close(fd)


@pytest.fixture
def inline(opened: Opener) -> Inline:
    """Return a function that reads bytes under a name in this process."""

    def read(data: bytes, name: str) -> Document:
        return read_file(InlineReader(), opened(data), name)

    return read


def check_offsets(document: Document) -> None:
    """Every block is in range, in order, not empty, and its page holds it."""
    last = 0
    pages = {span.page: span for span in document.pages}
    for block in document.blocks:
        assert last <= block.start < block.end <= len(document.text)
        text = document.text[block.start : block.end]
        assert text == text.strip()
        if block.page is not None:
            assert pages[block.page].start <= block.start
            assert block.end <= pages[block.page].end
        last = block.end
    document.text.encode()  # no lone surrogates
    assert "\0" not in document.text
    assert "\r" not in document.text


def code_of(read: Callable[[], object]) -> str:
    """Return the code of the UserError that a call raises, "" when it raises none."""
    try:
        read()
    except UserError as error:
        return error.code
    return ""


@pytest.fixture
def cancel() -> threading.Event:
    return threading.Event()
