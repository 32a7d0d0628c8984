"""Words of a text as they can be searched without a stemmer, with the places where they stand.

A word is case-folded and freed of accents. Of a run of a script without spaces the words are its
pairs of neighbouring characters, and its last character alone, so that one character is found too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from carrel.library import terms

_PART = re.compile(r"(?:[^\W_]|[^\x00-\x7f])+")  # "l'étage" is two words, and so is "3.14"


class Placed(NamedTuple):
    """A word; the text that it stands for is text[start:end]."""

    form: str
    start: int
    end: int


class Phrase(NamedTuple):
    """Words of a query that must follow each other; the last of an `open` one may go on."""

    forms: list[str]
    open: bool


def readable(text: str) -> Iterator[Placed]:
    """The words of `text`, in order."""
    shown, places = text, None
    if "\u00ad" in text:  # where a PDF broke a line; it parts no word
        places = [at for at, sign in enumerate(text) if sign != "\u00ad"]
        shown = text.replace("\u00ad", "")
    for found in terms.WORD.finditer(shown):
        for form, start, end in _forms(found[0], found.start()):
            if places is None:
                yield Placed(form, start, end)
            else:
                yield Placed(form, places[start], places[end - 1] + 1)


def phrases_of(query: str) -> list[Phrase]:
    """What a text must hold to be found by `query`."""
    found = []
    for match in terms.WORD.finditer(query.replace("\u00ad", "")):
        folded = terms.fold(match[0])
        if terms.is_run(match[0]) and len(folded) > 1:
            found.append(Phrase(_pairs(folded), open=False))
        else:
            forms = [one for one, _, _ in _forms(match[0], 0)]
            found.append(Phrase(forms, open=True))
    return found


def spans(text: str, query: str) -> list[tuple[int, int]]:
    """Where the words of `query` stand in `text`: [start, end), in order."""
    words = list(readable(text))
    found: set[tuple[int, int]] = set()
    for forms, open_ended in phrases_of(query):
        for at in range(len(words) - len(forms) + 1):
            here = [one.form for one in words[at : at + len(forms)]]
            begins = open_ended and here[-1].startswith(forms[-1]) and here[:-1] == forms[:-1]
            if here == forms or begins:
                found.add((words[at].start, words[at + len(forms) - 1].end))
    return _apart(sorted(found))


def _forms(word: str, at: int) -> Iterator[tuple[str, int, int]]:
    folded = terms.fold(word)
    if not terms.is_run(word):
        for part in _PART.finditer(word):
            yield terms.fold(part[0]), at + part.start(), at + part.end()
    elif len(folded) != len(word):  # half-width forms grow together: their places are the run's
        for form in [*_pairs(folded), folded[-1]]:
            yield form, at, at + len(word)
    else:
        for i, form in enumerate(_pairs(folded)):
            yield form, at + i, at + i + len(form)
        yield folded[-1], at + len(word) - 1, at + len(word)


def _pairs(folded: str) -> list[str]:
    return [folded[i : i + 2] for i in range(len(folded) - 1)]


def _apart(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one."""
    result: list[tuple[int, int]] = []
    for start, end in found:
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
