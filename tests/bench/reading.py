"""How well a model reads: answers from passages and refuses without, with and without an adapter.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.reading [--model M.gguf] [--adapter A.gguf]
        [--n 150] [--kind alone --kind five ...] [--show 5] [--odds]

FOLDER holds nq_oracle (questions with their gold passage) and clapnq (answerable and unanswerable
questions, each with one passage of the article). Every prompt is the one that Carrel sends, every
answer greedy with Carrel's repeat penalty and cleaned as Carrel cleans it. The kinds:

- alone: the gold passage of nq_oracle;
- five: five passages of similar articles, with the question of each (gold at every place);
- long: the passage of clapnq's answerable questions, whose gold answers are sentences;
- near: the passage of clapnq's unanswerable questions: right article, no answer;
- other: the passage of nq_oracle that is most like the question among those without its answer;
- none: the instruction and no passage at all.

F1 is the overlap of words with the nearest gold answer, as SQuAD counts it (arXiv 1606.05250).
With --odds nothing is generated: what counts is how likely the first token declines, and how many
of a kind that is to be declined would be, by a line that declines 5 or 8 % of the other kind.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tests.bench.answering import hit, holds, read
from tests.bench.calibrating import area
from tests.bench.engine_models import loaded
from tests.bench.reliability import interval

from carrel.answering import prompt
from carrel.answering.refusal import is_refusal
from carrel.answering.stream import STOPS, AnswerStream
from carrel.engine.inline import InlineModel
from carrel.engine.messages import (
    AdapterFile,
    ChatMessage,
    Generate,
    LabelScores,
    Piece,
    Sampling,
    ScoreLabels,
    SetAdapters,
)
from carrel.lab import texts
from carrel.library.embedders import starter_source
from carrel.profile import Profile
from carrel_models.starter import starter_path

LONGEST = 60  # tokens of an answer
LEAST = 1e-6  # of a probability, so that its logarithm is finite
LONGEST_REFUSAL = 32  # where only the first sentence counts


class Case(NamedTuple):
    """What is sent, and the answers that count; none where a refusal is right."""

    question: str
    messages: list[ChatMessage]
    answers: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=starter_path(), help="a GGUF file")
    parser.add_argument("--adapter", action="append", default=[], help="none: the base alone")
    parser.add_argument("--n", type=int, default=150, help="questions of each kind")
    parser.add_argument("--kind", action="append", choices=list(KINDS), default=[])
    parser.add_argument("--odds", action="store_true", help="the first token alone")
    parser.add_argument("--show", type=int, default=0, help="answers to print of each kind")
    wanted = parser.parse_args()
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder that holds nq_oracle and clapnq.")
    data = Path(os.environ["CARREL_EVAL_DATA"])
    print(f"model {wanted.model.name}, adapter {wanted.adapter or 'none'}", flush=True)
    model = loaded(wanted.model, 4096)
    if wanted.adapter:
        files = [AdapterFile(path=os.path.abspath(one)) for one in wanted.adapter]
        model.set_adapters(SetAdapters(adapters=files))
    if wanted.odds:
        report_odds(model, data, wanted.n)
        return
    for kind in wanted.kind or KINDS:
        report(model, kind, KINDS[kind](data, wanted.n), wanted.show)


def report_odds(model: InlineModel, data: Path, n: int) -> None:
    """How well the first token tells what a passage answers from what it does not."""
    found = {
        kind: np.array([declining(model, case.messages) for case in KINDS[kind](data, n)])
        for kind in ("alone", "other", "long", "near")
    }
    for yes, no in (("alone", "other"), ("long", "near"), ("alone", "near")):
        keep, decline = found[yes], found[no]
        lines = [
            f"{share:.0%} false: {(decline > np.quantile(keep, 1 - share)).mean():.2f}"
            for share in (0.05, 0.08)
        ]
        natural = f"declined {(decline > 0.5).mean():.2f}, falsely {(keep > 0.5).mean():.2f}"
        print(
            f"odds {yes:5} {no:5} n={len(keep)}+{len(decline)}  AUC {area(-keep, -decline):.3f}  "
            f"{natural}; {', '.join(lines)}",
            flush=True,
        )


def declining(model: InlineModel, messages: list[ChatMessage]) -> float:
    """The probability, in [0, 1], that the answer begins with the refusal rather than with the
    number of a passage."""
    request = ScoreLabels(chats=[messages], labels=[prompt.NOT_FOUND, "[1]"], by="step")
    (scores,) = [
        one
        for reply in model.score(request, threading.Event())
        if isinstance(reply, LabelScores)
        for one in reply.scores
    ]
    return dict(zip(scores.labels, scores.probabilities, strict=True))[0]


def log_odds(model: InlineModel, chats: Sequence[list[ChatMessage]]) -> NDArray[np.float64]:
    """For each chat the logarithm of the odds that the answer declines, within 14 nats."""
    chances = np.clip([declining(model, one) for one in chats], LEAST, 1 - LEAST)
    odds: NDArray[np.float64] = np.log(chances) - np.log(1 - chances)
    return odds


def report(model: InlineModel, kind: str, cases: list[Case], show: int) -> None:
    """One line of figures, after some answers to look at."""
    begun = time.perf_counter()
    longest = LONGEST if cases[0].answers else LONGEST_REFUSAL
    said = [generated(model, case.messages, longest) for case in cases]
    spent = (time.perf_counter() - begun) / len(cases)
    for case, text in list(zip(cases, said, strict=True))[:show]:
        print(f"  {case.question}\n    gold {case.answers}\n    said {text}")
    refused = [float(is_refusal(text)) for text in said]
    line = f"reading {kind:6} n={len(cases):4}  refused {interval(refused)}"
    if cases[0].answers:
        both = list(zip(cases, said, strict=True))
        overlap = [texts.f1(text, case.answers) for case, text in both]
        held = [float(holds(case.answers, text)) for case, text in both]
        line += f"  F1 {interval(overlap)}  holds the answer {interval(held)}"
    print(f"{line}  {spent:.1f} s each", flush=True)


def generated(model: InlineModel, messages: list[ChatMessage], longest: int = LONGEST) -> str:
    """The model's answer, greedily, cleaned as the pipeline cleans it."""
    request = Generate(
        messages=messages, stop=list(STOPS), max_tokens=longest,
        sampling=Sampling(temperature=0.0, repeat_penalty=1.1),
    )  # fmt: skip
    cleaner = AnswerStream()
    parts: list[Any] = [
        cleaner.feed(event.text)
        for event in model.stream(request, threading.Event())
        if isinstance(event, Piece)
    ]
    return "".join([*parts, cleaner.finish()]).strip()


# --- the kinds ----------------------------------------------------------------------------------


def gold(data: Path) -> list[dict[str, Any]]:
    rows = read(data / "nq_oracle" / "nq_oracle.jsonl")
    return [row for row in rows if holds(row["answers"], row["text"])]


def alone(data: Path, n: int) -> list[Case]:
    return [
        Case(row["question"], prompt.build(row["question"], [hit(row)]), row["answers"])
        for row in gold(data)[:n]
    ]


def five(data: Path, n: int) -> list[Case]:
    return list(_five(gold(data)))[:n]


def _five(rows: list[dict[str, Any]]) -> Iterator[Case]:
    """Groups of five rows whose passages are near; each question is put to all five passages."""
    with tempfile.TemporaryDirectory() as scratch:
        embedder = starter_source(Profile.at(scratch), threads=2).get()
        vectors = embedder.encode_passages([f"{r['title']}\n{r['text']}" for r in rows])
    free = list(range(len(rows)))
    while len(free) >= 5:
        likeness = vectors[free] @ vectors[free[0]]
        chosen = [free[i] for i in np.argsort(-likeness)[:5]]
        free = [i for i in free if i not in chosen]
        hits = [hit(rows[i], rank) for rank, i in enumerate(chosen, 1)]
        for i in chosen:
            question = rows[i]["question"]
            yield Case(question, prompt.build(question, hits), rows[i]["answers"])


def long(data: Path, n: int) -> list[Case]:
    return [
        Case(
            row["input"], prompt.build(row["input"], [hit(row["passages"][0])]),
            [row["output"][0]["answer"]],
        )
        for row in read(data / "clapnq" / "answerable.jsonl")[:n]
    ]  # fmt: skip


def near(data: Path, n: int) -> list[Case]:
    return [
        Case(row["input"], prompt.build(row["input"], [hit(row["passages"][0])]), [])
        for row in read(data / "clapnq" / "unanswerable.jsonl")[:n]
    ]


def other(data: Path, n: int) -> list[Case]:
    rows = gold(data)
    with tempfile.TemporaryDirectory() as scratch:
        embedder = starter_source(Profile.at(scratch), threads=2).get()
        vectors = embedder.encode_passages([f"{r['title']}\n{r['text']}" for r in rows])
        found = []
        for row in rows[:n]:
            order = np.argsort(-(vectors @ embedder.encode_query(row["question"])))
            missed = next(rows[i] for i in order if not holds(row["answers"], rows[i]["text"]))
            found.append(Case(row["question"], prompt.build(row["question"], [hit(missed)]), []))
    return found


def none(data: Path, n: int) -> list[Case]:
    return [
        Case(row["question"], prompt.build(row["question"], shown=True), [])
        for row in gold(data)[-n:]
    ]


KINDS: dict[str, Callable[[Path, int], list[Case]]] = {
    "alone": alone, "five": five, "long": long, "near": near, "other": other, "none": none,
}  # fmt: skip

if __name__ == "__main__":
    main()
