"""How well passages are found, on labelled public questions: `python -m tests.bench.retrieval`.

CARREL_EVAL_DATA names the folder of chunking_eval, anthropic_docs and nq_oracle. Each set is
indexed by the real path (chunks, terms, vectors, LanceDB) and asked through the real Searcher, by
words, by meaning and fused. Figures are means over questions with bootstrap 95 % intervals.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from carrel.events import Hit
from carrel.library.chunking import chunk, prefix
from carrel.library.embedders import STARTER
from carrel.library.embedding import OnnxEmbedder
from carrel.library.index import LanceIndex
from carrel.library.passages import PassageRow
from carrel.library.search import Searcher
from carrel.library.terms import TermHasher
from carrel.profile import shared_embedders

NQ_QUESTIONS = 300
WAYS = {"words": (1.0, 0.0), "meaning": (0.0, 1.0), "fused": None}
_BLOCK = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")


class Source(NamedTuple):
    """A document to be searched."""

    path: str
    title: str
    headings: tuple[str, ...]
    text: str


class Block(NamedTuple):
    kind: str
    start: int
    end: int
    headings: tuple[str, ...]


class Asked(NamedTuple):
    """A question and how to judge the hits for it: name of the figure -> score in [0, 1]."""

    question: str
    judge: Callable[[Sequence[Hit], Corpus], dict[str, float]]


class Corpus:
    """Documents, chunked and indexed, with every passage's row and size."""

    def __init__(self, folder: Path, embedder: OnnxEmbedder, sources: Sequence[Source]) -> None:
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

    def searcher(self, weights: tuple[float, float] | None) -> Searcher:
        """A searcher with these weights of words and meaning, None for the project's own."""
        options = (
            {} if weights is None else dict(words_weight=weights[0], meaning_weight=weights[1])
        )
        return Searcher(self.index, self.embedder, self.hasher, self._fetch, **options)

    def _fetch(self, ids: Sequence[int]) -> dict[int, PassageRow]:
        return {number: self.rows[number] for number in ids}

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


# --- the three sets ---------------------------------------------------------------------------


def chunking_eval(data: Path) -> tuple[list[Source], list[Asked], int]:
    """Share of gold characters within a token budget, over all five corpora together."""
    folder = data / "chunking_eval"
    sources = [
        Source(file.stem, "", (), file.read_text(encoding="utf-8"))
        for file in sorted((folder / "corpora").glob("*.md"))
    ]
    texts = {source.path: source.text for source in sources}
    asked = []
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        text = texts[one["corpus"]]
        gold = [_places(text, r["start_index"], r["end_index"]) for r in one["references"]]
        asked.append(Asked(one["question"], _gold_judge(one["corpus"], gold)))
    return sources, asked, 60


def _places(text: str, start: int, end: int) -> list[range]:
    """Everywhere that a gold span's words stand: some corpora hold whole paragraphs twice."""
    places = [
        range(found.start(), found.end()) for found in re.finditer(re.escape(text[start:end]), text)
    ]
    return places or [range(start, end)]


def _gold_judge(
    document: str, gold: list[list[range]]
) -> Callable[[Sequence[Hit], Corpus], dict[str, float]]:
    wanted = sum(len(places[0]) for places in gold)

    def judge(hits: Sequence[Hit], corpus: Corpus) -> dict[str, float]:
        found = {}
        for budget in (1_000, 2_000):
            seen: set[int] = set()
            spent = 0
            for hit in hits:
                spent += corpus.tokens[hit.passage_id]
                if spent > budget:
                    break
                if hit.document == document:
                    seen.update(range(hit.start, hit.end))
            got = sum(max(len(seen.intersection(place)) for place in places) for places in gold)
            found[f"gold found in {budget:,} tokens"] = got / wanted
        return found

    return judge


def anthropic_docs(data: Path) -> tuple[list[Source], list[Asked], int]:
    """nDCG@10 over the sections of a product documentation."""
    folder = data / "anthropic_docs"
    sections = json.loads((folder / "docs.json").read_text(encoding="utf-8"))
    sources = [
        Source(
            one["chunk_link"], _page_title(one["chunk_link"]), (one["chunk_heading"],), one["text"]
        )
        for one in sections
    ]
    questions = json.loads((folder / "questions.json").read_text(encoding="utf-8"))
    asked = [Asked(one["question"], _ndcg_judge(one["correct_chunks"])) for one in questions]
    return sources, asked, 40


def _page_title(link: str) -> str:
    return link.partition("#")[0].rstrip("/").rpartition("/")[2].replace("-", " ")


def _ndcg_judge(gold: list[str]) -> Callable[[Sequence[Hit], Corpus], dict[str, float]]:
    def judge(hits: Sequence[Hit], corpus: Corpus) -> dict[str, float]:
        ranked = list(dict.fromkeys(hit.document for hit in hits))[:10]
        gain = sum(1 / math.log2(at + 2) for at, path in enumerate(ranked) if path in gold)
        return {"nDCG@10": gain / sum(1 / math.log2(at + 2) for at in range(min(len(gold), 10)))}

    return judge


def nq_oracle(data: Path) -> tuple[list[Source], list[Asked], int]:
    """Whether the gold passage of a short question comes first, or among five, of 1,000."""
    lines = (data / "nq_oracle" / "nq_oracle.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    sources = [Source(str(one["id"]), one["title"], (), one["text"]) for one in rows]
    same: dict[str, set[str]] = {}
    for one in rows:
        same.setdefault(one["text"], set()).add(str(one["id"]))
    asked = [
        Asked(one["question"], _recall_judge(same[one["text"]])) for one in rows[:NQ_QUESTIONS]
    ]
    return sources, asked, 20


def _recall_judge(gold: set[str]) -> Callable[[Sequence[Hit], Corpus], dict[str, float]]:
    def judge(hits: Sequence[Hit], corpus: Corpus) -> dict[str, float]:
        ranked = list(dict.fromkeys(hit.document for hit in hits))
        return {f"R@{k}": float(not gold.isdisjoint(ranked[:k])) for k in (1, 5)}

    return judge


SETS = {"chunking_eval": chunking_eval, "anthropic_docs": anthropic_docs, "nq_oracle": nq_oracle}


# --- measuring --------------------------------------------------------------------------------


def scores(
    corpus: Corpus, asked: Sequence[Asked], k: int, weights: tuple[float, float] | None
) -> dict[str, list[float]]:
    """Name of the figure -> one score a question."""
    searcher = corpus.searcher(weights)
    found: dict[str, list[float]] = {}
    for one in asked:
        for name, score in one.judge(searcher.search(one.question, k=k), corpus).items():
            found.setdefault(name, []).append(score)
    return found


def interval(values: Sequence[float], rounds: int = 2_000) -> tuple[float, float]:
    """The bootstrap 95 % interval of the mean."""
    drawn = np.random.default_rng(0).choice(np.asarray(values), (rounds, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def main(names: Sequence[str]) -> int:
    """Measure the named sets (all by default) and print a table."""
    if "CARREL_EVAL_DATA" not in os.environ:
        print("CARREL_EVAL_DATA must name the folder of the evaluation data.", file=sys.stderr)
        return 1
    data = Path(os.environ["CARREL_EVAL_DATA"])
    embedder = OnnxEmbedder(shared_embedders() / STARTER)
    table = Table("set", "figure", "n", *WAYS)
    for name in names or SETS:
        sources, asked, k = SETS[name](data)
        with tempfile.TemporaryDirectory() as folder:
            corpus = Corpus(Path(folder) / "index", embedder, sources)
            print(f"{name}: {len(corpus.rows)} passages", file=sys.stderr, flush=True)
            columns = [scores(corpus, asked, k, weights) for weights in WAYS.values()]
        for figure in columns[0]:
            cells = [_cell(column[figure]) for column in columns]
            table.add_row(name, figure, str(len(asked)), *cells)
    Console(width=120).print(table)
    return 0


def _cell(values: Sequence[float]) -> str:
    low, high = interval(values)
    return f"{np.mean(values):.3f} ({low:.3f}-{high:.3f})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
