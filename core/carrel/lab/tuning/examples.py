"""Reads what a model is tuned on: a table of questions and answers, or chats as JSON lines.

A table (CSV or TSV) has the columns `question` and `answer`, and perhaps `passage` and `title`.
With a passage the model learns from the very prompt that Carrel sends for a file, and an empty
answer means that the passage does not hold it. A line of JSON is {"messages": [{"role", "content"},
...], "answer": text}, as tests.bench.reading_samples writes, or with "expected", as the lab does.
Tables of labels are read by `labelled.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from carrel.answering import prompt
from carrel.engine.messages import ChatMessage
from carrel.errors import UserError
from carrel.events import Hit, Mode, Signals
from carrel.lab.task.table import read_bytes, read_columns
from carrel.reading.decoding import clean, decode

_ROLES = ("system", "user", "assistant")


class Example(NamedTuple):
    """A chat, and the answer that the model is to learn."""

    messages: tuple[ChatMessage, ...]
    answer: str


class _Said(msgspec.Struct):
    role: str
    content: str


class _Line(msgspec.Struct):
    messages: list[_Said]
    answer: str | None = None
    expected: str | None = None


def read_examples(path: str) -> list[Example]:
    """All examples of a file; one that stands there twice counts once.

    Raises UserError: the file is missing or empty, lacks a column, or a line of it is broken.
    """
    text = clean(decode(read_bytes(path)))
    found = list(_lines(path, text) if text.lstrip().startswith("{") else _table(path))
    if not found:
        raise UserError(
            f"{path} holds no example.", "Give it questions with answers.", "no_examples"
        )
    return list(dict.fromkeys(found))


def question_of(one: Example) -> str:
    """The last line of what is asked: the question, without the passages before it."""
    return one.messages[-1].text.rstrip().rpartition("\n")[2]


def split(
    examples: Sequence[Example],
    share: float,
    most: int,
    seed: int,
    asked: Callable[[Example], str] = question_of,
) -> tuple[list[Example], list[Example]]:
    """(to train on, to evaluate on): all examples in which the same is `asked` are held out
    together, about `share` of all and at most `most`; none when fewer than ten things are asked,
    or `share` is 0. What is not evaluated is trained on."""
    questions = sorted({asked(one) for one in examples})
    if share <= 0 or len(questions) < 10:
        return list(examples), []
    random.Random(seed).shuffle(questions)
    out = set(questions[: min(most, max(1, round(share * len(questions))))])
    held = [one for one in examples if asked(one) in out]
    random.Random(seed).shuffle(held)
    return [one for one in examples if asked(one) not in out], held[:most]


def _lines(path: str, text: str) -> Iterator[Example]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            read = msgspec.json.decode(line.encode(), type=_Line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _bad(path, number, f"cannot be read ({error})") from error
        answer = read.answer if read.answer is not None else read.expected
        if answer is None:
            continue  # a question of the lab whose answer nobody knows
        if not answer.strip():
            raise _bad(path, number, "has an empty answer")
        if not read.messages or read.messages[-1].role != "user":
            raise _bad(path, number, "does not end with what the user asks")
        if any(one.role not in _ROLES for one in read.messages):
            raise _bad(path, number, f"has a role other than {', '.join(_ROLES)}")
        chat = tuple(ChatMessage(role=m.role, text=m.content) for m in read.messages)  # type: ignore[arg-type]
        yield Example(chat, answer.strip())


def _bad(path: str, number: int, what: str) -> UserError:
    return UserError(
        f"Line {number} of {path} {what}.",
        'Write {"messages": [{"role": "user", "content": "…"}], "answer": "…"}.', "bad_examples",
    )  # fmt: skip


def _table(path: str) -> Iterator[Example]:
    columns = read_columns(path, ("question", "answer"), ("passage", "title"))
    none = [""] * len(columns["question"])
    rows = zip(
        columns["question"], columns["answer"], columns.get("passage", none),
        columns.get("title", none), strict=True,
    )  # fmt: skip
    for number, (question, answer, passage, title) in enumerate(rows, 1):
        if not question or not (answer or passage):
            raise UserError(
                f"Row {number} of {path} has no {'answer' if question else 'question'}.",
                "Fill it, or take the row out.", "bad_examples",
            )  # fmt: skip
        mode: Mode = "files" if passage else "model"
        hits = [_hit(title, passage)] if passage else []
        yield Example(tuple(prompt.build(question, hits, mode=mode)), answer or prompt.NOT_FOUND)


def _hit(title: str, text: str) -> Hit:
    return Hit(
        rank=1, score=1.0, passage_id=1, document="", title=title, headings=[], page=None, start=0,
        end=len(text), text=text, signals=Signals(),
    )  # fmt: skip
