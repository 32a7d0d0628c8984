"""Tells how far a passage keeps together the words that a question puts side by side.

BM25 and a passage's vector both forget the order of words: "cache control" and "control of a cache
that ..., without cache" are alike to them. Pairs of words that stand close together say more (the
term-proximity part of R. Song et al., "Viewing Term Proximity from a Different Perspective", 2008).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

WINDOW = 8  # words from one of a pair to the other, function words included
BONUS = 0.15  # of a score in [0, 1]; measured with SMOOTHING and LOOKED_AT on anthropic_docs
SMOOTHING = 2  # so that the one pair of a short question does not decide alone
LOOKED_AT = 40  # best passages; what is below does not come up to the first ten

Pair = tuple[str, str]


def pairs(stems: Sequence[str]) -> list[Pair]:
    """The neighbours among a question's telling words, each pair of different words once."""
    return list(dict.fromkeys(pair for pair in pairwise(stems) if pair[0] != pair[1]))


def closeness(wanted: Sequence[Pair], stems: Sequence[str]) -> float:
    """The share in [0, 1) of the pairs that stand within WINDOW words in a passage with these stems
    (all of them, in order), out of SMOOTHING more than there are."""
    if not wanted:
        return 0.0
    places = defaultdict[str, list[int]](list)
    for at, stem in enumerate(stems):
        places[stem].append(at)
    met = sum(_near(places.get(one, ()), places.get(other, ())) for one, other in wanted)
    return met / (len(wanted) + SMOOTHING)


def _near(some: Sequence[int], others: Sequence[int]) -> bool:
    """Whether one of these rising places is within WINDOW of one of those."""
    for place in some:
        at = bisect_left(others, place - WINDOW)
        if at < len(others) and others[at] <= place + WINDOW:
            return True
    return False
