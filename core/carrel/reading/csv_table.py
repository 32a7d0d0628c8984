"""Reads tables in text (CSV, TSV): rows with the header row, whatever separates the cells."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator

from carrel.reading import grids, problems
from carrel.reading.layout import stream
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.text import MAX_BYTES, read_text

_SAMPLE = 65_536  # characters that the separator is guessed from
_SEPARATORS = ",;\t|:"
_LONGEST = 10_000_000  # characters of one cell


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the rows as tables of a few rows each, the first row before each of them."""
    text = read_text(fd, MAX_BYTES)
    csv.field_size_limit(_LONGEST)
    rows = csv.reader(io.StringIO(text, newline=""), dialect_of(text))
    try:
        for section in stream(grids.tables(rows)):
            if cancel.is_set():
                return
            yield section
    except csv.Error as error:
        raise problems.broken(f"The table cannot be read: {error}.") from error
    yield Extracted(title="", pages=None, engine="csv")


def dialect_of(text: str) -> type[csv.Dialect]:
    """How the cells of a table are separated and quoted.

    The separator is the one that most lines have equally often: csv.Sniffer's own guess takes any
    letter that happens to be regular.
    """
    lines = [line for line in text[:_SAMPLE].splitlines()[:50] if line.strip()]

    def regular(separator: str) -> tuple[int, int]:
        counts = [_outside_quotes(line, separator) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(usual) if usual else 0), usual

    best = max(_SEPARATORS, key=regular)

    class Dialect(csv.excel):
        delimiter = best if regular(best)[0] else ","

    return Dialect


def _outside_quotes(line: str, separator: str) -> int:
    return sum(part.count(separator) for part in line.split('"')[::2])
