"""Whether a model's own sentences can be relied on: its answers against the files' best sentences.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.reliability [--model FILE.gguf] [--n 100]

Each question of nq_oracle and clapnq gets its gold passage in the prompt, as the pipeline would
send it. Measured are the share of answers that hold the gold answer (nq_oracle), the overlap of
words with the gold answer (F1 as SQuAD counts it, arXiv 1606.05250), and the share of generated
sentences that the passage supports; beside it the same of the verbatim sentences. The first figure
is what stands as `holds_answer` in a model's card file.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tests.bench.answering import hit, holds, read
from tests.bench.engine_models import loaded

from carrel.answering import prompt
from carrel.answering.citations import attach, is_refusal
from carrel.answering.stream import STOPS, AnswerStream
from carrel.answering.verbatim import best_sentences
from carrel.engine.inline import InlineModel
from carrel.engine.messages import Generate, Piece, Sampling
from carrel.events import Hit
from carrel.lab import texts
from carrel.library.embedders import starter_source
from carrel.ports import Embedder
from carrel.profile import Profile
from carrel.sentences import sentences
from carrel_models.starter import starter_path

LONGEST = 120  # tokens of an answer


class Case(NamedTuple):
    """A question, its gold passage, and the answers that count."""

    question: str
    hits: list[Hit]
    answers: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="", help="a GGUF file; empty takes the starter")
    parser.add_argument("--n", type=int, default=100, help="questions of each set")
    wanted = parser.parse_args()
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder that holds nq_oracle and clapnq.")
    data = Path(os.environ["CARREL_EVAL_DATA"])
    path = Path(wanted.model) if wanted.model else starter_path()
    if path is None:
        sys.exit("The starter model is not installed; name another with --model.")
    print(f"model {path.name}", flush=True)
    # In this process: on a machine that is busy for long a worker would be taken for stuck.
    model = loaded(path, 4096)
    with tempfile.TemporaryDirectory() as folder:
        embedder = starter_source(Profile.at(folder), threads=0).get()
        for label, cases in (("nq_oracle", nq(data)), ("clapnq", clapnq(data))):
            report(model, embedder, label, cases[: wanted.n])


def nq(data: Path) -> list[Case]:
    rows = read(data / "nq_oracle" / "nq_oracle.jsonl")
    good = [row for row in rows if holds(row["answers"], row["text"])]
    return [Case(row["question"], [hit(row)], row["answers"]) for row in good]


def clapnq(data: Path) -> list[Case]:
    rows = read(data / "clapnq" / "answerable.jsonl")
    return [Case(r["input"], [hit(r["passages"][0])], [r["output"][0]["answer"]]) for r in rows]


def report(model: InlineModel, embedder: Embedder, label: str, cases: list[Case]) -> None:
    """Print one line for the model and one each for the first and the first three sentences."""
    said = [generated(model, case) for case in cases]
    best = [best_sentences(case.question, case.hits, embedder) for case in cases]
    show(label, "model", cases, said)
    show(label, "first sentence, verbatim", cases, [quotes[0].text for quotes in best])
    joined = [" ".join(quote.text for quote in quotes) for quotes in best]
    show(label, "three sentences, verbatim", cases, joined)
    refused = sum(is_refusal(text) for text in said)
    supported = total = 0
    for case, text in zip(cases, said, strict=True):
        checked = attach(text, case.hits, embedder, case.question)
        total += len(sentences(text))
        supported += len({one.answer_start for one in checked.citations})
    print(f"reliable {label:10} model: refuses {refused} of {len(cases)}, "
          f"supports {supported} of {total} sentences", flush=True)  # fmt: skip


def show(label: str, who: str, cases: list[Case], said: list[str]) -> None:
    held = [float(holds(c.answers, s)) for c, s in zip(cases, said, strict=True)]
    overlap = [texts.f1(s, c.answers) for c, s in zip(cases, said, strict=True)]
    print(f"reliable {label:10} {who:26} n={len(cases):4}  holds the answer {interval(held)}  "
          f"F1 {interval(overlap)}", flush=True)  # fmt: skip


def interval(values: list[float]) -> str:
    """Mean and 95 % bootstrap interval (1,000 draws)."""
    draws = np.random.default_rng(0).choice(values, (1000, len(values))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return f"{np.mean(values):.3f} ({low:.3f} to {high:.3f})"


def generated(model: InlineModel, case: Case) -> str:
    """The model's answer to one question, greedily, cleaned as the pipeline cleans it."""
    request = Generate(
        messages=prompt.build(case.question, case.hits), stop=list(STOPS), max_tokens=LONGEST,
        sampling=Sampling(temperature=0.0, repeat_penalty=1.1),
    )  # fmt: skip
    cleaner = AnswerStream()
    parts: list[Any] = [
        cleaner.feed(event.text)
        for event in model.stream(request, threading.Event())
        if isinstance(event, Piece)
    ]
    return "".join([*parts, cleaner.finish()]).strip()


if __name__ == "__main__":
    main()
