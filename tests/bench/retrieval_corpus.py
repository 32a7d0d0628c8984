"""Documents indexed by the real path (chunks, terms, vectors, LanceDB), for the retrieval bench."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.retrieval_sets import Found, Source

from carrel.events import Hit
from carrel.library.chunking import chunk, prefix
from carrel.library.index import LanceIndex
from carrel.library.passages import PassageRow
from carrel.library.search import Searcher
from carrel.library.terms import TermHasher
from carrel.ports import Embedder

_BLOCK = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")


class Block(NamedTuple):
    kind: str
    start: int
    end: int
    headings: tuple[str, ...]


class Corpus:
    """Documents, chunked and indexed, with every passage's row and size."""

    def __init__(self, folder: Path, embedder: Embedder, sources: Sequence[Source]) -> None:
        self.embedder = embedder
        self.hasher = TermHasher(b"bench")
        self.index = LanceIndex(folder, embedder.id, embedder.dimensions)
        self.rows: dict[int, PassageRow] = {}
        self.tokens: dict[int, int] = {}
        for number, source in enumerate(sources, 1):
            self._cut(number, source)
        rows = list(self.rows.values())
        prefixes = [prefix(row.title, row.headings) for row in rows]
        pairs = list(zip(rows, prefixes, strict=True))
        self.index.add_terms(
            [(r.passage_id, r.document_id, self.hasher.of_passage(p, r.text)) for r, p in pairs]
        )
        vectors = embedder.encode_passages([f"{p}\n{r.text}" for r, p in pairs])
        self.index.add_vectors(
            [(r.passage_id, r.document_id, v) for r, v in zip(rows, vectors, strict=True)]
        )
        self.index.optimize()

    def searcher(self, options: dict[str, Any]) -> Searcher:
        """A searcher with these options, the project's own where none is given."""
        return Searcher(self.index, self.embedder, self.hasher, self._fetch, **options)

    def found(self, hits: Sequence[Hit]) -> list[Found]:
        """The hits as the judges take them."""
        return [
            Found(hit.document, hit.start, hit.end, self.tokens[hit.passage_id]) for hit in hits
        ]

    def _fetch(self, ids: Sequence[int]) -> dict[int, PassageRow]:
        return {number: self.rows[number] for number in ids if number in self.rows}

    def _cut(self, number: int, source: Source) -> None:
        blocks = list(markdown_blocks(source.text, source.headings))
        for one in chunk(source.text, blocks, [], self.embedder.count_tokens):
            at = len(self.rows) + 1
            self.tokens[at] = one.tokens
            self.rows[at] = PassageRow(
                passage_id=at, document=source.path, document_id=number, ordinal=at,
                title=source.title, headings=one.headings, page=None, start=one.start,
                end=one.end, text=source.text[one.start : one.end], digest=b"",
            )  # fmt: skip


def markdown_blocks(text: str, above: tuple[str, ...]) -> Iterator[Block]:
    """Blocks between blank lines; "#" lines open headings under those `above`."""
    path: list[str] = []
    for found in _BLOCK.finditer(text):
        start, end = found.span()
        line = found.group().partition("\n")[0]
        if mark := re.match(r"(#{1,6})\s+(.+)", line):
            path = [*path[: len(mark[1]) - 1], mark[2].strip()]
            yield Block("heading", start, start + len(line), (*above, *path))
            start += len(line)
        kind = "table" if text[start:end].lstrip().startswith("|") else "paragraph"
        if text[start:end].strip():
            yield Block(kind, start, end, (*above, *path))
