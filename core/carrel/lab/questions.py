"""Question sets of the lab: JSONL or CSV files of questions with their right answers.

    {"id": "q1", "question": "What is the rent?", "answer": "1,450", "kind": "number"}
    {"id": "q2", "question": "Who cleans the roof?", "answerable": false}

A CSV file has the same names as columns; several right answers are separated by " | ".
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from carrel.errors import UserError
from carrel.events import Plain
from carrel.lab.task.table import read_bytes, rows_of
from carrel.lab.texts import numbers, truth
from carrel.reading.decoding import clean, decode

Kind = Literal["text", "number", "label", "yes_no"]
KINDS: tuple[Kind, ...] = ("text", "number", "label", "yes_no")
COLUMNS = (
    "id", "question", "answer", "kind", "answerable", "document", "collection", "labels",
    "source", "confirmed",
)  # fmt: skip
_BETWEEN = " | "


class GivenPassage(Plain, frozen=True):
    """A passage that a question brings along; `page` counts from 1."""

    text: str
    title: str = ""
    headings: list[str] = []
    page: int | None = None
    document: str = ""


class Question(Plain, frozen=True):
    """One question. Any of `answers` is right; [] is for a question without a known answer.

    `answerable` is False where the files do not hold the answer, and declining is right.
    `document` (an absolute path or a file's name) says where the answer stands, `source` is the
    sentence that a draft was made from, `labels` are the choices of a label question. A draft is
    not `confirmed`. `passages` are read in place of a search, best first.
    """

    id: str
    question: str
    answers: list[str] = []
    kind: Kind = "text"
    answerable: bool = True
    document: str = ""
    collection: str = ""
    labels: list[str] = []
    source: str = ""
    confirmed: bool = True
    passages: list[GivenPassage] = []


class QuestionSet(NamedTuple):
    """The questions of a file in order; `digest` is the SHA-256 of its bytes."""

    path: str
    questions: list[Question]
    digest: str


def read_questions(path: str, scored: bool = False) -> QuestionSet:
    """Read a question set; `scored` asks for an answer to every answerable question.

    Raises UserError, with the line or the id: the file is missing or empty, its quoting or JSON is
    broken, two questions have one id, a kind is unknown, an answer does not suit its kind.
    """
    data = read_bytes(path)
    text = clean(decode(data)) if data.strip() else ""
    lines = _json_lines(path, text) if _is_json(path, text) else _csv_lines(path, text)
    found: list[Question] = []
    places: dict[str, int] = {}
    for line, fields in lines:
        one = _question(path, line, fields)
        if one.id in places:
            raise _bad(path, line, f"has the id {one.id!r}, as line {places[one.id]} has",
                       "Give every question an id of its own.", "duplicate_id")  # fmt: skip
        places[one.id] = line
        _check(path, line, one, scored)
        found.append(one)
    if not found:
        raise UserError(f"{path} has no questions.", "Give it one question per line.", "empty_set")
    return QuestionSet(path, found, hashlib.sha256(data).hexdigest())


def write_csv(questions: Sequence[Question]) -> str:
    """The questions as CSV for a person to edit (UTF-8, one header line)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in questions:
        writer.writerow([
            one.id, one.question, _BETWEEN.join(one.answers), one.kind,
            "yes" if one.answerable else "no", one.document, one.collection,
            _BETWEEN.join(one.labels), one.source, "yes" if one.confirmed else "",
        ])  # fmt: skip
    return out.getvalue()


def _is_json(path: str, text: str) -> bool:
    if path.lower().endswith((".jsonl", ".ndjson", ".json")):
        return True
    return not path.lower().endswith((".csv", ".tsv")) and text.lstrip().startswith("{")


def _json_lines(path: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as error:
            form = 'Write one object per line, as {"id": "q1", "question": "…"}.'
            raise _bad(path, number, f"is no JSON object ({error})", form) from error


def _csv_lines(path: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    if not text.strip():
        return
    header, rows = rows_of(path, text, "question")
    names = [name.strip() for name in header]
    if "question" not in names:
        raise UserError(
            f"{path} has no column 'question'.", f"It has: {', '.join(names)}.", "no_column"
        )
    for number, row in enumerate(rows, 2):
        yield number, {n: c for n, c in zip(names, row, strict=True) if n == "confirmed" or c}


def _question(path: str, line: int, fields: dict[str, Any]) -> Question:
    given = dict(fields)
    given["id"] = str(given.get("id", line)).strip() or str(line)
    given["answers"] = _several(given.pop("answer", given.get("answers", [])))
    given["labels"] = _several(given.get("labels", []))
    try:
        for name in ("answerable", "confirmed"):
            if name in given:
                given[name] = truth(given[name], empty=name == "answerable")
        return msgspec.convert(given, Question)
    except (msgspec.ValidationError, ValueError) as error:
        allowed = f"The kinds are {', '.join(KINDS)}; answerable is yes or no."
        raise _bad(path, line, f"is no question: {error}", allowed) from error


def _several(value: Any) -> list[str]:
    """Answers as texts: a list, one value, or texts separated by " | "."""
    if isinstance(value, list):
        return [str(one).strip() for one in value if str(one).strip()]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [part.strip() for part in str(value).split(_BETWEEN.strip()) if part.strip()]


def _check(path: str, line: int, one: Question, scored: bool) -> None:
    if not one.question.strip():
        raise _bad(path, line, "has no question", "Write one, or take the line out.")
    if not one.answerable:
        return
    if scored and not one.answers:
        raise _bad(path, line, f"({one.id}) has no answer",
                   "Write the right answer, or answerable = no.")  # fmt: skip
    for answer in one.answers:
        if one.kind == "number" and not numbers(answer):
            raise _bad(path, line, f"({one.id}) asks for a number and its answer {answer!r} is"
                       " none", "Write digits, or take another kind.")  # fmt: skip
        if one.kind == "yes_no" and answer.casefold() not in ("yes", "no"):
            raise _bad(path, line, f"({one.id}) asks for yes or no and its answer is {answer!r}",
                       "Write yes or no.")  # fmt: skip
        if one.kind == "label" and one.labels and answer not in one.labels:
            raise _bad(path, line, f"({one.id}) has the label {answer!r}, which is none of its"
                       " labels", "Correct the answer or the labels.")  # fmt: skip


def _bad(path: str, line: int, what: str, do: str, code: str = "bad_question") -> UserError:
    return UserError(f"Line {line} of {path} {what}.", do, code)
