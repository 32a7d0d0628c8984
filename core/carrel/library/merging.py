"""Joins passages that stand next to each other, so that a prompt reads in one piece."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from carrel.events import Hit, Signals

if TYPE_CHECKING:
    from carrel.library.passages import PassageRow
    from carrel.library.search import Fetch

TextOf = Callable[[str], str]
"""Takes a document's path, returns its extracted text."""


def merge_neighbours(hits: Sequence[Hit], text_of: TextOf) -> list[Hit]:
    """Return the hits with neighbours of one document joined, best first, ranks counted anew.

    Two passages are neighbours when they touch, overlap, or have only white space between them. A
    joined hit keeps the id, score, title and signals of its best part; its page and headings are
    those of its first part, and `text == document_text[start:end]` holds as before.
    """
    by_document: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_document[hit.document].append(hit)
    joined: list[Hit] = []
    for document, group in by_document.items():
        if len(group) == 1:
            joined += group
            continue
        text = text_of(document)
        joined += [_join(run, text) for run in _runs(sorted(group, key=lambda h: h.start), text)]
    joined.sort(key=lambda hit: hit.rank)
    return [msgspec.structs.replace(hit, rank=rank) for rank, hit in enumerate(joined, 1)]


def _runs(group: list[Hit], text: str) -> list[list[Hit]]:
    runs: list[list[Hit]] = [[group[0]]]
    end = group[0].end
    for hit in group[1:]:
        if hit.start <= end or not text[end : hit.start].strip():
            runs[-1].append(hit)
        else:
            runs.append([hit])
        end = max(end, hit.end)
    return runs


def _join(run: list[Hit], text: str) -> Hit:
    best = min(run, key=lambda hit: hit.rank)
    start, end = run[0].start, max(hit.end for hit in run)
    return msgspec.structs.replace(
        best, start=start, end=end, text=text[start:end], page=run[0].page, headings=run[0].headings
    )


def with_neighbours(hits: Sequence[Hit], fetch: Fetch, best: int = 2) -> list[Hit]:
    """Return the hits, the first `best` of them each followed by the passages after and before it.

    Give the result to `merge_neighbours`. With room for 2,000 tokens this finds two points more of
    the text that answers a question; with 1,000 it makes no difference (tests/bench/retrieval.py).
    """
    wanted = [hit.passage_id + step for hit in hits[:best] for step in (1, -1)]
    rows = fetch(wanted)
    taken = {hit.passage_id for hit in hits[:best]}
    found: list[Hit] = []
    for hit in hits[:best]:
        found.append(hit)
        for step in (1, -1):
            row = rows.get(hit.passage_id + step)
            if row and row.document == hit.document and row.passage_id not in taken:
                taken.add(row.passage_id)
                found.append(_beside(hit, row))
    found += [hit for hit in hits[best:] if hit.passage_id not in taken]
    return [msgspec.structs.replace(hit, rank=rank) for rank, hit in enumerate(found, 1)]


def _beside(hit: Hit, row: PassageRow) -> Hit:
    """The row as a hit that no search found: it has its neighbour's score and no signals."""
    return msgspec.structs.replace(
        hit, passage_id=row.passage_id, headings=list(row.headings), page=row.page,
        start=row.start, end=row.end, text=row.text, signals=Signals(),
    )  # fmt: skip
