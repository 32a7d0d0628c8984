"""The folder of a run: what it is made of, and every answer as it came, on the disk at once.

    DIR/run.json        ways, settings, digest of the question set; all must agree to go on
    DIR/questions.jsonl the questions that are asked
    DIR/answers.jsonl   one line per answer, failure and measurement, appended and synced
    DIR/report.md, DIR/report.html

A kill or a power cut loses the answer under way; half a line at the end is cut off.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from carrel.errors import UserError, disk_full
from carrel.events import Message, Plain
from carrel.lab.arms import Way
from carrel.lab.asking import Given
from carrel.lab.questions import Question

VERSION = 1


class Made(Plain, frozen=True):
    """What a run is made of. `embedder` and `collections` name what was searched."""

    questions: str
    digest: str
    ways: list[Way]
    collections: list[str]
    prompt_tokens: int
    reply_tokens: int
    passages: int
    embedder: str
    engine: str
    version: int = VERSION
    carrel: str = ""
    processor: str = ""
    drafts: bool = False


class Failed(Message, frozen=True):
    """A way was given up, with the reason in a sentence."""

    way: str
    reason: str


class Peak(Message, frozen=True):
    """The most main memory that the model's process had while it answered in one way, in bytes."""

    way: str
    bytes: int


class Costs(Message, frozen=True):
    """What keeping up costs. Seconds; None where it was not measured or nobody states it.

    `indexing_seconds` is for `documents` documents with `passages` passages on a copy, and
    `changed_seconds` from a changed file to its being found; `training_seconds` is, by adapter,
    what its card states.
    """

    documents: int = 0
    passages: int = 0
    indexing_seconds: float | None = None
    changed_seconds: float | None = None
    training_seconds: dict[str, float] = {}


Line = Given | Failed | Peak | Costs
_SAME = (
    "digest", "ways", "collections", "prompt_tokens", "reply_tokens", "passages", "embedder",
    "engine", "version", "drafts",
)  # fmt: skip


class RunFolder:
    """A run that is under way. `answers` holds the last answer by way and id. Close it."""

    def __init__(self, folder: Path, made: Made, questions: Sequence[Question]) -> None:
        """Begin, or go on. Raises UserError: the folder holds another run, or something else, or
        cannot be written."""
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / "run.json").exists():
                _require_same(folder, read_made(folder), made)
            elif any(folder.iterdir()):
                raise UserError(
                    f"{folder} is not empty and holds no run of the lab.",
                    "Name a new folder with --out.", "exists",
                )  # fmt: skip
            else:
                lines = b"".join(msgspec.json.encode(one) + b"\n" for one in questions)
                _write(folder / "questions.jsonl", lines)
                _write(folder / "run.json", msgspec.json.format(msgspec.json.encode(made)))
            self._file = open(folder / "answers.jsonl", "ab")  # noqa: SIM115 - see close
            self._lines = _whole_lines(folder / "answers.jsonl")
        except OSError as error:
            raise _unwritable(folder, error) from error
        self.answers = last_answers(self._lines)

    @property
    def costs(self) -> Costs | None:
        """The costs, when they are measured already."""
        return next((one for one in self._lines if isinstance(one, Costs)), None)

    def missing(self, way: str, questions: Sequence[Question]) -> list[Question]:
        """The questions without an answer in this way; a failed one is asked again."""
        return [q for q in questions if (one := self.answers.get((way, q.id))) is None or one.error]

    def add(self, line: Line) -> None:
        """Keep a line; it is on the disk when this returns. Raises UserError when it cannot be."""
        try:
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        self._lines.append(line)
        if isinstance(line, Given):
            self.answers[line.way, line.id] = line

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()


class Run(Plain, frozen=True):
    """A run as it was read back."""

    folder: str
    made: Made
    questions: list[Question]
    lines: list[Line]


def read_run(folder: str | Path) -> Run:
    """A run, finished or not. Raises UserError when the folder holds none or it is damaged."""
    folder = Path(folder).expanduser()
    made = read_made(folder)
    try:
        asked = (folder / "questions.jsonl").read_bytes().splitlines()
        questions = [msgspec.json.decode(line, type=Question) for line in asked]
        lines = _decoded((folder / "answers.jsonl").read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise _damaged(folder, error) from error
    return Run(folder=str(folder), made=made, questions=questions, lines=lines)


def read_made(folder: Path) -> Made:
    """What the run in a folder is made of. Raises UserError."""
    try:
        return msgspec.json.decode((folder / "run.json").read_bytes(), type=Made)
    except FileNotFoundError as error:
        raise UserError(
            f"{folder} holds no run of the lab.", "Make one: carrel lab run … --out DIR.", "no_run"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise _damaged(folder, error) from error


def last_answers(lines: Sequence[Line]) -> dict[tuple[str, str], Given]:
    """The last answer by way and id; a good one is not replaced by a failed one."""
    found: dict[tuple[str, str], Given] = {}
    for one in lines:
        if isinstance(one, Given):
            before = found.get((one.way, one.id))
            if before is None or before.error or not one.error:
                found[one.way, one.id] = one
    return found


def _whole_lines(path: Path) -> list[Line]:
    """The lines of a run; half a line at the end (a kill) is cut off."""
    data = path.read_bytes()
    kept = data[: data.rfind(b"\n") + 1]
    if len(kept) < len(data):
        os.truncate(path, len(kept))
    try:
        return _decoded(kept)
    except msgspec.DecodeError as error:
        raise _damaged(path.parent, error) from error


def _decoded(data: bytes) -> list[Line]:
    decoder = msgspec.json.Decoder(Line)
    whole = data[: data.rfind(b"\n") + 1]
    return [decoder.decode(line) for line in whole.splitlines()]


def _require_same(folder: Path, before: Made, now: Made) -> None:
    changed = [name for name in _SAME if getattr(before, name) != getattr(now, name)]
    if changed:
        names = ", ".join(name.replace("_", " ") for name in changed)
        raise UserError(
            f"{folder} holds a run with other settings (different: {names}).",
            "Name another folder with --out; lab compare holds two runs against each other.",
            "other_run",
        )


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _damaged(folder: Path, error: Exception) -> UserError:
    return UserError(
        f"The run in {folder} cannot be read: {error}.", "Run it again into another folder.",
        "damaged_run",
    )  # fmt: skip


def _unwritable(folder: Path, error: OSError) -> UserError:
    if (full := disk_full(error)) is not None:
        return full
    return UserError(
        f"{folder} cannot be written: {error.strerror}.", "Choose another place.", "cannot_write"
    )
