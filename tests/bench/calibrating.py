"""Fits the evidence score of an embedder and its thresholds, and says how well it does.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.calibrating [--write]

Logistic regression over the figures of a sentence (`carrel.answering.closeness`), where the best
sentence of a question counts: weights and best sentences are found in turn. Clapnq and nq_oracle
are fitted, each of their three sets with the same weight; chunking_eval is only measured. Reported
are 10 folds by document, and each set with the others fitted alone. With --write the calibration
of the starter embedder is written; another embedder needs its own run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tomli_w
from numpy.typing import NDArray
from tests.bench.gate_cases import FOLDER, Case, cases

from carrel.answering import calibration as product
from carrel.answering.verbatim import ranked
from carrel.library.embedders import starter_source
from carrel.profile import Profile

FITTED = ("page", "pages", "removed")
FOLDS = 10
REFUSED = 0.05
"""False refusals that are allowed: t1 lies at this quantile of the answerable questions."""
ACCEPTED = 0.10
"""Near misses that may count as in the files: t2 lies above the others of clapnq."""
STRENGTH = 1.0  # of the regularization, on standardized figures
OUT = Path("core/carrel/answering/calibrations")

Array = NDArray[np.float64]


class Measured(NamedTuple):
    """A case with the figures of its sentences (sentences, 4); none when nothing was found."""

    case: Case
    figures: Array

    @property
    def cosine(self) -> float:
        """Of the best passage."""
        return max((hit.signals.cosine or 0.0 for hit in self.case.hits), default=0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the calibration")
    parser.add_argument("--removed", type=int, default=1000, help="cases of nq_oracle")
    wanted = parser.parse_args()
    embedder = starter_source(Profile.at(FOLDER / "profile"), threads=0).get()
    rows = []
    for at, case in enumerate(limited(cases(), wanted.removed)):
        best = ranked(case.question, case.hits, embedder)
        figures = [one.closeness for one in best if one.closeness is not None]
        rows.append(Measured(case, np.array(figures, dtype=float).reshape(-1, 4)))
        if at % 500 == 499:
            print(f"{at + 1} questions", file=sys.stderr, flush=True)
    weights = fit([row for row in rows if row.case.set in FITTED])
    report(rows)
    refuse, accept = thresholds(rows, weights)
    print(f"weights {np.round(weights, 3)}, t1 {refuse:.3f}, t2 {accept:.3f}")
    said = bands(rows, weights, refuse, accept)
    if wanted.write:
        write(embedder.id, embedder.sha256, weights, (refuse, accept), said)


def limited(found: Sequence[Case], removed: int) -> list[Case]:
    """All cases but for the later ones of nq_oracle and most foreign ones: they take minutes."""
    nq = [one for one in found if one.set == "removed"][:removed]
    own = [one for one in found if one.set == "foreign" and one.answered]
    other = [one for one in found if one.set == "foreign" and not one.answered][::4]
    return [*(one for one in found if one.set in ("page", "pages")), *nq, *own, *other]


# --- fitting ------------------------------------------------------------------------------------


def fit(rows: Sequence[Measured], rounds: int = 5) -> Array:
    """Four weights and the constant; each set counts the same, answered or not."""
    rows = [row for row in rows if len(row.figures)]
    answered = np.array([row.case.answered for row in rows], dtype=float)
    kinds = [(row.case.set, row.case.answered) for row in rows]
    share = np.array([1.0 / kinds.count(kind) for kind in kinds])
    share *= len(rows) / share.sum()
    weights = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    for _ in range(rounds):
        best = np.array([row.figures[int(np.argmax(row.figures @ weights[:4]))] for row in rows])
        middle, spread = best.mean(axis=0), best.std(axis=0) + 1e-9
        found = _logistic((best - middle) / spread, answered, share)
        slopes = found[:4] / spread
        weights = np.append(slopes, found[4] - slopes @ middle)
    return weights


def _logistic(x: Array, y: Array, share: Array) -> Array:
    """Newton's method for logistic regression with an L2 penalty on all but the constant."""
    x = np.column_stack([x, np.ones(len(x))])
    penalty = np.diag([STRENGTH] * (x.shape[1] - 1) + [0.0])
    found = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ found))
        slope = x.T @ (share * (p - y)) + penalty @ found
        curve = (x * (share * p * (1 - p))[:, None]).T @ x + penalty
        found = found - np.linalg.solve(curve, slope)
    return found


def logits(rows: Sequence[Measured], weights: Array) -> Array:
    """The score of each case before the sigmoid; very low where nothing was found."""
    return np.array(
        [float((r.figures @ weights[:4]).max() + weights[4]) if len(r.figures) else -30.0
         for r in rows]
    )  # fmt: skip


def thresholds(rows: Sequence[Measured], weights: Array) -> tuple[float, float]:
    """t1 over the answerable questions, each set with the same weight, and t2."""
    answerable = [
        logits([r for r in rows if r.case.set == name and r.case.answered], weights)
        for name in (*FITTED, "foreign")
    ]
    points = np.linspace(0, 1, 401)
    spread = np.concatenate([np.quantile(one, points) for one in answerable])
    near = [r for r in rows if r.case.set in ("page", "pages") and not r.case.answered]
    accept = float(np.quantile(logits(near, weights), 1 - ACCEPTED))
    return product.sigmoid(float(np.quantile(spread, REFUSED))), product.sigmoid(accept)


# --- reporting ----------------------------------------------------------------------------------


def report(rows: Sequence[Measured]) -> None:
    """Print, for each set, cosine alone, 10 folds, and the set left out of the fit."""
    fitted = [row for row in rows if row.case.set in FITTED]
    homes = sorted({row.case.home for row in fitted})
    np.random.default_rng(0).shuffle(homes)
    fold = {home: at % FOLDS for at, home in enumerate(homes)}
    by_fold = [fit([r for r in fitted if fold[r.case.home] != k]) for k in range(FOLDS)]
    for name in (*FITTED, "foreign"):
        own = [row for row in rows if row.case.set == name]
        _line(name, "cosine alone", own, np.array([row.cosine for row in own]))
        if name != "foreign":
            scores = [logits([r], by_fold[fold[r.case.home]])[0] for r in own]
            _line(name, "score, 10 folds", own, np.array(scores))
        same = ("page", "pages") if name in ("page", "pages") else (name,)
        without = fit([row for row in fitted if row.case.set not in same])
        _line(name, "score, fitted on the other data", own, logits(own, without))


def _line(name: str, label: str, rows: Sequence[Measured], scores: Array) -> None:
    answered = np.array([row.case.answered for row in rows])
    yes, no = scores[answered], scores[~answered]
    random = np.random.default_rng(0)
    draws = [
        accepted(random.choice(yes, len(yes)), random.choice(no, len(no))) for _ in range(1000)
    ]
    low, high = np.quantile(draws, (0.025, 0.975))
    print(
        f"gate {name:8} {label:32} n={len(yes)}+{len(no)}  AUC {area(yes, no):.3f}  wrong "
        f"acceptance at 5 % false refusals {accepted(yes, no):.3f} ({low:.3f} to {high:.3f})",
        flush=True,
    )


def accepted(yes: Array, no: Array) -> float:
    """The share of `no` above what 95 % of `yes` reach."""
    return float((no >= np.quantile(yes, REFUSED)).mean())


def area(yes: Array, no: Array) -> float:
    """Area under the ROC curve: the chance that a `yes` is above a `no`, ties half."""
    low = np.searchsorted(np.sort(no), yes, side="left")
    high = np.searchsorted(np.sort(no), yes, side="right")
    return float((low + high).mean() / 2 / len(no))


def bands(rows: Sequence[Measured], weights: Array, refuse: float, accept: float) -> dict[str, str]:
    """The shares of each set in the three bands, printed and returned."""
    said = {}
    for name in (*FITTED, "foreign"):
        for answered in (True, False):
            own = [r for r in rows if r.case.set == name and r.case.answered is answered]
            scores = np.array([product.sigmoid(value) for value in logits(own, weights)])
            yes, no = float((scores >= accept).mean()), float((scores < refuse).mean())
            label = f"{name}_{'answered' if answered else 'unanswered'}"
            said[label] = f"n={len(own)} yes {yes:.3f} doubtful {1 - yes - no:.3f} no {no:.3f}"
            print(f"bands {label:20} {said[label]}")
    return said


def write(
    id: str, sha256: str, weights: Array, limits: tuple[float, float], said: dict[str, str]
) -> None:
    """Write the calibration file."""
    names = (*product.Weights.__struct_fields__,)
    found = {
        "embedder": id, "sha256": sha256,
        "refuse": round(limits[0], 4), "accept": round(limits[1], 4),
        "weights": {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)},
        "measured": {"how": "python -m tests.bench.calibrating --write", **said},
    }  # fmt: skip
    OUT.mkdir(parents=True, exist_ok=True)
    text = "# Fitted on public question sets; page and pages are clapnq, removed is nq_oracle.\n"
    (OUT / f"{id}.toml").write_text(text + tomli_w.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
