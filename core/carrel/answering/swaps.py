"""Finds a sentence that repeats a quote with one word exchanged: "the tenant pays" for "the
landlord pays". Word overlap alone takes such a sentence for supported; it is its opposite."""

from __future__ import annotations

from collections.abc import Set
from difflib import SequenceMatcher
from itertools import pairwise

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
    for (step, _, b, _, d), (_, start, end, _, _) in pairwise(steps):
        agreed = [word for word in said[start:end] if word in here]
        if step != "replace" or len(agreed) < AFTER:
            continue
        new, old = said[b - 1], meant[d - 1]
        if new in here - there and old in there - here and _is_other(new, vocabulary):
            return True
    return False


def _is_other(word: str, vocabulary: Set[str]) -> bool:
    return word in vocabulary and not any(letter.isdigit() for letter in word)
