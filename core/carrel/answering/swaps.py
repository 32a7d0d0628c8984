"""Finds a sentence that repeats a quote with one word exchanged: "the tenant pays" for "the
landlord pays". Word overlap alone takes such a sentence for supported; it is its opposite."""

from __future__ import annotations

from collections.abc import Set
from difflib import SequenceMatcher

from carrel.answering.rarity import content_stems, stems

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


def _is_other(word: str, vocabulary: Set[str]) -> bool:
    return word in vocabulary and not any(letter.isdigit() for letter in word)
