"""A passage as the catalogue stores it and the search returns it."""

from __future__ import annotations

from typing import NamedTuple


class PassageRow(NamedTuple):
    """One passage: `text == document_text[start:end]`; `document` is its absolute path, `digest`
    the BLAKE2b digest of its text; `page` counts from 1 and is None where a format has none."""

    passage_id: int
    document: str
    document_id: int
    ordinal: int
    title: str
    headings: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
    digest: bytes
