"""Makes the samples that the starter adapter learns to read from, in Carrel's very prompt.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.reading_samples OUT.jsonl [--draws 2] [--seed 0]

FOLDER holds nq_train (questions with their gold passage, JSON lines: question, answers, title,
text), clapnq, and nq_oracle, whose articles are left out: they are for evaluation alone. Every line
written is {"messages": [{"role", "content"}, ...], "answer": text}. Nothing is fetched.

Every passage is shown twice, once as it stands and once with the sentences that answer its question
put aside; both are cut to random lengths and may go on with sentences of a similar article, so
neither length nor gaps tell which is which. Several questions are put to both, its own and those of
similar articles. What the text shown holds is answered, what it lacks is declined. An answer begins
with the number of its passage, which Carrel cuts off again: naming the place first is deciding
first whether there is one.

The passages are those of nq_train, and of clapnq (questions with long answers, and questions whose
right article does not answer) all but HELD_OUT of each kind and their articles: on those the
adapter is measured. A draw has new lengths and new neighbours for every passage.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tests.bench.answering import hit, read

from carrel.answering import prompt
from carrel.library.embedders import starter_source
from carrel.profile import Profile
from carrel.sentences import sentences

Made = tuple[list[Any], str]
LONG_ANSWER = 6
"""Words from which on an answer is given as its whole sentence."""
LONGEST_SENTENCE = 45  # words
_SENTENCE_WANTED = re.compile(
    r"^(?:why|explain|describe|tell)\b"
    r"|^how (?!many|much|long|old|far|tall|big|often|high|deep|wide)"
    r"|^what (?:is|are|does|do|did|was) .*\b(?:mean|difference|purpose|meaning|role|function)\b"
)

HELD_OUT = 60
"""Questions of each kind of clapnq that are measured."""
SHORTEST, LONGEST = 40, 220
"""Words of a passage that is shown alone, spread evenly."""
TOGETHER = {3: 80, 5: 55}
"""Words of a passage when so many are shown."""
FOREIGN = 0.25
"""How many of the passages are also asked the question of a similar article."""
NEAR = 10
"""Articles from which foreign questions and sentences are taken."""


class Question(NamedTuple):
    """A question, the answers that count, and the sentences of the passage that hold one."""

    text: str
    answers: tuple[str, ...]
    held: frozenset[int]


class Unit(NamedTuple):
    """A passage in sentences, with its question."""

    title: str
    sentences: tuple[str, ...]
    asked: Question


class Shown(NamedTuple):
    """A passage as it is shown: its sentences, and the places in the unit of its own ones."""

    unit: Unit
    sentences: list[str]
    kept: frozenset[int]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--draws", type=int, default=2, help="how often every passage is cut anew")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    rows = [*kept(), *clapnq()]
    chance = random.Random(wanted.seed)
    samples = (one for _ in range(wanted.draws) for one in contrasts(rows, chance))
    print(f"{write(wanted.out, samples)} samples of {len(rows)} questions")


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
    """The rows of nq_train, without articles that the evaluation has."""
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder with nq_train, nq_oracle and clapnq.")
    data = Path(os.environ["CARREL_EVAL_DATA"])
    held_out = {row["title"] for row in read(data / "nq_oracle" / "nq_oracle.jsonl")}
    for part in ("answerable", "unanswerable"):
        for row in read(data / "clapnq" / f"{part}.jsonl"):
            held_out.update(passage["title"] for passage in row["passages"])
    return [r for r in read(data / "nq_train" / "nq_train.jsonl") if r["title"] not in held_out]


def clapnq() -> Iterator[dict[str, Any]]:
    """The rows of clapnq to train on; the sentences that answer are a row's answers."""
    data = Path(os.environ["CARREL_EVAL_DATA"]) / "clapnq"
    parts = [read(data / f"{part}.jsonl") for part in ("answerable", "unanswerable")]
    measured = {one["passages"][0]["title"] for rows in parts for one in rows[:HELD_OUT]}
    for row in (one for rows in parts for one in rows[HELD_OUT:]):
        (passage,) = row["passages"]
        if passage["title"] not in measured:
            chosen = [s for said in row["output"] for s in said.get("selected_sentences", ())]
            yield {"question": row["input"], "answers": [s for s in chosen if s.strip()],
                   "title": passage["title"], "text": passage["text"],
                   "sentences": passage["sentences"]}  # fmt: skip


def units(rows: Sequence[dict[str, Any]]) -> list[Unit]:
    """A unit for every row."""
    found = []
    for row in rows:
        said = row.get("sentences") or [row["text"][a:b] for a, b in sentences(row["text"])]
        found.append(Unit(row["title"], tuple(said), _question(row, said)))
    return found


def _question(row: dict[str, Any], said: Sequence[str]) -> Question:
    held = frozenset(i for i, one in enumerate(said) if _holds(one, row["answers"]))
    return Question(row["question"], tuple(row["answers"]), held)


def _holds(text: str, answers: Sequence[str]) -> bool:
    low = text.lower()
    return any(one.lower() in low for one in answers)


def contrasts(rows: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[Made]:
    """All samples: passages alone, three and five together, and 60 questions without any."""
    near, all_units = neighbours(rows), units(rows)
    for at, unit in enumerate(all_units):
        others = [all_units[j] for j in near[at][:NEAR]]
        yield from _asked(window(unit, others, False, chance), others, chance)
        yield from _asked(window(unit, others, True, chance), others, chance)
    yield from _together(all_units, near, chance)
    for unit in chance.sample(all_units, min(60, len(all_units))):
        yield prompt.build(styled(unit.asked.text, chance), shown=True), prompt.NOT_FOUND


def neighbours(rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """(n, n) places of the other rows, whose passage is nearest to a row's question first."""
    with tempfile.TemporaryDirectory() as scratch:
        embedder = starter_source(Profile.at(scratch), threads=2).get()
        passages = embedder.encode_passages([f"{r['title']}\n{r['text']}" for r in rows])
        questions = np.stack([embedder.encode_query(row["question"]) for row in rows])
    likeness = questions @ passages.T
    np.fill_diagonal(likeness, -2.0)
    return np.argsort(-likeness, axis=1)


def window(unit: Unit, others: Sequence[Unit], cut: bool, chance: random.Random) -> Shown:
    """Sentences around the one that answers the question, of a random length; with `cut` those that
    answer it are put aside. Half of the texts that are too short go on with sentences of another
    article, cut or not."""
    words = chance.randint(SHORTEST, LONGEST)
    places = around(unit, unit.asked.held if cut else (), words)
    shown = [unit.sentences[i] for i in places]
    size = sum(len(one.split()) for one in shown)
    filler = _fillers(unit, others, chance)
    before, longer = chance.random() < 0.3, not shown or chance.random() < 0.5
    while longer and size < words * 0.8 and (more := next(filler, "")):
        shown = [more, *shown] if before else [*shown, more]
        size += len(more.split())
    return Shown(unit, shown, frozenset(places))


def around(unit: Unit, lost: Collection[int], words: int) -> list[int]:
    """Places of sentences around the answer to the question, of so many words together (one
    sentence at least), those that are `lost` left out."""
    free = [i for i in range(len(unit.sentences)) if i not in lost]
    if not free:
        return []
    middle = min(unit.asked.held, default=0)
    first = last = min(range(len(free)), key=lambda at: abs(free[at] - middle))
    centre = first
    sizes = [len(unit.sentences[i].split()) for i in free]
    while True:
        after = last + 1 < len(free) and (last - centre <= centre - first or first == 0)
        step = last + 1 if after else first - 1
        if not 0 <= step < len(free) or sum(sizes[first : last + 1]) + sizes[step] > words:
            break
        first, last = min(first, step), max(last, step)
    return free[first : last + 1]


def _fillers(unit: Unit, others: Sequence[Unit], chance: random.Random) -> Iterator[str]:
    """Sentences of similar articles, one article after the other, that answer nothing here."""
    for other in chance.sample(list(others), len(others)):
        for one in other.sentences:
            if 5 <= len(one.split()) <= 45 and not _holds(one, unit.asked.answers):
                yield one


def _asked(shown: Shown, others: Sequence[Unit], chance: random.Random) -> Iterator[Made]:
    """The questions that are put to a passage alone."""
    text = _spaced(shown.text) if chance.random() < 0.1 else shown.text
    unit = shown.unit
    hits = [hit({"title": unit.title, "text": text}, 1)]
    if said := _said(unit.asked, shown, 1):
        yield prompt.build(styled(unit.asked.text, chance), hits), said
    for one in _foreign(shown.text, others, chance):
        yield prompt.build(styled(one.text, chance), hits), prompt.NOT_FOUND


def _foreign(
    text: str, others: Sequence[Unit], chance: random.Random, share: float = FOREIGN
) -> Iterator[Question]:
    """Perhaps a question of a similar article, which the text does not answer."""
    free = [u.asked for u in others[:5] if not _holds(text, u.asked.answers)]
    if free and chance.random() < share:
        yield chance.choice(free)


def _said(one: Question, shown: Shown, number: int) -> str:
    """What to say to a question: its answer where a sentence that holds it is shown, the refusal
    where its words stand nowhere, "" where they stand in another sentence."""
    there = sorted(one.held & shown.kept)
    if not there:
        return "" if _holds(shown.text, one.answers) else prompt.NOT_FOUND
    sentence = shown.unit.sentences[there[0]]
    low = sentence.lower()
    at, length = min((low.find(a.lower()), len(a)) for a in one.answers if a.lower() in low)
    return answer(one.text, sentence[at : at + length], sentence, number)


def answer(question: str, words: str, sentence: str, number: int) -> str:
    """The few words that answer, or their sentence where the question asks for more."""
    wordy = len(words.split()) > LONG_ANSWER or _SENTENCE_WANTED.search(question.lower())
    said = " ".join(sentence.split()[:LONGEST_SENTENCE]) if wordy else words
    said = said[0].upper() + said[1:]
    return f"[{number}] {said}" + ("" if said[-1] in ".!?\"'" else ".")


def _together(all_units: Sequence[Unit], near: np.ndarray, chance: random.Random) -> Iterator[Made]:
    """Every passage once among three and once among five of similar articles."""
    for count, words in TOGETHER.items():
        order = list(range(len(all_units)))
        chance.shuffle(order)
        free = set(order)
        for at in order:
            if at not in free:
                continue
            found = [j for j in near[at] if j in free and j != at]
            group = [all_units[j] for j in (at, *found[: count - 1])]
            free.difference_update((at, *found[: count - 1]))
            absent = [all_units[j] for j in near[at][:NEAR] if all_units[j] not in group]
            yield from _among(group, absent, words, chance)


def _among(
    group: Sequence[Unit], absent: Sequence[Unit], words: int, chance: random.Random
) -> Iterator[Made]:
    all_shown = []
    for unit in group:
        lost = unit.asked.held if chance.random() < 0.3 else frozenset()
        places = around(unit, lost, words)
        if places:
            text = [unit.sentences[i] for i in places]
            all_shown.append(Shown(unit, text, frozenset(places)))
    hits = [
        hit({"title": one.unit.title, "text": one.text}, number)
        for number, one in enumerate(all_shown, 1)
    ]
    best_first = list(reversed(hits))  # build() shows the best last
    everything = " ".join(one.text for one in all_shown)
    for number, one in enumerate(all_shown, 1):
        asked = one.unit.asked
        said = _said(asked, one, number)
        if said and not (said == prompt.NOT_FOUND and _holds(everything, asked.answers)):
            yield prompt.build(styled(asked.text, chance), best_first), said
    for asked in _foreign(everything, absent, chance, 1.0):
        yield prompt.build(styled(asked.text, chance), best_first), prompt.NOT_FOUND


def styled(question: str, chance: random.Random) -> str:
    """A question as people type it: bare, with its mark, or as in print."""
    draw = chance.random()
    if draw < 0.6 or not question:
        return question
    marked = question.rstrip("?").strip() + "?"
    return marked if draw < 0.75 else marked[0].upper() + marked[1:]


def _spaced(text: str) -> str:
    """The text with its punctuation apart, as corpora write it."""
    return re.sub(r"(?<=\w)([.,;:!?()\"])(?=\s|$)", r" \1", text)


if __name__ == "__main__":
    main()
