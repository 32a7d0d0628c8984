"""Reads workbooks: each sheet under its name, rows with the header row, values as they are shown.

The XML is streamed, so that a sheet that claims a million rows costs no more than what it holds.
"""

from __future__ import annotations

import io
import itertools
import re
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from carrel.reading import charts, grids, ooxml, problems, source
from carrel.reading.decoding import clean
from carrel.reading.layout import Piece, stream
from carrel.reading.messages import Extract, Extracted, Section
from carrel.reading.spans import LONGEST
from carrel.reading.zip_package import Package

MAX_BYTES = 512_000_000
MAX_COLUMNS = 1_000
_MAIN = "xl/workbook.xml"
_DATES = frozenset((*range(14, 23), *range(45, 48)))  # built-in formats of dates and times
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_MOST_MERGES = 10_000
_EPOCH, _MAC_EPOCH = datetime(1899, 12, 30), datetime(1904, 1, 1)


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield the sheets that are not hidden, in order; then the comments of each."""
    source.size_of(fd, MAX_BYTES)
    with source.open_stream(fd) as file:
        package = Package(file, "The workbook")
        book = _Book(package)
        found = False
        for section in stream(book.pieces()):
            if cancel.is_set():
                return
            found = True
            yield section
        if not found or not book.has_cells:
            raise problems.empty("The workbook holds no text.")
        yield Extracted(title=ooxml.title(package), pages=None, engine="xlsx")


class _Book:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.xml(_MAIN)
        if self._main is None:
            raise problems.broken("This is a zip file without a workbook in it.")
        shared = package.xml("xl/sharedStrings.xml")
        self._texts = [_shared(one) for one in ooxml.named(shared, "si")]
        self._dates = _date_styles(package.xml("xl/styles.xml"))
        properties = next(ooxml.named(self._main, "workbookPr"), None)
        mac = properties is not None and properties.get("date1904") in ("1", "true")
        self._epoch = _MAC_EPOCH if mac else _EPOCH
        self.has_cells = False

    def pieces(self) -> Iterator[Piece]:
        related = ooxml.relations(self._package, _MAIN)
        for sheet in ooxml.named(self._main, "sheet"):
            ids = [v for k, v in sheet.attrib.items() if k.endswith("}id")]
            kind, part = related.get(ids[0] if ids else "", ("", ""))
            if kind == "worksheet" and sheet.get("state", "visible") == "visible":
                yield Piece("heading", clean(sheet.get("name") or "Sheet"), 1)
                yield from grids.tables(self._rows(part))
                yield from charts.of(self._package, part)
                yield from self._comments(part)
            elif kind == "chartsheet":
                yield Piece("heading", clean(sheet.get("name") or "Chart"), 1)
                yield from charts.of(self._package, part)
                self.has_cells = True

    def _comments(self, part: str) -> Iterator[Piece]:
        for kind, name in ooxml.relations(self._package, part).values():
            if kind == "comments":
                for one in ooxml.named(self._package.xml(name), "comment"):
                    yield Piece("paragraph", f"Comment on {one.get('ref')}: {ooxml.words(one)}")

    def _rows(self, part: str) -> Iterator[Sequence[str]]:
        from lxml import etree

        data = self._package.read(part) or b""
        merged = _Merged(data)
        events = etree.iterparse(
            io.BytesIO(data), events=("end",), tag="{*}row", resolve_entities=False,
            no_network=True, huge_tree=False,
        )  # fmt: skip
        try:
            for _, row in events:
                cells = merged.fill(ooxml.whole(row.get("r")), self._cells(row))
                if cells:
                    self.has_cells = True
                    yield cells
                row.clear()
                while row.getprevious() is not None:
                    del row.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise problems.broken("A sheet of the workbook is damaged.") from error

    def _cells(self, row: Any) -> list[str]:
        cells: list[str] = []
        for cell in row:
            if ooxml.local(cell) != "c":
                continue
            column = _column(cell.get("r") or "") if cell.get("r") else len(cells)
            if column >= MAX_COLUMNS:
                break
            cells += [""] * (column - len(cells))
            cells.append(self._value(cell))
        return cells

    def _value(self, cell: Any) -> str:
        kind, value = cell.get("t") or "n", next(ooxml.named(cell, "v"), None)
        text = (value.text or "") if value is not None else ""
        if kind == "inlineStr":
            return ooxml.words(cell)
        if kind == "s":
            at = ooxml.whole(text, -1)
            return self._texts[at] if 0 <= at < len(self._texts) else ""
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text, text)
        if kind == "n" and text:
            return self._number(text, cell.get("s") or "0")
        return clean(text)

    def _number(self, text: str, style: str) -> str:
        try:
            value = float(text)
            if ooxml.whole(style, -1) in self._dates:
                return _moment(self._epoch + timedelta(days=value))
        except (ValueError, OverflowError):
            return clean(text)
        # Binary fractions are stored with all their digits: 0.1 + 0.2 is shown as 0.3.
        return f"{value:.15g}" if "e" not in text.lower() else f"{value:g}"


class _Merged:
    """Cells that are merged with others: what the first says holds for all of them."""

    def __init__(self, data: bytes) -> None:
        """`data` is a sheet; where cells are merged stands after the rows."""
        self._at: dict[int, list[tuple[int, int, int]]] = {}  # row -> first row, columns from, to
        self._said: dict[tuple[int, int], str] = {}
        for match in itertools.islice(_MERGE.finditer(data), _MOST_MERGES):
            left, top, right, bottom = (part.decode() for part in match.groups())
            first, last = _column(left), min(_column(right), _column(left) + LONGEST)
            for row in range(int(top), min(int(bottom), int(top) + LONGEST) + 1):
                self._at.setdefault(row, []).append((int(top), first, last))

    def fill(self, row: int, cells: list[str]) -> list[str]:
        for top, first, last in self._at.get(row, ()):
            if row == top:
                self._said[top, first] = cells[first] if first < len(cells) else ""
            words = self._said.get((top, first), "")
            cells += [""] * (last + 1 - len(cells) if words else 0)
            for column in range(first, last + 1) if words else ():
                cells[column] = cells[column] or words
        return cells


def _shared(item: Any) -> str:
    """A shared text, without its phonetic hints."""
    parts = (
        one.text or "" for one in ooxml.named(item, "t") if ooxml.local(one.getparent()) != "rPh"
    )
    return clean("".join(parts))


def _date_styles(root: Any) -> frozenset[int]:
    """The numbers of the cell styles that show a number as a date."""
    own = {
        ooxml.whole(one.get("numFmtId"))
        for one in ooxml.named(root, "numFmt")
        if _is_date_format(one.get("formatCode") or "")
    }
    styles = next(ooxml.named(root, "cellXfs"), ())
    formats = [ooxml.whole(one.get("numFmtId")) for one in styles]
    return frozenset(i for i, one in enumerate(formats) if one in _DATES or one in own)


def _is_date_format(code: str) -> bool:
    quoted, plain = False, ""
    for sign in code.split(";")[0]:
        quoted = quoted != (sign in '"[]')
        plain += "" if quoted or sign in '"[]' else sign.lower()
    return any(sign in plain for sign in "ydhs") or "mm" in plain


def _moment(value: datetime) -> str:
    midnight = value.hour == value.minute == value.second == 0
    return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")


def _column(reference: str) -> int:
    """The number of a cell's column, from 0: "A1" is 0, "AB7" is 27."""
    number = 0
    for sign in reference:
        if not sign.isalpha() or not sign.isascii():
            break
        number = number * 26 + ord(sign.upper()) - 64
    return max(0, number - 1)
