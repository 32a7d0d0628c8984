"""A document's sections in order, each with its most telling sentences, word for word.

Extraction and not generation: every line is a sentence of the document with its place, so that none
can be wrong, and a long document takes a moment. Sentences are chosen by SumBasic (Nenkova and
Vanderwende, "The impact of frequency on summarization", 2005): the mean probability of a
sentence's content words within its section, whose words count less once a sentence with them is in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from carrel.answering.candidates import Candidate, candidates
from carrel.answering.verbatim import is_quotable
from carrel.desk.library_requests import SummaryIs, SummaryLine
from carrel.errors import UserError
from carrel.events import Hit, Signals

if TYPE_CHECKING:
    from carrel.library.library import Library
    from carrel.library.passages import PassageRow

MOST_SECTIONS = 60
"""Sections of a summary; deeper headings are joined under their parents to stay below it."""
PER_LINE = 2_500
"""Characters of a section for each line; at least one line and at most MOST_LINES."""
MOST_LINES = 4
_UNTITLED = 6_000  # characters of a stretch of a document without headings
_OPENING = 1.3  # times the score of a section's first sentence: authors say there what it is about
_SHORT = 6  # content words; shorter sentences are scored as if they had so many


class _Section(NamedTuple):
    headings: list[str]
    passages: list[PassageRow]


def summarize(library: Library, path: str) -> Iterator[SummaryLine | SummaryIs]:
    """SummaryLine in reading order, then SummaryIs. Raises UserError for a path that is no document
    or has no text."""
    library.catalogue.text(path)  # says why there is no text
    known = library.catalogue.known(path)
    passages = library.catalogue.passages_of(known.document_id) if known else []
    if not passages:
        raise UserError(f"{path} has no text to summarize.", "See carrel documents.", "no_text")
    count = lines = 0
    for section in sections_of(passages):
        count += 1
        for chosen in _best(section):
            lines += 1
            yield SummaryLine(
                document=path, headings=section.headings, text=chosen.text,
                page=chosen.hit.page, start=chosen.start, end=chosen.end,
            )  # fmt: skip
    yield SummaryIs(document=path, title=passages[0].title, sections=count, lines=lines)


def sections_of(passages: Sequence[PassageRow]) -> list[_Section]:
    """The passages by heading path, cut as deep as gives at most MOST_SECTIONS; a document without
    headings by stretches of equal length."""
    deepest = max(len(one.headings) for one in passages)
    for depth in range(deepest, 0, -1):
        found = [
            _Section(list(path), list(group))
            for path, group in groupby(passages, key=lambda one, d=depth: one.headings[:d])  # type: ignore[misc]
        ]
        if 1 < len(found) <= MOST_SECTIONS or (depth == 1 and len(found) > 1):
            return found
    return _stretches(passages)


def _stretches(passages: Sequence[PassageRow]) -> list[_Section]:
    length = sum(len(one.text) for one in passages)
    most = max(_UNTITLED, length // MOST_SECTIONS + 1)
    found: list[_Section] = []
    room = 0
    for one in passages:
        if room <= 0:
            found.append(_Section(list(one.headings), []))
            room = most
        found[-1].passages.append(one)
        room -= len(one.text)
    return found


def _best(section: _Section) -> list[Candidate]:
    """The sentences that say most of a section, in reading order."""
    pool = [one for one in candidates([_hit(p) for p in section.passages]) if is_quotable(one)]
    length = sum(len(one.text) for one in section.passages)
    wanted = min(MOST_LINES, 1 + length // PER_LINE, len(pool))
    counts = Counter(stem for one in pool for stem in one.stems)
    total = sum(counts.values()) or 1
    shares = {stem: count / total for stem, count in counts.items()}
    chosen: list[Candidate] = []
    for _ in range(wanted):
        left = [one for one in pool if one not in chosen]
        best = max(left, key=lambda one: _score(one, shares, one is pool[0]))
        chosen.append(best)
        for stem in best.stems:
            shares[stem] **= 2
    return sorted(chosen, key=lambda one: one.start)


def _score(one: Candidate, shares: dict[str, float], opening: bool) -> float:
    mean = sum(shares[stem] for stem in one.stems) / max(_SHORT, len(one.stems))
    return mean * (_OPENING if opening else 1.0)


def _hit(row: PassageRow) -> Hit:
    return Hit(
        rank=1, score=0.0, passage_id=row.passage_id, document=row.document, title=row.title,
        headings=list(row.headings), page=row.page, start=row.start, end=row.end, text=row.text,
        signals=Signals(keyword_rank=None, vector_rank=None, cosine=None),
    )  # fmt: skip
