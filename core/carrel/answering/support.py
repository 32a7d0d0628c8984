"""How well the passages support one sentence: by its words, its meaning, its facts and its sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from carrel.answering.candidates import Candidate, candidates
from carrel.answering.contradictions import (
    NEGATION,
    added_item,
    denied,
    mixed_clauses,
    other_reason,
    overstated,
    reserved,
    roles_changed,
    turned_round,
    without_negation,
)
from carrel.answering.facts import Fact, capitalizes_nouns, facts, is_known, known
from carrel.answering.figures import numbers_moved, units_changed
from carrel.answering.rarity import Weight, content_stems, coverage, rarity
from carrel.answering.swaps import exchanged, swapped
from carrel.events import Hit

THRESHOLD = 0.6
"""Support from which a passage sentence is cited. Fitted on the 72 cases of the first set in
tests/data/citations.jsonl; the rules for numbers, exchanged words and joined quotes also on the 87
of the second. What comes of it, and of clapnq, which was not fitted, is measured by
`python tests/bench/answering.py citations`."""
TOGETHER = 0.75
"""Two passage sentences must support more than one must: joining two facts can make a new one."""
TIE = 0.05
"""How much the question's words around a passage sentence count in the choice between quotes."""
SECOND = 0.25
"""A second quote is considered when it adds this share of the sentence's words."""
MEANING = 0.35
"""Weight of the embedding similarity beside that of the words (1 - MEANING), where there is one."""
FAR, NEAR = 0.25, 0.80
"""Cosines of sentences that count as 0 and as 1."""
CONTEXT = 0.6
"""How much a word counts that only the title, the headings or the neighbouring sentence hold."""
ITSELF = 0.35
"""The share of the words that a quote must hold itself, with its title and headings; below it the
words around it cannot make up for what it does not say."""
FACT_ELSEWHERE = 0.5
"""What is lost when no quote holds the sentence's numbers, and no quote's passage its names."""
NEGATED = 0.4
SAME_WORDS = 0.7
"""Support is multiplied by NEGATED when a quote holds this share of the sentence's words and only
one of the two says "not": the same words, the opposite meaning."""

_JOINTS = re.compile(r"[,;:]\s+(?:and|but|or|while)?\s*|\s+(?:and|but|while|whereas)\s+", re.I)
"""Where a sentence may join two facts."""

Near = dict[int, float]
"""Cosine between the answer sentence and the passage sentence at each place, where it was taken."""


@dataclass(frozen=True)
class Passages:
    """What an answer is held against: the sentences of the passages; the words around each (with
    titles and headings); the weight of a word; the share of the question's words around each
    sentence; every number and word that occurs at all, and those of each sentence's passage; the
    content stems of all sentences."""

    sentences: list[Candidate]
    around: list[frozenset[str]]
    weight: Weight
    asked: list[float]
    keys: frozenset[str]
    own_keys: list[frozenset[str]]
    check_names: bool
    words: frozenset[str]


@dataclass(frozen=True)
class Finding:
    """What was found for one sentence: places of quotes (none when unsupported), the support in
    [0, 1], and the spans of the sentence that nothing supports."""

    quotes: list[int]
    support: float
    gaps: list[tuple[int, int]]


def prepare(hits: Sequence[Hit], question: str = "") -> Passages:
    """Split the passages and weigh their words, once for all sentences of an answer."""
    found = candidates(hits)
    around = []
    for place, candidate in enumerate(found):
        beside = [c for c in found[max(0, place - 1) : place + 2] if c.hit is candidate.hit]
        around.append(candidate.context.union(*(c.stems for c in beside)))
    texts = [text for hit in hits for text in (hit.text, hit.title, *hit.headings)]
    of_hit = {id(hit): known([hit.text, hit.title, *hit.headings]) for hit in hits}
    weight = rarity(c.stems for c in found)
    asked = content_stems(question)
    return Passages(
        sentences=found,
        around=around,
        weight=weight,
        asked=[coverage(asked, words, weight) for words in around],
        keys=known(texts),
        own_keys=[of_hit[id(c.hit)] for c in found],
        check_names=not capitalizes_nouns(hit.text for hit in hits),
        words=frozenset().union(*(c.stems for c in found)),
    )


def find(text: str, passages: Passages, near: Near) -> Finding:
    """The passage sentences that support the sentence `text`, at most two.

    A number that stands in no passage leaves all of it unsupported; a name that stands in none
    makes a gap of its own in a sentence that is supported otherwise.
    """
    nothing = Finding([], 0.0, [(0, len(text))])
    claimed = facts(text)
    missing = [fact for fact in claimed if _is_missing(fact, passages)]
    wanted = frozenset(content_stems(text))
    if not wanted or not passages.sentences or any(fact.kind == "number" for fact in missing):
        return nothing
    stated = [fact for fact in claimed if fact not in missing]
    for quotes, least in _choices(text, wanted, stated, passages, near):
        support = _support(wanted, stated, quotes, passages, near)
        if _contradicts(text, quotes, passages):
            support *= NEGATED
        if support >= least:
            gaps = _joined([(fact.start, fact.end) for fact in missing], text)
            return Finding(quotes, round(min(1.0, support), 3), gaps)
    return nothing


def closest(text: str, passages: Passages, limit: int) -> list[int]:
    """Places of the `limit` passage sentences that share most with `text`, by words."""
    wanted = frozenset(content_stems(text))
    shares = [
        coverage(wanted, quote.stems | quote.context, passages.weight)
        for quote in passages.sentences
    ]
    return sorted(range(len(shares)), key=lambda place: -shares[place])[:limit]


def _is_missing(fact: Fact, passages: Passages) -> bool:
    checked = fact.kind == "number" or passages.check_names
    return checked and not is_known(fact, passages.keys)


def _choices(
    text: str, wanted: frozenset[str], claimed: Sequence[Fact], passages: Passages, near: Near
) -> list[tuple[list[int], float]]:
    """The quotes to try and the support each needs: the best with the one that adds most, if it
    adds enough and each has its part of the sentence, then the best alone."""
    places = range(len(passages.sentences))
    best = max(
        places,
        key=lambda at: _support(wanted, claimed, [at], passages, near) + TIE * passages.asked[at],
    )
    lacking = wanted - passages.sentences[best].stems
    gains = [coverage(wanted, lacking & q.stems, passages.weight) for q in passages.sentences]
    second = max(places, key=gains.__getitem__)
    alone = ([best], THRESHOLD)
    if gains[second] < SECOND or not _in_parts(text, (best, second), passages):
        return [alone]
    return [([best, second], TOGETHER), alone]


def _in_parts(text: str, places: tuple[int, int], passages: Passages) -> bool:
    """Whether `text` can be cut so that each quote holds one part of it.

    "The tenant pays the rent and the landlord the repairs" joins two facts. Words of two quotes
    that are mixed within one clause make a new fact, which neither says.
    """
    for cut in _JOINTS.finditer(text):
        parts = [
            frozenset(content_stems(part)) for part in (text[: cut.start()], text[cut.end() :])
        ]
        for one, other in (places, places[::-1]):
            pair = ((parts[0], one), (parts[1], other))
            if all(_holds(part, place, passages) for part, place in pair):
                return True
    return False


def _holds(part: frozenset[str], place: int, passages: Passages) -> bool:
    """Whether the sentence at `place`, with title and headings, holds most of a part's words."""
    quote = passages.sentences[place]
    return coverage(part, quote.stems | quote.context, passages.weight) >= THRESHOLD


def _support(
    wanted: frozenset[str],
    claimed: Sequence[Fact],
    places: Sequence[int],
    passages: Passages,
    near: Near,
) -> float:
    """Support of a sentence by the passage sentences at `places` together, in [0, 1]."""
    quotes = [passages.sentences[place] for place in places]
    own = frozenset().union(*(quote.stems for quote in quotes))
    wide = own.union(*(passages.around[place] for place in places))
    direct = coverage(wanted, own, passages.weight)
    words = direct + CONTEXT * (coverage(wanted, wide, passages.weight) - direct)
    value = words
    meant = [near[place] for place in places if place in near]
    if meant:
        meaning = min(1.0, max(0.0, (max(meant) - FAR) / (NEAR - FAR)))
        value = max(words, (1 - MEANING) * words + MEANING * meaning)
    said = coverage(wanted, own.union(*(q.context for q in quotes)), passages.weight)
    value *= min(1.0, said / ITSELF)
    return value * _facts_share(claimed, places, passages) if claimed else value


def _facts_share(claimed: Sequence[Fact], places: Sequence[int], passages: Passages) -> float:
    """1 when the quotes hold all numbers and their own passages all names, less for others."""
    near = frozenset().union(*(passages.own_keys[place] for place in places))
    quoted = frozenset().union(*(_keys(passages.sentences[place]) for place in places))
    lost = sum(not is_known(f, quoted if f.kind == "number" else near) for f in claimed)
    return 1.0 - FACT_ELSEWHERE * lost / len(claimed)


def _keys(quote: Candidate) -> frozenset[str]:
    """What a quote says by itself, with the title and the headings above it."""
    return known([quote.text, quote.hit.title, *quote.hit.headings])


def _contradicts(text: str, places: Sequence[int], passages: Passages) -> bool:
    """Whether the quotes say the same words with the opposite sign ("must", "must not"), or with
    another word in one place ("the tenant pays", "the landlord pays")."""
    quotes = [passages.sentences[place] for place in places]
    own = frozenset().union(*(quote.stems for quote in quotes))
    if any(swapped(text, quote.text, passages.words - own) for quote in quotes):
        return True
    if _means_otherwise(text, [quote.text for quote in quotes]):
        return True
    words = passages.words.union(*(quote.context for quote in quotes))
    if added_item(text, words):
        return True
    claimed = frozenset(content_stems(without_negation(text)))
    if coverage(claimed, own, passages.weight) < SAME_WORDS:
        return False
    negated = any(NEGATION.search(quote.text) for quote in quotes)
    return bool(NEGATION.search(text)) != negated


def _means_otherwise(text: str, quotes: Sequence[str]) -> bool:
    if overstated(text, quotes) or other_reason(text, quotes):
        return True
    checks = (denied, exchanged, reserved, roles_changed, turned_round, units_changed)
    if any(check(text, quote) for quote in quotes for check in checks):
        return True
    # What two quotes say together has its numbers and clauses from both.
    alone = quotes[0] if len(quotes) == 1 else ""
    return bool(alone) and (numbers_moved(text, alone) or mixed_clauses(text, alone))


def _joined(spans: Sequence[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Spans with nothing but white space between them become one ("Jane Doe")."""
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
