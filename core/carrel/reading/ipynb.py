"""Reads Jupyter notebooks: Markdown cells with their headings, code, and what it printed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import msgspec

from carrel.reading import markdown, problems, source
from carrel.reading.decoding import clean
from carrel.reading.layout import Piece, first_heading, stream
from carrel.reading.messages import Extract, Extracted, Section

MAX_BYTES = 64_000_000
_LONGEST_OUTPUT = 20_000  # characters of what one cell printed


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the notebook's cells in order. Raises UserError: "broken", "empty", "too_large"."""
    cells = _cells(source.read_all(fd, MAX_BYTES))
    title = None
    some = False
    for section in stream(piece for cell in cells for piece in _pieces(cell)):
        if cancel.is_set():
            return
        some = True
        title = title or _own_heading(section)
        yield section
    if not some:
        raise problems.empty("The notebook holds no text.")
    yield Extracted(title=title or "", pages=None, engine="ipynb")


def _own_heading(section: Section) -> str:
    headings = [block for block in section.blocks if block.kind == "heading"]
    return first_heading(headings) or ""


def _cells(data: bytes) -> list[dict[str, Any]]:
    try:
        notebook = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise problems.broken("The notebook is damaged or cut short.") from error
    if not isinstance(notebook, dict):
        raise problems.broken("The file is named like a notebook but holds none.")
    cells = notebook.get("cells")
    if not isinstance(cells, list):  # format 3 keeps them in worksheets
        sheets = notebook.get("worksheets")
        first = sheets[0] if isinstance(sheets, list) and sheets else None
        cells = first.get("cells") if isinstance(first, dict) else None
    if not isinstance(cells, list):
        raise problems.broken("The file is named like a notebook but holds no cells.")
    return [cell for cell in cells if isinstance(cell, dict)]


def _pieces(cell: dict[str, Any]) -> Iterator[Piece]:
    words = _text(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    if kind == "code":
        if words.strip():
            yield Piece("code", words)
        yield from _outputs(cell.get("outputs"))
    elif kind == "heading" and words.strip():
        level = cell.get("level")
        yield Piece("heading", words, level if isinstance(level, int) and 0 < level < 7 else 1)
    elif words.strip():
        yield from _markdown(words)


def _markdown(words: str) -> Iterator[Piece]:
    """A Markdown cell; its headings are those of the notebook."""
    data = words.encode("utf-8", "replace")
    with source.in_memory(data) as fd:
        request = Extract(format="markdown", name="cell.md", size=len(data))
        for section in markdown.extract(request, fd, threading.Event()):
            if isinstance(section, Section):
                for block in section.blocks:
                    text = section.text[block.start : block.end]
                    if block.kind == "heading" and block.headings:
                        yield Piece("heading", block.headings[-1], _level(text))
                    else:
                        yield Piece(block.kind, text)


def _level(heading: str) -> int:
    """The level of a heading as it is written: by its signs, or by its underline."""
    signs = len(heading) - len(heading.lstrip("#"))
    return signs or (1 if heading.rstrip().endswith("=") else 2)


def _outputs(outputs: object) -> Iterator[Piece]:
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        rich = data.get("text/plain") if isinstance(data, dict) else None
        words = _text(output.get("text", rich))[:_LONGEST_OUTPUT]
        if words.strip():
            yield Piece("code", words)


def _text(value: object) -> str:
    """Text of a notebook: a string, or a list of lines."""
    if isinstance(value, list):
        value = "".join(one for one in value if isinstance(one, str))
    return clean(value) if isinstance(value, str) else ""
