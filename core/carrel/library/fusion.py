"""Joins rankings into one: weighted reciprocal-rank fusion, a lift for passages whose neighbours
were found as well, and dropping of near-duplicates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

RRF_K = 10  # matched or beat the usual 60 on five of five sets (tests/bench/retrieval.py)
NEIGHBOUR_SHARE = 0.5
"""How far a passage rises towards a better one just before or after it: what a question asks for
rarely ends where a passage ends. From .3 to .7 all help (tests/bench/retrieval.py)."""
_DIGIT = re.compile(r"\d")
SAME = 0.9  # share of common words from which two passages say the same

Item = TypeVar("Item")
Place = tuple[int, int]
"""Where a passage stands: its document's id and its ordinal there."""


class Ranking(NamedTuple):
    """Passage ids, best first, and how much this ranking counts."""

    passages: Sequence[int]
    weight: float


def fuse(rankings: Sequence[Ranking], k: int = RRF_K) -> list[tuple[int, float]]:
    """Return (passage id, score), best first, by weighted reciprocal-rank fusion.

    score = sum of weight / (k + rank), ranks from 1 (Cormack, Clarke, Buettcher, SIGIR 2009),
    divided by its greatest possible value, so that it lies in (0, 1]. Equal scores are ordered by
    the first ranking that holds them.
    """
    scores: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, passage in enumerate(ranking.passages, 1):
            scores[passage] += ranking.weight / (k + rank)
    greatest = sum(ranking.weight for ranking in rankings) / (k + 1)
    ordered = sorted(scores.items(), key=lambda pair: -pair[1])
    return [(passage, score / greatest) for passage, score in ordered]


def lifted(scores: Mapping[Place, float], share: float) -> dict[Place, float]:
    """Return the scores, raised by `share` of the distance to the better of the passages just
    before and after, where one of them is better.

    No passage overtakes the one that lifts it, so that each document's best score stays as it was.
    Neighbours that have no score lift nothing.
    """
    return {
        (document, at): score
        + share
        * max(
            0.0,
            scores.get((document, at - 1), 0.0) - score,
            scores.get((document, at + 1), 0.0) - score,
        )
        for (document, at), score in scores.items()
    }


def distinct(items: Iterable[Item], words: Callable[[Item], frozenset[str]], k: int) -> list[Item]:
    """Return the first k items, without those that say the same as an earlier one.

    Two say the same when the words they share are at least 90 % of the words of both together
    (Jaccard index) and their numbers are equal: two years of one table are not the same.
    """
    kept: list[Item] = []
    seen: list[frozenset[str]] = []
    for item in items:
        if len(kept) == k:
            break
        here = words(item)
        if any(_same(here, other) for other in seen):
            continue
        kept.append(item)
        seen.append(here)
    return kept


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    small, large = sorted((len(one), len(other)))
    if not small or small < SAME * large:
        return not large
    if len(one & other) < SAME * len(one | other):
        return False
    return not any(_DIGIT.search(word) for word in one ^ other)
