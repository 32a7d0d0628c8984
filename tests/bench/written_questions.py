"""Writes more questions on passages, for an adapter to learn from: about other things in them.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.written_questions samples OUT.jsonl
    carrel-tune --data OUT.jsonl --out asker.gguf --lowest 8 --epochs 2 --held-out 0
    CARREL_EVAL_DATA=FOLDER python -m tests.bench.written_questions write asker.gguf OUT.jsonl

FOLDER holds nq_train, and nq_oracle and clapnq, whose articles are left out. `samples` turns the
questions around: from a passage and an answer in it to the question. `write` lets the model that
learned this ask for names, numbers, dates and descriptions in the same passages, and keeps what
`sound` takes for a question on the sentence that it was written for. Lines are as in nq_train:
question, answers, title, text.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tests.bench.engine_models import answer, loaded
from tests.bench.reading_samples import kept

from carrel.engine.messages import AdapterFile, ChatMessage, Sampling, SetAdapters
from carrel.library.embedders import starter_source
from carrel.ports import Embedder
from carrel.profile import Profile
from carrel.sentences import sentences
from carrel_models.starter import starter_path

WORDS = 110
"""Of a passage around the answer: what is read to write a question."""
MOST = 5
"""Questions written for a passage."""
LONGEST = 24  # tokens of a question
_SYSTEM = "You write a short question that a passage answers."
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_KINDS = (
    rf"\b(?:(?:{_MONTH}) \d{{1,2}}, \d{{4}}|(?:\d{{1,2}} )?(?:{_MONTH}) \d{{4}})\b",
    r"\b(?:[$£€]\s?)?\d[\d,.]*\d(?: (?:million|billion|percent|per cent|%|[a-z]{3,12}))?",
    r"(?:\b[A-Z](?:[\w'’-]+|\.)(?: (?:of|the|de|and|von|van) (?=[A-Z]))? ?){2,5}(?<! )",
    r"(?<=[a-z,] )[A-Z][a-z]{3,}\b(?! [A-Z])",
    r"(?:(?<= is )|(?<= was ))(?:an?|the) [a-z][\w -]{8,60}?"
    r"(?=[,.;(]| (?:that|which|who|in|of|by|for)\b)",
    r"(?<=because )[\w ,'-]{12,70}(?=[.;])",
    r"[\"“][^\"”]{4,40}[\"”]",
)


class Asked(NamedTuple):
    """A place in a passage that a question may be about."""

    answer: str
    at: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("samples").add_argument("out", type=Path)
    write = parts.add_parser("write")
    write.add_argument("adapter")
    write.add_argument("out", type=Path)
    write.add_argument("--model", type=Path, default=starter_path(), help="a GGUF file")
    write.add_argument("--rows", type=int, default=0, help="passages; 0: all")
    wanted = parser.parse_args()
    rows = kept()
    found = samples(rows) if wanted.part == "samples" else written(rows, wanted)
    with wanted.out.open("w", encoding="utf-8") as file:
        for line in found:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def samples(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Chats from a passage and an answer to the question that somebody asked."""
    for row in rows:
        for own in row["answers"][:2]:
            at = row["text"].lower().find(own.lower())
            if at >= 0:
                said = Asked(row["text"][at : at + len(own)], at)
                chat = [{"role": m.role, "content": m.text} for m in asking(row, said)]
                yield {"messages": chat, "answer": row["question"]}


def asking(row: dict[str, Any], about: Asked) -> list[ChatMessage]:
    """The chat that asks for a question; its end alone depends on the answer."""
    begin, end = sentence_at(row["text"], about.at)
    where = " ".join(row["text"][begin:end].split()[:45])
    text = (
        f"{row['title']}\n{' '.join(row['text'].split()[:WORDS])}\n\n"
        f"Sentence: {where}\nAnswer: {about.answer}\nWrite the question."
    )
    return [ChatMessage(role="system", text=_SYSTEM), ChatMessage(role="user", text=text)]


def sentence_at(text: str, at: int) -> tuple[int, int]:
    return next(span for span in sentences(text) if span[1] > at)


def places(row: dict[str, Any], chance: random.Random) -> list[Asked]:
    """What to ask for: at most MOST places, spread over the sentences, none in the title or among
    the answers that the row has already, and none inside a longer one."""
    known = [row["title"].lower(), *(one.lower() for one in row["answers"])]
    every = [
        Asked(match[0].strip(" ,.;"), match.start())
        for kind in _KINDS
        for match in re.finditer(kind, row["text"])
    ]
    every.sort(key=lambda one: -len(one.answer))
    whole: list[Asked] = []
    for one in every:
        if not any(_meet(one, other) for other in whole):
            whole.append(one)
    found: dict[int, list[Asked]] = {}
    for one in whole:
        low = one.answer.lower()
        if len(low) > 1 and not any(low in other or other in low for other in known):
            found.setdefault(sentence_at(row["text"], one.at)[0], []).append(one)
    queues = [chance.sample(there, len(there)) for there in found.values()]
    chosen = [queue[turn] for turn in range(2) for queue in queues if turn < len(queue)]
    return sorted(chosen[:MOST], key=lambda one: one.at)


def _meet(one: Asked, other: Asked) -> bool:
    return one.at < other.at + len(other.answer) and other.at < one.at + len(one.answer)


def written(rows: Sequence[dict[str, Any]], wanted: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Rows as in nq_train, with questions that the model wrote; two models work side by side."""
    chosen = rows[: wanted.rows or len(rows)]
    middle = (len(chosen) + 1) // 2
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as side:
        embedder = starter_source(Profile.at(scratch), threads=1).get()
        halves = [
            side.submit(lambda half: list(_half(half, wanted, embedder)), half)
            for half in (chosen[:middle], chosen[middle:])
        ]
        for half in halves:
            yield from half.result()


def _half(
    rows: Sequence[dict[str, Any]], wanted: argparse.Namespace, embedder: Embedder
) -> Iterator[dict[str, Any]]:
    model = loaded(wanted.model, 1024, threads=1)
    model.set_adapters(SetAdapters(adapters=[AdapterFile(path=os.path.abspath(wanted.adapter))]))
    chance = random.Random(0)
    for number, row in enumerate(rows, 1):
        spans = sentences(row["text"])
        vectors = embedder.encode_passages([row["text"][a:b] for a, b in spans])
        asked: set[str] = {row["question"]}
        for about in places(row, chance):
            said, _ = answer(
                model, asking(row, about), max_tokens=LONGEST, sampling=Sampling(temperature=0.0)
            )
            question = " ".join(said.split())
            own = next(i for i, span in enumerate(spans) if span[1] > about.at)
            nearest = np.argsort(-(vectors @ embedder.encode_query(question)))
            if question in asked or not sound(question, about.answer) or own not in nearest[:2]:
                continue
            asked.add(question)
            yield {"question": question, "answers": [about.answer], "title": row["title"],
                   "text": row["text"]}  # fmt: skip
        if number % 50 == 0:
            print(f"{number} of {len(rows)} passages", file=sys.stderr, flush=True)
    model.close()


def sound(question: str, said: str) -> bool:
    """Whether this may be a question: of some words, and without its own answer."""
    return 4 <= len(question.split()) <= 20 and said.lower() not in question.lower()


if __name__ == "__main__":
    main()
