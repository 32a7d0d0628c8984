"""Makes the samples that the starter adapter learns to read from, in Carrel's very prompt.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.reading_samples OUT.jsonl [--part 1] [--seed 0]

FOLDER holds nq_train (questions with their gold passage, JSON lines: question, answers, title,
text), and nq_oracle and clapnq, whose articles are left out: they are for evaluation alone. Every
line written is {"messages": [{"role", "content"}, ...], "answer": text}. Nothing is fetched.

The mix, per question: its gold passage alone (four in ten times also with a question of another
article, which it does not answer); for 45 in 100 the same passage without the sentences that hold
the answer; once among 3 and once among 5 passages of the most similar articles, at a random place,
where three passages in ten have lost their answer; and a few questions with no passage at all. An
answer begins with the number of its passage, which Carrel cuts off again: naming the place first is
deciding first whether there is one.

`--part 2` writes whole passages as they come, and fewer refusals (a quarter): after the first part
alone the model declined half of all questions whose passage was not cut to the sentences around the
answer. `--part 3` writes whole passages with near misses beside them: after the second part it
declined none of those. `--part 4` is the third with three refusals in ten instead of five: a few
steps on it move where the model draws the line, and not how well it tells the two apart. The fifth
part is made by `reading_contrasts`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tests.bench.answering import hit, read

from carrel.answering import prompt
from carrel.library.embedders import starter_source
from carrel.profile import Profile
from carrel.sentences import sentences

WORDS = {1: 70, 3: 50, 5: 40}
"""Words of a passage when so many are shown."""
WHOLE = 130
Made = tuple[list[Any], str]
LONG_ANSWER = 6
_SENTENCE_WANTED = re.compile(
    r"^(?:why|explain|describe|tell)\b"
    r"|^how (?!many|much|long|old|far|tall|big|often|high|deep|wide)"
    r"|^what (?:is|are|does|do|did|was) .*\b(?:mean|difference|purpose|meaning|role|function)\b"
)


class Passage(NamedTuple):
    """A question with a passage of few words that answers it, the same without the answer (""
    when too little is left), the answer as it stands there, and the sentence that holds it."""

    question: str
    title: str
    text: str
    without: str
    answer: str
    sentence: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", type=int, choices=list(PARTS), default=1, help="of the training")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    rows = kept()
    written = write(wanted.out, PARTS[wanted.part](rows, random.Random(wanted.seed)))
    print(f"{written} samples of {len(rows)} questions")


def write(out: Path, samples: Iterable[Made]) -> int:
    """Write samples as lines that `carrel-tune` reads. Returns how many they were."""
    written = 0
    with out.open("w", encoding="utf-8") as file:
        for messages, said in samples:
            chat = [{"role": one.role, "content": one.text} for one in messages]
            file.write(json.dumps({"messages": chat, "answer": said}, ensure_ascii=False) + "\n")
            written += 1
    return written


def kept() -> list[dict[str, Any]]:
    """The training rows, without articles that the evaluation has."""
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder with nq_train, nq_oracle and clapnq.")
    data = Path(os.environ["CARREL_EVAL_DATA"])
    held_out = {row["title"] for row in read(data / "nq_oracle" / "nq_oracle.jsonl")}
    for part in ("answerable", "unanswerable"):
        for row in read(data / "clapnq" / f"{part}.jsonl"):
            held_out.update(passage["title"] for passage in row["passages"])
    return [r for r in read(data / "nq_train" / "nq_train.jsonl") if r["title"] not in held_out]


def neighbours(rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """(n, n) places of the other rows, whose passage is nearest to a row's question first."""
    with tempfile.TemporaryDirectory() as scratch:
        embedder = starter_source(Profile.at(scratch), threads=2).get()
        passages = embedder.encode_passages([f"{r['title']}\n{r['text']}" for r in rows])
        questions = np.stack([embedder.encode_query(row["question"]) for row in rows])
    likeness = questions @ passages.T
    np.fill_diagonal(likeness, -2.0)
    return np.argsort(-likeness, axis=1)


def first(rows: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[Made]:
    """Messages and answers, all kinds."""
    near = neighbours(rows)
    for at, row in enumerate(rows):
        yield from alone(passage(row, WORDS[1]), rows[near[at][0]], chance)
    yield from together(rows, near, chance)
    for row in chance.sample(rows, min(120, len(rows))):
        yield prompt.build(row["question"], shown=True), prompt.NOT_FOUND


def second(rows: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[Made]:
    """900 whole passages, and 600 of the samples with several, few of which are refusals."""
    several = [
        one
        for one in together(rows, neighbours(rows), chance)
        if one[1] != prompt.NOT_FOUND or chance.random() < 0.3
    ]
    yield from chance.sample(several, min(600, len(several)))
    chosen = chance.sample(rows, min(900, len(rows)))
    for row in chosen:
        own = passage(row, WHOLE)
        shown = [shown_hit(own, row["text"], 1)]
        yield prompt.build(own.question, shown), answer(own, 1)
        if own.without and chance.random() < 0.3:
            cut = [shown_hit(own, own.without, 1)]
            yield prompt.build(own.question, cut), prompt.NOT_FOUND
        if chance.random() < 0.12:
            yield prompt.build(chance.choice(rows)["question"], shown), prompt.NOT_FOUND
    for row in chosen[:25]:
        yield prompt.build(row["question"], shown=True), prompt.NOT_FOUND


def third(rows: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[Made]:
    """Every whole passage with its question and near misses of three kinds, 800 of the samples with
    several passages, and 50 without any; about 45 in 100 are refusals."""
    near = neighbours(rows)
    several = [
        one
        for one in together(rows, near, chance)
        if one[1] != prompt.NOT_FOUND or chance.random() < 0.6
    ]
    yield from chance.sample(several, min(800, len(several)))
    for at in chance.sample(range(len(rows)), len(rows)):
        yield from whole(rows, at, near[at], chance)
    for row in chance.sample(rows, min(50, len(rows))):
        yield prompt.build(row["question"], shown=True), prompt.NOT_FOUND


def fourth(rows: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[Made]:
    """The samples of `third` with fewer refusals."""
    for one in third(rows, chance):
        if one[1] != prompt.NOT_FOUND or chance.random() < 0.45:
            yield one


def whole(
    rows: Sequence[dict[str, Any]], at: int, near: np.ndarray, chance: random.Random
) -> Iterator[Made]:
    """A row's passage as it stands, and near misses: the passage without its answer, another
    passage on the subject, and another question about this one."""
    row, own = rows[at], passage(rows[at], WHOLE)
    shown = [shown_hit(own, row["text"], 1)]
    yield prompt.build(own.question, shown), answer(own, 1)
    if own.without and chance.random() < 0.5:
        yield prompt.build(own.question, [shown_hit(own, own.without, 1)]), prompt.NOT_FOUND
    other = next((rows[j] for j in near[:8] if not _answers(row, rows[j]["text"])), None)
    if other is None:
        return
    if other["title"] == own.title or chance.random() < 0.5:
        missed = [hit({"title": other["title"], "text": other["text"]}, 1)]
        yield prompt.build(own.question, missed), prompt.NOT_FOUND
    if not _answers(other, row["text"]) and chance.random() < 0.25:
        yield prompt.build(other["question"], shown), prompt.NOT_FOUND


def _answers(row: dict[str, Any], text: str) -> bool:
    return any(answer.lower() in text.lower() for answer in row["answers"])


def together(
    rows: Sequence[dict[str, Any]], near: np.ndarray, chance: random.Random
) -> Iterator[Made]:
    """Every row once among 3 and once among 5 passages of similar articles."""
    for count in (3, 5):
        order = list(range(len(rows)))
        chance.shuffle(order)
        free = set(order)
        for at in order:
            if at not in free:
                continue
            others = [j for j in near[at] if j in free and rows[j]["title"] != rows[at]["title"]]
            group = [at, *others[: count - 1]]
            free.difference_update(group)
            absent = rows[others[count - 1]] if len(others) >= count else None
            yield from among([passage(rows[j], WORDS[count]) for j in group], absent, chance)


def alone(own: Passage, other: dict[str, Any], chance: random.Random) -> Iterator[Made]:
    """One passage: its own question, perhaps another's, perhaps its own without the answer."""
    shown = [shown_hit(own, own.text, 1)]
    yield prompt.build(own.question, shown), answer(own, 1)
    if chance.random() < 0.4 and other["title"] != own.title:
        yield prompt.build(other["question"], shown), prompt.NOT_FOUND
    if own.without and chance.random() < 0.45:
        cut = [shown_hit(own, own.without, 1)]
        yield prompt.build(own.question, cut), prompt.NOT_FOUND


def among(
    group: Sequence[Passage], absent: dict[str, Any] | None, chance: random.Random
) -> Iterator[Made]:
    """Several passages and the question of each, and perhaps one that none answers."""
    lost = [bool(one.without) and chance.random() < 0.3 for one in group]
    hits = [
        shown_hit(one, one.without if gone else one.text, number)
        for number, (one, gone) in enumerate(zip(group, lost, strict=True), 1)
    ]
    best_first = list(reversed(hits))  # build() shows the best last
    for number, (one, gone) in enumerate(zip(group, lost, strict=True), 1):
        said = prompt.NOT_FOUND if gone else answer(one, number)
        yield prompt.build(one.question, best_first), said
    if absent is not None and chance.random() < 0.4:
        yield prompt.build(absent["question"], best_first), prompt.NOT_FOUND


def shown_hit(one: Passage, text: str, number: int) -> Any:
    return hit({"title": one.title, "text": text}, number)


def answer(one: Passage, number: int) -> str:
    """What to say: the few words that answer, or the sentence where the question asks for more."""
    wordy = len(one.answer.split()) > LONG_ANSWER
    said = one.sentence if wordy or _SENTENCE_WANTED.search(one.question.lower()) else one.answer
    said = said[0].upper() + said[1:]
    return f"[{number}] {said}" + ("" if said[-1] in ".!?\"'" else ".")


def passage(row: dict[str, Any], words: int) -> Passage:
    """The sentences around the answer, with and without those that hold one of the answers."""
    text = row["text"]
    low = text.lower()
    found = [(low.find(a.lower()), -len(a), len(a)) for a in row["answers"] if a.lower() in low]
    at, _, length = min(found)
    spans = sentences(text)
    middle = next(i for i, (begin, end) in enumerate(spans) if end > at)
    first = last = middle
    while True:
        size = len(text[spans[first][0] : spans[last][1]].split())
        after = last + 1 < len(spans) and (last - middle <= middle - first or first == 0)
        step = last + 1 if after else first - 1
        if step < 0 or step >= len(spans):
            break
        begin, end = spans[step]
        if size + len(text[begin:end].split()) > words:
            break
        first, last = min(first, step), max(last, step)
    inside = [text[begin:end] for begin, end in spans[first : last + 1]]
    all_else = [text[begin:end] for begin, end in spans]
    names = [a.lower() for a in row["answers"]]
    rest = [one for one in all_else if not any(name in one.lower() for name in names)]
    without = " ".join(" ".join(rest).split()[:words])
    return Passage(
        row["question"], row["title"], " ".join(inside),
        without if len(without.split()) >= 12 else "", text[at : at + length],
        " ".join(text[spans[middle][0] : spans[middle][1]].split()[:45]),
    )  # fmt: skip


PARTS = {1: first, 2: second, 3: third, 4: fourth}

if __name__ == "__main__":
    main()
