"""Finds a sentence that repeats a quote with one word exchanged: "the tenant pays" for "the
landlord pays". Word overlap alone takes such a sentence for supported; it is its opposite."""

from __future__ import annotations

from collections.abc import Set
from difflib import SequenceMatcher

from carrel.answering.rarity import content_stems, stems

_LISTED = frozenset(["and", "or", "und", "oder", "et", "ou", "y", "o", "e", "as", "well"])
AFTER = 2
"""Content words that must agree right after the exchanged one; fewer would catch paraphrases."""


def swapped(text: str, quote: str, vocabulary: Set[str]) -> bool:
    """Whether `text` repeats a stretch of `quote` with another content word in front of it.

    Only a word of the passages' own `vocabulary` (stems) counts: a synonym that the passages never
    use is a paraphrase, one that they use for something else is a mix-up. Numbers are checked
    elsewhere.
    """
    said, meant = stems(text), stems(quote)
    here, there = set(content_stems(text)), set(content_stems(quote))
    steps = SequenceMatcher(None, said, meant, autojunk=False).get_opcodes()
    agreed = [
        sum(word in here for word in said[a:b]) if step == "equal" else 0
        for step, a, b, _, _ in steps
    ]
    for at, (step, a, b, c, d) in enumerate(steps[:-1]):
        if step != "replace" or agreed[at + 1] < AFTER:
            continue
        new = [word for word in said[a:b] if word in here and _is_other(word, vocabulary | there)]
        if not new or not any(word in there - here for word in meant[c:d]):
            continue
        # Paraphrases move the quote's own words too; then the words before must agree as well.
        if any(word not in there for word in new) or (at and agreed[at - 1]):
            return True
    return False


def exchanged(text: str, quote: str) -> bool:
    """Whether `text` repeats `quote` with two stretches in each other's place: "from red to green"
    for "from green to red". Things that are only listed in another order are no exchange."""
    said, meant = stems(text), stems(quote)
    steps = SequenceMatcher(None, said, meant, autojunk=False).get_opcodes()
    other = [
        (a, b, content_stems(" ".join(said[a:b])), content_stems(" ".join(meant[c:d])))
        for step, a, b, c, d in steps
        if step == "replace"
    ]
    for at, (_, end, here, there) in enumerate(other):
        for start, _, here_too, there_too in other[at + 1 :]:
            crossed = _ends(there_too, here) and _ends(there, here_too)
            if crossed and not _LISTED.issuperset(said[end:start]):
                return True
    return _words_exchanged(said, meant, set(content_stems(text)))


def _words_exchanged(said: list[str], meant: list[str], content: set[str]) -> bool:
    """The same for two single words, each behind the word that the other one stands behind."""
    once = [w for w in said[1:] if w in content and said.count(w) == 1 == meant.count(w)]
    at = {word: (said.index(word), meant.index(word)) for word in once}
    for here, there in at.values():
        for later, earlier in at.values():
            if (
                here < later
                and 0 < earlier < there
                and said[here - 1] == meant[earlier - 1]
                and said[later - 1] == meant[there - 1]
                and not _LISTED.issuperset(said[here + 1 : later])
            ):
                return True
    return False


def _ends(whole: list[str], part: list[str]) -> bool:
    """Whether a stretch is the end of another one: "Ana Kovac" of "chief executive Ana Kovac"."""
    return bool(part) and whole[-len(part) :] == part


def _is_other(word: str, vocabulary: Set[str]) -> bool:
    return word in vocabulary and not any(letter.isdigit() for letter in word)
