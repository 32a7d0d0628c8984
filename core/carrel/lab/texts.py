"""How answers are compared as texts: normalized words, numbers, yes and no. Any script."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_ARTICLES = frozenset({"a", "an", "the"})
_NUMBER = re.compile(r"[-−]?\d+(?:[ \u00a0\u202f',.]\d+)*")
_GROUPED = re.compile(
    r"\d{1,3}(?:[ \u00a0\u202f',]\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?"
)
_GROUPS = re.compile(r"[ \u00a0\u202f',]")
_YES = frozenset({"yes", "ja", "oui", "sí", "si", "sim", "true", "yeah", "yep", "correct"})
_NO = frozenset({"no", "nein", "non", "não", "nee", "false", "nope", "incorrect"})
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words that count, as in the evaluation of SQuAD (Rajpurkar et al. 2016: lower case, no
    punctuation, no articles), with Unicode's case folding and compatibility forms, and with each
    character of an unspaced script (Han, Kana, Thai) as a word of its own."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(
        "" if c in "'’" else " " if unicodedata.category(c)[0] in "PSZC" else c
        for c in _ungrouped(folded)
    )
    return [word for part in kept.split() if part not in _ARTICLES for word in _units(part)]


def exact(given: str, right: Sequence[str]) -> bool:
    """Whether the normalized answer equals one of the right ones."""
    said = words(given)
    return any(said == words(one) for one in right)


def f1(given: str, right: Sequence[str]) -> float:
    """The best F1 of words against one of the right answers, 2PR / (P + R) over shared words."""
    return max((_f1(words(given), words(one)) for one in right), default=0.0)


def contains(given: str, right: Sequence[str]) -> bool:
    """Whether the words of a right answer stand in the given one, in a row."""
    said = f" {' '.join(words(given))} "
    return any(f" {' '.join(words(one))} " in said for one in right if words(one))


def numbers(text: str) -> list[float]:
    """The numbers in a text in order: digits with separators of thousands (1,450 or 1 450) and a
    decimal point (or comma: 2,5), in any script's digits."""
    plain = unicodedata.normalize("NFKC", text)
    return [value for found in _NUMBER.finditer(plain) for value in _values(found.group())]


def number_match(given: str, right: Sequence[str]) -> bool:
    """Whether the answer says the number of a right answer (its first one), among at most two
    others: an answer that lists many numbers names none."""
    said = numbers(given)
    wanted = {numbers(one)[0] for one in right if numbers(one)}
    return len(said) <= 3 and any(one in wanted for one in said)


def yes_or_no(text: str) -> str:
    """ "yes" or "no" where the answer begins with one, else ""."""
    first = _WORD.search(unicodedata.normalize("NFKC", text).casefold())
    if first is None:
        return ""
    return "yes" if first.group() in _YES else "no" if first.group() in _NO else ""


def truth(value: object, empty: bool) -> bool:
    """A truth value from JSON or a table cell; an empty cell is `empty`. Raises ValueError."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().casefold()
    if not text:
        return empty
    if text in ("yes", "true", "1", "x", "y", "ja", "oui"):
        return True
    if text in ("no", "false", "0", "n", "nein", "non"):
        return False
    raise ValueError(f"{value!r} is neither yes nor no")


def _f1(given: Sequence[str], right: Sequence[str]) -> float:
    if not given or not right:
        return float(given == right)
    shared = sum((Counter(given) & Counter(right)).values())
    return 2 * shared / (len(given) + len(right))


def _ungrouped(text: str) -> str:
    """Separators of thousands taken out: "1,450" is the word 1450."""
    return _GROUPED.sub(lambda found: _GROUPS.sub("", found.group()), text)


def _units(word: str) -> list[str]:
    if any("\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\u9fff" for c in word):
        return list(word)
    return [word]


def _values(text: str) -> list[float]:
    sign = -1.0 if text[0] in "-−" else 1.0
    digits = text.lstrip("-−")
    if _GROUPED.fullmatch(digits):
        if digits.count(".") > 1:
            digits = digits.replace(".", "").replace(",", ".")
        return [sign * float(_GROUPS.sub("", digits))]
    parts = re.split(r"[ \u00a0\u202f']", digits)
    return [sign * value for part in parts for value in _decimal(part)]


def _decimal(text: str) -> list[float]:
    if text.count(".") + text.count(",") == 1:
        return [float(text.replace(",", "."))]
    return [float(part) for part in re.split(r"[.,]", text)]
