"""Accuracy and macro-F1 of labels against gold, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from carrel.events import Plain

RESAMPLES = 1000
MANY = 10_000


class Figure(Plain, frozen=True):
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


class Metrics(Plain, frozen=True):
    """Over `n` rows that have a gold label; rows without a text count as wrong. `unknown` of them
    have a gold label that is none of the labels."""

    n: int
    accuracy: Figure
    macro_f1: Figure
    unknown: int = 0


def metrics(gold: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> Metrics | None:
    """Accuracy, and F1 averaged over the labels that occur in `gold` (a label's F1 is 2TP / (2TP +
    FP + FN)); None when no row has a gold label. Percentile bootstrap over rows, 1,000 resamples,
    fixed seed (Efron and Tibshirani 1993, chapter 13)."""
    pairs = [(g, p) for g, p in zip(gold, given, strict=True) if g]
    if not pairs:
        return None
    names = sorted({*labels, *(g for g, _ in pairs), *(p for _, p in pairs)})
    place = {name: at for at, name in enumerate(names)}
    g = np.array([place[one] for one, _ in pairs])
    p = np.array([place[one] for _, one in pairs])
    accuracies, f1s = [], []
    rng = np.random.default_rng(0)
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(pairs), len(pairs))
        accuracies.append(float((g[drawn] == p[drawn]).mean()))
        f1s.append(macro_f1(g[drawn], p[drawn], len(names)))
    known = set(labels)
    return Metrics(
        n=len(pairs), unknown=sum(one not in known for one, _ in pairs),
        accuracy=figure_of(float((g == p).mean()), accuracies),
        macro_f1=figure_of(macro_f1(g, p, len(names)), f1s),
    )  # fmt: skip


def macro_f1(gold: NDArray[np.int64], given: NDArray[np.int64], count: int) -> float:
    """F1 averaged over the labels in `gold`; labels are numbers below `count`."""
    right = np.bincount(gold[gold == given], minlength=count)
    wanted, said = np.bincount(gold, minlength=count), np.bincount(given, minlength=count)
    there = wanted > 0
    return float((2 * right[there] / (wanted[there] + said[there])).mean())


def mean(values: Sequence[float]) -> Figure | None:
    """The mean with its percentile bootstrap interval over the values; None without values. From
    10,000 values on the interval is the normal one, which the bootstrap's equals by then."""
    if not values:
        return None
    given = np.asarray(values, dtype=np.float64)
    if len(given) >= MANY:
        wide = 1.96 * float(given.std(ddof=1)) / len(given) ** 0.5
        value = float(given.mean())
        ends = (round(value - wide, 4), round(value + wide, 4))
        return Figure(value=round(value, 4), low=ends[0], high=ends[1])
    rng = np.random.default_rng(0)
    drawn = [given[rng.integers(0, len(given), len(given))].mean() for _ in range(RESAMPLES)]
    return figure_of(float(given.mean()), drawn)


def figure_of(value: float, resampled: Sequence[float]) -> Figure:
    """A figure from the values of its resamples."""
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Figure(value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4))
