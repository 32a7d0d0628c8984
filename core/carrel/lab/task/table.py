"""Reads what a task run is given: a table of texts and a list of labels, with clear words for bad
ones."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from carrel.errors import UserError
from carrel.reading.csv_table import dialect_of
from carrel.reading.decoding import clean, decode

_LONGEST = 10_000_000  # characters of one cell
_SEPARATORS = ",;\t|"


class Table(NamedTuple):
    """Rows of a CSV file as texts. `ids` are its id column, or row numbers from 1; `gold` is empty
    without such a column. `digest` is the SHA-256 of the file's bytes."""

    path: str
    column: str
    ids: list[str]
    texts: list[str]
    gold: list[str]
    digest: str


def read_table(path: str, column: str, gold: str = "", id: str = "") -> Table:
    """Read a CSV or TSV file in any encoding. Raises UserError: it is missing or empty, lacks a
    column, its quoting is broken, a row has too many or too few cells, or two rows have one id."""
    data = read_bytes(path)
    header, rows = rows_of(path, clean(decode(data)), column)
    texts = _column(path, header, rows, column)
    golds = [cell.strip() for cell in _column(path, header, rows, gold)] if gold else []
    ids = [str(number) for number in range(1, len(rows) + 1)]
    if id:
        ids = _column(path, header, rows, id)
        _require_unique(path, id, ids)
    return Table(path, column, ids, texts, golds, hashlib.sha256(data).hexdigest())


def read_columns(
    path: str, needed: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, list[str]]:
    """The cells of some columns of a CSV or TSV file, without white space around them; optional
    columns that it lacks are left out. Raises UserError as `read_table` does."""
    header, rows = rows_of(path, clean(decode(read_bytes(path))), needed[0])
    there = [name for name in optional if name in {one.strip() for one in header}]
    return {
        name: [cell.strip() for cell in _column(path, header, rows, name)]
        for name in (*needed, *there)
    }


def read_labels(path: str) -> list[str]:
    """The labels of a text file, one per line. Raises UserError: it is missing, has fewer than two,
    or names one twice."""
    lines = clean(decode(read_bytes(path))).splitlines()
    labels = [line.strip() for line in lines if line.strip()]
    if len(labels) < 2:
        raise UserError(
            f"{path} has {'one label' if labels else 'no labels'}.",
            "Name at least two, one per line.", "labels",
        )  # fmt: skip
    seen: set[str] = set()
    for label in labels:
        if label in seen:
            raise UserError(f"{path} names the label {label!r} twice.", "Leave one out.", "labels")
        seen.add(label)
    return labels


def read_bytes(path: str) -> bytes:
    """A file's bytes. Raises UserError when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read: {error.strerror}.", "Check the path.", "cannot_read"
        ) from error


def rows_of(path: str, text: str, column: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a CSV file's text, all of one length; empty lines are none.
    `column` is one that the header should have. Raises UserError as `read_table`."""
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_separator(text, column), strict=True
    )
    rows: list[list[str]] = []
    begun = 1
    try:
        for row in reader:
            if row:
                _require_length(path, row, rows, begun)
                rows.append(row)
            begun = reader.line_num + 1
    except csv.Error as error:
        raise UserError(
            f'The quoting of {path} is broken in the row that begins in line {begun} ({error}).',
            'Put quotes around the whole cell and write a quote inside it twice: "".', "bad_table",
        ) from error  # fmt: skip
    if len(rows) < 2:
        raise UserError(
            f"{path} has no rows{' below its header' if rows else ''}.",
            "Give it a header line and one text per row.", "empty_table",
        )  # fmt: skip
    return rows[0], rows[1:]


def _separator(text: str, column: str) -> str:
    """What separates cells: by the look of the table, or what makes `column` a cell of the header
    (cells that hold other separators or line breaks mislead the look)."""
    tried: list[str] = [dialect_of(text).delimiter, *_SEPARATORS]
    first = text.partition("\n")[0]
    for one in tried:
        if column in [cell.strip(' "') for cell in first.split(one)]:
            return one
    return tried[0]


def _require_length(path: str, row: Sequence[str], rows: list[list[str]], line: int) -> None:
    if rows and len(row) != len(rows[0]):
        raise UserError(
            f"The row that begins in line {line} of {path} has {len(row)} cells, and the header "
            f"has {len(rows[0])}.",
            "Put quotes around cells that hold the separator or a line break.", "bad_table",
        )  # fmt: skip


def _column(
    path: str, header: Sequence[str], rows: Sequence[Sequence[str]], name: str
) -> list[str]:
    names = [one.strip() for one in header]
    if name not in names:
        raise UserError(
            f"{path} has no column {name!r}.", f"It has: {', '.join(names)}.", "no_column"
        )
    place = names.index(name)
    return [row[place] for row in rows]


def _require_unique(path: str, column: str, ids: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for number, one in enumerate(ids, start=1):
        if one in first:
            raise UserError(
                f"Rows {first[one]} and {number} of {path} have the same {column} {one!r}.",
                "Make it different, or leave out --id to number the rows.", "duplicate_id",
            )  # fmt: skip
        first[one] = number
