"""The checkable facts of a sentence: numbers, dates and names, with their places.

A sentence that says a number, a date or a name that stands in no passage is wrong or invented,
however well its other words match; so these are looked up, not weighed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_DIGITS = re.compile(r"\d+(?:[.,:/-]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_WORDS = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty",
)
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(_WORDS)} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80",
    "ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000",
    "billion": "1000000000",
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6",
    "twice": "2", "half": "0.5", "dozen": "12",
}  # fmt: skip
_FOREIGN = [
    "zwei deux dos due twee dois", "drei trois tres tre drie", "vier quatre cuatro quattro quatro",
    "funf cinq cinco cinque vijf", "sechs six seis sei zes", "sieben sept siete sette zeven sete",
    "acht huit ocho otto oito", "neun neuf nueve nove negen", "zehn dix diez dieci tien dez",
    "elf onze once undici", "zwolf douze doce dodici twaalf doze",
]  # fmt: skip
_NUMBER_WORDS |= {w: str(n) for n, words in enumerate(_FOREIGN, 2) for w in words.split()}
_LENIENT = {
    "dos",
    "due",
    "tre",
    "sei",
    "sept",
    "neuf",
    "nove",
    "dix",
    "elf",
    "once",
    "zero",
    "one",
    "first",
    "second",
    "half",
    "hundred",
    "thousand",
    "million",
    "billion",
}
"""Number words with other uses ("one of the", "a second"): they prove a number, never break one."""
_CALENDAR = re.compile(
    r"january|february|april|june|july|august|september|october|november|"
    r"december|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_SENTENCE_END = re.compile(r"[.!?:;\"“”«»(\[\n•]\s*$")


@dataclass(frozen=True)
class Fact:
    """A number, a date word or a name at text[start:end]; equal `key`s mean the same thing."""

    kind: Literal["number", "name"]
    key: str
    start: int
    end: int


def facts(text: str) -> list[Fact]:
    """The facts that `text` claims, in order of place.

    Numbers are digits (thousands separators dropped) and unambiguous number words; names are
    capitalized words inside a sentence, and month and day names anywhere.
    """
    found = [
        Fact("number", key, match.start(), match.end())
        for match in _DIGITS.finditer(text)
        for key in _number_keys(match.group())[:1]
    ]
    for match in _WORD.finditer(text):
        word = _bare(match.group())
        if word in _NUMBER_WORDS and word not in _LENIENT:
            found.append(Fact("number", _NUMBER_WORDS[word], match.start(), match.end()))
        elif _is_name(text, match.start(), match.group()):
            found.append(Fact("name", word, match.start(), match.end()))
    return sorted(found, key=lambda fact: fact.start)


def number_at(word: str) -> str | None:
    """The canonical writing of a number in digits or words; None for any other word."""
    if word[0].isdigit():
        return _number_keys(word)[0]
    bare = _bare(word)
    return None if bare in _LENIENT and bare != "half" else _NUMBER_WORDS.get(bare)


def known(texts: Iterable[str]) -> frozenset[str]:
    """The keys of every number and of every word in `texts`: what a fact is looked up in."""
    keys: set[str] = set()
    for text in texts:
        for match in _DIGITS.finditer(text):
            keys.update(_number_keys(match.group()))
        for match in _WORD.finditer(text):
            word = _bare(match.group())
            keys.add(word)
            if word in _NUMBER_WORDS:
                keys.add(_NUMBER_WORDS[word])
    return frozenset(keys)


def is_known(fact: Fact, keys: frozenset[str]) -> bool:
    """Whether `keys` (of `known`) hold the fact; a plural or possessive of a known name counts."""
    if fact.key in keys:
        return True
    if fact.kind == "number":
        return False
    return fact.key.rstrip("s") in keys or f"{fact.key}s" in keys


def capitalizes_nouns(texts: Iterable[str]) -> bool:
    """Whether so many words are capitalized (German, title case) that capitals mean no names."""
    words = names = 0
    for text in texts:
        for match in _WORD.finditer(text):
            words += 1
            names += _is_name(text, match.start(), match.group())
    return words > 0 and names > 0.25 * words


def _number_keys(written: str) -> list[str]:
    """The number as written without thousands separators, then its parts ("2026-05-01")."""
    if _THOUSANDS.fullmatch(written):
        return [_canonical(written.replace(",", ""))]
    parts = re.split(r"[,:/-]", written)
    return [_canonical(written), *(_canonical(part) for part in parts)]


def _canonical(number: str) -> str:
    digits = "".join(str(unicodedata.digit(c, c)) for c in number)
    if digits.replace(".", "", 1).isdecimal():
        whole, _, fraction = digits.partition(".")
        fraction = fraction.rstrip("0")
        return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
    return digits


def _bare(word: str) -> str:
    """Case-folded, without accents and without a possessive ending."""
    folded = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c))
    return _POSSESSIVE.sub("", plain)


def _is_name(text: str, start: int, word: str) -> bool:
    if not word[0].isupper() or word in {"I", "I'm", "I’m"}:
        return False
    if _CALENDAR.fullmatch(_bare(word)):
        return True
    before = text[:start].rstrip(" ")
    return bool(before) and not _SENTENCE_END.search(before)
