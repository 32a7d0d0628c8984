"""What the tests of formats with marks of structure look at."""

from __future__ import annotations

import time

from .conftest import check_offsets


def blocks_of(document):
    """(kind, heading path, text) of every block, its offsets checked."""
    check_offsets(document)
    return [(b.kind, b.headings, document.text[b.start : b.end]) for b in document.blocks]


def headings_of(document):
    return [(" > ".join(b.headings)) for b in document.blocks if b.kind == "heading"]


def settles(inline, data, name, seconds=2.0):
    """The document of a file that is meant to take long; fails when it takes over `seconds` of
    processor time three times in turn (beside other work a core does half as much)."""
    spent = []
    while len(spent) < 3 and min(spent, default=seconds) >= seconds:
        start = time.process_time()
        document = inline(data, name)
        spent.append(time.process_time() - start)
    assert min(spent) < seconds
    return document
