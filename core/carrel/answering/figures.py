"""Finds a number of the quote at another thing, or with another unit: "students pay 9" where the
quote says "9 euros, students 6". Each number is known, so looking numbers up does not notice it."""

from __future__ import annotations

import re
from typing import NamedTuple

from carrel.answering.facts import number_at
from carrel.answering.rarity import content_stems

_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+|[,;:.()]")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_STOP = 3
"""Words that a comma counts as, between a word and the number that it may belong to."""

_ARTICLES = frozenset(
    ["a", "an", "one", "ein", "eine", "einen", "einer", "einem", "un", "une", "una", "uno"]
)
_TIMES = frozenset({"s", "min", "h", "day", "week", "month", "year"})
_ONE_TIME = "one of a time"
"""The key of "an hour" and "1 hour"; of its own, as "one euro" and "a day" can both be true."""

_UNITS = [
    "m metre metres meter meters", "cm centimetre centimetres centimeter centimeters",
    "mm millimetre millimetres millimeter millimeters", "km kilometre kilometres kilometer "
    "kilometers", "mile miles", "foot feet ft", "inch inches", "g gram grams gramm gramme grammes",
    "kg kilo kilos kilogram kilograms kilogramm", "mg milligram milligrams", "t ton tons tonne "
    "tonnes", "l litre litres liter liters", "ml millilitre millilitres milliliter milliliters",
    "kb kilobyte kilobytes", "mb megabyte megabytes", "gb gigabyte gigabytes",
    "tb terabyte terabytes", "s sec second seconds sekunde sekunden seconde secondes",
    "min minute minutes minuten minuto minutos", "h hour hours stunde stunden heure heures hora "
    "horas", "day days tag tage tagen jour jours dia dias", "week weeks woche wochen semaine "
    "semaines semana semanas", "month months monat monate monaten mois mes meses",
    "year years jahr jahre jahren an ans annee annees ano anos", "euro euros eur",
    "dollar dollars usd", "pound pounds gbp", "cent cents", "percent prozent pourcent",
    "degree degrees grad", "watt watts w", "kw kilowatt kilowatts", "mw megawatt megawatts",
]  # fmt: skip
_UNIT_OF = {word: names.split()[0] for names in _UNITS for word in names.split()}


class _Number(NamedTuple):
    """A number of a text: its canonical writing, the place among the tokens, the count of commas
    before it, and its unit or ""."""

    key: str
    place: float
    clause: int
    unit: str


class _Read(NamedTuple):
    """A text's numbers, and the content words with their places; commas lie far apart."""

    numbers: list[_Number]
    words: list[tuple[str, float]]


def numbers_moved(text: str, quote: str) -> bool:
    """Whether `text` gives a number of `quote` to what another number belongs to there.

    A word belongs to the number next to it, across a comma only when there is no nearer one. Units
    do not count. A number whose words all belong to others behind another comma has moved.
    """
    said, meant = _read(text), _read(quote)
    keys = {number.key for number in meant.numbers}
    if len(keys) < 2:
        return False
    owner = {word: _nearest(place, meant.numbers) for word, place in meant.words}
    clauses = {number.key: number.clause for number in meant.numbers}
    for number in said.numbers:
        if number.key not in keys:
            continue
        mine = [w for w, at in said.words if _nearest(at, said.numbers) == {number.key}]
        owners = [owner[word] for word in mine if word in owner]
        home = clauses[number.key]
        if owners and all(clauses[key] != home for one in owners for key in one):
            return True
    return False


def units_changed(text: str, quote: str) -> bool:
    """Whether a number of `quote` stands in `text` with another unit than there; "an hour" is one
    of them."""
    units: dict[str, set[str]] = {}
    for number in _read(quote, articles=True).numbers:
        units.setdefault(number.key, set()).add(number.unit)
    return any(
        number.unit and number.key in units and not units[number.key] & {number.unit, ""}
        for number in _read(text, articles=True).numbers
    )


def _read(text: str, *, articles: bool = False) -> _Read:
    """The numbers and words of a text; with `articles` these are numbers before a unit of time."""
    numbers: list[_Number] = []
    words: list[tuple[str, float]] = []
    place, clause = 0.0, 0
    tokens = _TOKEN.findall(text)
    for at, token in enumerate(tokens):
        place += _STOP if token in ",;:.()" else 1
        clause += token in ",;:.()"
        following = tokens[at + 1].casefold() if at + 1 < len(tokens) else ""
        if _YEAR.fullmatch(token):
            continue  # a year stands beside anything
        key, unit = number_at(token), _UNIT_OF.get(following, "")
        if articles and unit in _TIMES and (key == "1" or token.casefold() in _ARTICLES):
            key = _ONE_TIME
        if key is not None:
            numbers.append(_Number(key, place, clause, unit))
        elif not (numbers and numbers[-1].place == place - 1 and token.casefold() in _UNIT_OF):
            words += [(stem, place) for stem in content_stems(token)]
    return _Read(numbers, words)


def _nearest(place: float, numbers: list[_Number]) -> set[str]:
    """The numbers that are as near as any."""
    least = min(abs(place - number.place) for number in numbers) if numbers else 0.0
    return {number.key for number in numbers if abs(place - number.place) == least}
