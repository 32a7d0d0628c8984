"""The file of a task run: written in batches that survive a kill, and taken up again.

Beside OUT.csv stands OUT.csv.run: what the run is made of (digests), and how many rows and bytes of
OUT.csv are certain. A batch is on the disk before that says so; what stands behind is cut off when
the run goes on. So a kill or a power cut loses one batch at most.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from carrel.errors import UserError, disk_full
from carrel.lab.task.ways import BEST, Guess


class Made(msgspec.Struct, frozen=True):
    """What a run is made of, by name, as words or digests; all of it must agree to go on."""

    parts: dict[str, str]
    rows: int = 0
    bytes: int = 0


class RunFile:
    """The rows that are written already: `rows`. Close it at the end."""

    def __init__(self, path: str, parts: dict[str, str], header: Sequence[str]) -> None:
        """Begin or go on. Raises UserError when the file is there and belongs to another run, and
        when it cannot be written."""
        self.path = os.path.abspath(os.path.expanduser(path))
        self._parts = parts
        self._side = f"{self.path}.run"
        made = self._made()
        self.rows = made.rows
        try:
            self._file = open(self.path, "r+b" if made.bytes else "xb")  # noqa: SIM115 - see close
            self._file.truncate(made.bytes)
            self._file.seek(made.bytes)
            if not made.bytes:
                self._write([header], 0)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """Write rows; they are on the disk when this returns. Raises UserError when they cannot be:
        those before stay."""
        try:
            self._write(rows, len(rows))
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def labels(self) -> list[str]:
        """The label of every row that is written."""
        with open(self.path, encoding="utf-8-sig", newline="") as file:
            return [row["label"] for row in csv.DictReader(file)]

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    def _write(self, rows: Sequence[Sequence[object]], count: int) -> None:
        out = io.StringIO()
        csv.writer(out, lineterminator="\r\n").writerows(rows)
        mark = b"" if self._file.tell() else b"\xef\xbb\xbf"  # spreadsheets take UTF-8 by it
        self._file.write(mark + out.getvalue().encode("utf-8", "backslashreplace"))
        self._file.flush()
        os.fsync(self._file.fileno())
        self.rows += count
        self._note(Made(self._parts, self.rows, self._file.tell()))

    def _note(self, made: Made) -> None:
        part = f"{self._side}.part"
        with open(part, "wb") as file:
            file.write(msgspec.json.encode(made))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self._side)

    def _made(self) -> Made:
        """What is certain already. Raises UserError."""
        if not os.path.lexists(self.path):
            return Made(self._parts)
        if os.path.isdir(self.path):
            raise UserError(f"{self.path} is a folder.", "Name a file.", "cannot_write")
        try:
            made = msgspec.json.decode(Path(self._side).read_bytes(), type=Made)
        except (OSError, msgspec.DecodeError) as error:
            if os.path.getsize(self.path) == 0:
                os.unlink(self.path)  # a run that was killed before its first line
                return Made(self._parts)
            raise UserError(
                f"{self.path} exists already and is not the file of a task run.",
                "Choose another name for --out, or move that file away.", "exists",
            ) from error  # fmt: skip
        self._require_same(made)
        return made

    def _require_same(self, made: Made) -> None:
        names = {*made.parts, *self._parts}
        changed = sorted(n for n in names if made.parts.get(n) != self._parts.get(n))
        if changed:
            raise UserError(
                f"{self.path} holds a run with other settings (different: {', '.join(changed)}).",
                "Choose another name for --out, or move that file away.", "other_run",
            )  # fmt: skip
        if os.path.getsize(self.path) < made.bytes:
            raise UserError(
                f"{self.path} is shorter than this run left it, so it cannot go on.",
                "Choose another name for --out, or move that file away.", "other_run",
            )  # fmt: skip


def header(id: str, text: str, gold: str) -> list[str]:
    """The names of the columns; `gold` may be "". Names of the input that are among ours get
    "input_" in front."""
    best = [name for n in range(1, BEST + 1) for name in (f"best_{n}", f"probability_{n}")]
    ours = ["label", "probability", *best, "rest"]
    given = [id or "row", text, *([gold] if gold else [])]
    return [*(f"input_{name}" if name in ours else name for name in given), *ours]


def cells(id: str, text: str, gold: Sequence[str], guess: Guess | None) -> list[object]:
    """One row; without a guess (an empty text) its label and figures are empty."""
    if guess is None:
        return [id, text, *gold, *[""] * (2 + 2 * BEST + 1)]
    best: list[object] = []
    for label, probability in guess.best:
        best += [label, _figure(probability)]
    best += [""] * (2 * BEST - len(best))
    return [
        id,
        text,
        *gold,
        guess.best[0][0],
        _figure(guess.best[0][1]),
        *best,
        _figure(guess.rest),
    ]


def _figure(probability: float) -> str:
    return f"{probability:.6f}"


def _unwritable(path: str, error: OSError) -> UserError:
    if (full := disk_full(error)) is not None:
        return full
    return UserError(
        f"{path} cannot be written: {error.strerror}.", "Choose another place.", "cannot_write"
    )
