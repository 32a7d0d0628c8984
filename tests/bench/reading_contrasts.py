"""The fifth part of the starter adapter's samples: the same passage with and without the answer.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.reading_contrasts OUT.jsonl [--draws 2]

Every passage is shown twice, once as it stands and once with the sentences that answer its question
put aside; both are cut to random lengths and may go on with sentences of a similar article, so
neither length nor gaps tell which is which. Several questions are put to both, its own and those of
similar articles. What the text shown holds is answered, what it lacks is declined.

The passages are those of nq_train, and of clapnq (questions with long answers, and questions whose
right article does not answer) all but HELD_OUT of each kind and their articles: on those the
adapter is measured. A draw has new lengths and new neighbours for every passage.
"""

from __future__ import annotations

import argparse
import os
import random
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tests.bench.answering import read
from tests.bench.reading_samples import (
    Made,
    Passage,
    answer,
    kept,
    neighbours,
    shown_hit,
    write,
)

from carrel.answering import prompt
from carrel.sentences import sentences

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
    own = Passage("", unit.title, text, "", "", "")
    hits = [shown_hit(own, text, 1)]
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
    words = sentence[at : at + length]
    held = Passage(one.text, shown.unit.title, shown.text, "", words,
                   " ".join(sentence.split()[:45]))  # fmt: skip
    return answer(held, number)


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
        shown_hit(Passage("", one.unit.title, "", "", "", ""), one.text, number)
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
