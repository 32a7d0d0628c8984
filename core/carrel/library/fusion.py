"""Joins what words and meaning say of passages into one score, lifts passages beside better ones,
and drops near-duplicates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

NEIGHBOUR_SHARE = 0.5
"""How far a passage rises towards a better one just before or after it: what a question asks for
rarely ends where a passage ends. From .3 to .7 all help (tests/bench/retrieval.py)."""
_DIGIT = re.compile(r"\d")
SAME = 0.9  # share of common words from which two passages say the same

Item = TypeVar("Item")
Place = tuple[int, int]
"""Where a passage stands: its document's id and its ordinal there."""


def blend(
    words: Mapping[int, float], cosines: Mapping[int, float], weights: tuple[float, float]
) -> dict[int, float]:
    """Return passage id -> score in [0, 1]: the weighted mean of BM25 score and cosine.

    Each is divided by the greatest there is (a convex combination of scores, arXiv 2210.11934), so
    that how much better one passage is than the next counts, not its rank alone. `weights` are of
    words and of meaning; a cosine below 0 counts as 0. A passage that has no vector yet is judged
    by its words alone, so that it can be found while meaning is still being read.
    """
    by_words, by_meaning = weights
    most = max(words.values(), default=0.0) or 1.0
    nearest = max(max(cosines.values(), default=0.0), 0.0) or 1.0
    scores = {}
    for passage in dict.fromkeys((*words, *cosines)):
        word = words.get(passage, 0.0) / most
        if passage in cosines:
            near = max(cosines[passage], 0.0) / nearest
            word = (by_words * word + by_meaning * near) / (by_words + by_meaning)
        scores[passage] = word
    return scores


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
