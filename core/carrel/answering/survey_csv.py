"""A survey as a CSV file that spreadsheets open without harm."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from carrel.errors import UserError

if TYPE_CHECKING:
    from carrel.desk.library_requests import SurveyRow

_COLUMNS = ("document", "title", "verdict", "quote", "page", "start", "end", "score", "answer",
            "reason")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Sequence[SurveyRow]) -> str:
    """The rows with a header line. A text that a spreadsheet would compute gets an apostrophe in
    front (OWASP, "CSV Injection"): documents are not to be trusted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in _COLUMNS])
    return out.getvalue()


def write_csv(path: str, rows: Sequence[SurveyRow]) -> None:
    """Write the file whole or not at all. Raises UserError when the place cannot be written to."""
    path = os.path.abspath(os.path.expanduser(path))
    part = f"{path}.part"
    try:
        with open(part, "w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
            file.write(as_csv(rows))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}.", "Choose another place.", "cannot_write"
        ) from error


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
