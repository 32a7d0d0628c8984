"""Which words of a question or an answer matter: content words, weighted by how rare they are."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Set
from functools import cache

from carrel.library.terms import TermHasher

Weight = Callable[[str], float]
"""Takes a stem, returns its weight (>= 0): rarer is heavier."""

_FUNCTION = (
    "a about after all also am an and any are as at be been before being between both but by "
    "can could did do does doing done for from get gets give given got had has have having he "
    "her here hers him his how i if in into is it its just know let may me might mine more most "
    "much must my no nor not of off on one only or other our ours out over own please same "
    "shall she should show so some such tell than that the their theirs them then there these "
    "they this those through to too under until up upon us very was we were what when where "
    "which while who whom whose why will with within without would yes you your yours "
)
FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""English words that say nothing about a sentence's subject. Other languages lean on rarity."""


_local = threading.local()  # a TermHasher is not for several threads at once


def stems(text: str) -> list[str]:
    """The stems of all words of `text`, in order, as the keyword index stems them."""
    if not hasattr(_local, "hasher"):
        _local.hasher = TermHasher(b"")  # no key: nothing is hashed here
    found: list[str] = _local.hasher.stems(text)
    return found


@cache
def _function_stems() -> frozenset[str]:
    return FUNCTION_WORDS | frozenset(stems(" ".join(FUNCTION_WORDS)))


def content_stems(text: str) -> list[str]:
    """The stems of `text` in order, without function words; repeated words stay repeated."""
    idle = _function_stems()
    return [stem for stem in stems(text) if stem not in idle]


def rarity(units: Iterable[Collection[str]], idf: Weight | None = None) -> Weight:
    """Weights by the number of `units` (sets of stems of sentences or passages) that hold a stem.

    The weight is ln(1 + N / (df + 0.5)), always positive, the inverse document frequency of BM25
    with N and df counted over the units at hand; a stem that occurs in none of them is heaviest.
    When `idf` is given (from the whole collection) it is used instead.
    """
    if idf is not None:
        return idf
    counts: Counter[str] = Counter()
    total = 0
    for unit in units:
        total += 1
        counts.update(set(unit))
    return lambda stem: math.log1p(max(total, 1) / (counts[stem] + 0.5))


def coverage(wanted: Collection[str], present: Set[str], weight: Weight) -> float:
    """The share of the weight of `wanted` stems that `present` holds, in [0, 1]; 0 for none."""
    whole = sum(weight(stem) for stem in set(wanted))
    if whole <= 0:
        return 0.0
    return sum(weight(stem) for stem in set(wanted) if stem in present) / whole
