"""Joins passages that stand next to each other, so that a prompt reads in one piece."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from carrel.events import Hit

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
