"""Passages for the tests of answering: hits of documents whose whole text is known."""

from __future__ import annotations

from carrel.events import Hit, Signals
from carrel.sentences import sentences


def hit(
    text: str,
    *,
    rank: int = 1,
    document: str = "/notes.md",
    start: int = 0,
    title: str = "Notes",
    headings: list[str] | None = None,
    page: int | None = None,
    cosine: float | None = None,
) -> Hit:
    return Hit(
        rank=rank, score=1.0 / rank, passage_id=100 + rank, document=document, title=title,
        headings=headings or [], page=page, start=start, end=start + len(text), text=text,
        signals=Signals(keyword_rank=rank, vector_rank=rank if cosine else None, cosine=cosine),
    )  # fmt: skip


def passages(document_text: str, size: int = 2, document: str = "/doc.txt") -> list[Hit]:
    """Hits of `size` sentences each that cover the document in order."""
    spans = sentences(document_text)
    hits = []
    for rank, at in enumerate(range(0, len(spans), size), 1):
        start, end = spans[at][0], spans[min(at + size, len(spans)) - 1][1]
        hits.append(hit(document_text[start:end], rank=rank, document=document, start=start))
    return hits


LEASE = hit(
    "The tenant pays a deposit of 1,200 euros before moving in. The landlord returns the deposit "
    "within 30 days after the keys have been handed back. Ordinary wear is not deducted.",
    title="Lease Ashgrove Road",
    document="/lease.pdf",
    headings=["Deposit"],
    page=4,
    start=5000,
    cosine=0.71,
)
BOILER = hit(
    "Fault E17 means that the flame sensor is dirty. Let the boiler cool for twenty minutes before "
    "cleaning the sensor with a dry cloth.",
    rank=2,
    title="Boiler manual",
    document="/boiler.pdf",
    headings=["Faults"],
    page=12,
    start=90,
    cosine=0.44,
)
