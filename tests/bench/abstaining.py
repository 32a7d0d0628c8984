"""What a model that was tuned to abstain adds to the evidence: clapnq, right page, no answer.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.abstaining [--model M.gguf] [--adapter A.gguf]
        [--first N]

Questions wrongly taken as answerable where 5 % of the answerable ones are refused, 10 folds by
document, as `tests.bench.calibrating` counts them: by the evidence alone, by the model's wish to
decline alone (the odds of its first token, "Not in the passages." against naming a passage, after
Carrel's own prompt with the passages that were found), and by both together (logistic regression
over the two, fitted on the other nine folds). Unless told otherwise it asks the first questions of
each kind, on whose articles the starter adapter was not trained.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tests.bench.calibrating import FITTED, FOLDS, Array, Measured, _line, _logistic, fit, logits
from tests.bench.engine_models import loaded
from tests.bench.gate_cases import FOLDER, cases
from tests.bench.reading import log_odds
from tests.bench.reading_samples import HELD_OUT

from carrel.answering import prompt
from carrel.answering.verbatim import ranked
from carrel.engine.messages import AdapterFile, ChatMessage, SetAdapters
from carrel.library.embedders import starter_source
from carrel.profile import Profile
from carrel_models.starter import starter_path

PASSAGES = 3  # in the prompt, the best of those found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=starter_path(), help="a GGUF file")
    parser.add_argument("--adapter", default="", help="none: the model alone")
    parser.add_argument("--first", type=int, default=HELD_OUT, help="of each kind, 0: all")
    wanted = parser.parse_args()
    embedder = starter_source(Profile.at(FOLDER / "profile"), threads=0).get()
    rows = []
    for case in (one for one in cases() if one.set in FITTED):
        best = ranked(case.question, case.hits, embedder)
        figures = [one.closeness for one in best if one.closeness is not None]
        rows.append(Measured(case, np.array(figures, dtype=float).reshape(-1, 4)))
    own = first([row for row in rows if row.case.set == "page"], wanted.first)
    folds = _folds(rows)
    fits = [fit([r for r in rows if folds[r.case.home] != k]) for k in range(FOLDS)]
    evidence = np.array([logits([row], fits[folds[row.case.home]])[0] for row in own])
    wish = _declining(own, wanted.model, wanted.adapter)
    both = _together(own, np.column_stack([evidence, wish]), folds)
    print(f"model {wanted.model.name}, adapter {wanted.adapter or 'none'}, {len(own)} questions")
    for label, scores in (("evidence", evidence), ("model", -wish), ("both", both)):
        _line("page", label, own, scores)


def first(rows: list[Measured], most: int) -> list[Measured]:
    """At most this many of the answerable and of the unanswerable rows; 0 means all."""
    kinds = ([row for row in rows if row.case.answered is answered] for answered in (True, False))
    return [row for kind in kinds for row in kind[: most or len(kind)]]


def _folds(rows: Sequence[Measured]) -> dict[str, int]:
    homes = sorted({row.case.home for row in rows})
    np.random.default_rng(0).shuffle(homes)
    return {home: at % FOLDS for at, home in enumerate(homes)}


def _declining(rows: Sequence[Measured], path: Path, adapter: str) -> Array:
    """For each row the logarithm of the odds that the model declines."""
    model = loaded(path, 4096)
    if adapter:
        model.set_adapters(SetAdapters(adapters=[AdapterFile(path=os.path.abspath(adapter))]))
    odds = log_odds(model, [_chat(row) for row in rows])
    model.close()
    return odds


def _chat(row: Measured) -> list[ChatMessage]:
    return prompt.build(row.case.question, row.case.hits[:PASSAGES])


def _together(rows: Sequence[Measured], signs: Array, folds: dict[str, int]) -> Array:
    """Each row scored by a fit over the other folds."""
    answered = np.array([row.case.answered for row in rows], dtype=float)
    fold = np.array([folds[row.case.home] for row in rows])
    scores = np.zeros(len(rows))
    for k in range(FOLDS):
        rest = fold != k
        middle, spread = signs[rest].mean(axis=0), signs[rest].std(axis=0) + 1e-9
        found = _logistic((signs[rest] - middle) / spread, answered[rest], np.ones(rest.sum()))
        scores[~rest] = (signs[~rest] - middle) / spread @ found[:-1] + found[-1]
    return scores


if __name__ == "__main__":
    main()
