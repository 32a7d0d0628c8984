"""Labelled public questions for the retrieval bench: documents, questions, and how hits are judged.

The folder that CARREL_EVAL_DATA names holds chunking_eval (github.com/brandonstarxel/
chunking_evaluation), anthropic_docs (github.com/anthropics/anthropic-cookbook), nq_oracle
(github.com/nelson-liu/lost-in-the-middle) and mtrag_un (github.com/IBM/mt-rag-benchmark).
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

BUDGETS = (250, 500, 1_000, 2_000, 4_000)  # MiniLM word-pieces, whatever the embedder
NQ_QUESTIONS = 300


class Source(NamedTuple):
    """A document to be searched."""

    path: str
    title: str
    headings: tuple[str, ...]
    text: str


class Found(NamedTuple):
    """A passage that was found: its document, offsets there, and size in MiniLM word-pieces."""

    document: str
    start: int
    end: int
    tokens: int


Judge = Callable[[Sequence[Found], bool], dict[str, float]]
"""Takes passages, best first, and whether one that is larger than what the budget has left is cut
there (else it is left out with all after it). Returns name of the figure -> score in [0, 1]."""


class Asked(NamedTuple):
    """A question, the questions before it, and how to judge what was found for it."""

    question: str
    judge: Judge
    history: tuple[str, ...] = ()


class Labelled(NamedTuple):
    """Documents and groups of questions (a group's name is "" when there is one), asked for `k`."""

    sources: list[Source]
    groups: dict[str, list[Asked]]
    k: int


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    data = file.read_bytes()
    for line in (gzip.decompress(data) if file.suffix == ".gz" else data).splitlines():
        yield json.loads(line)


# --- gold text within a budget ----------------------------------------------------------------


def chunking_eval(data: Path) -> Labelled:
    """Share of gold characters within a token budget, over all five corpora together."""
    folder = data / "chunking_eval"
    sources = [
        Source(file.stem, "", (), file.read_text(encoding="utf-8"))
        for file in sorted((folder / "corpora").glob("*.md"))
    ]
    texts = {source.path: source.text for source in sources}
    asked = []
    for one in _lines(folder / "questions.jsonl"):
        text = texts[one["corpus"]]
        gold = [_places(text, r["start_index"], r["end_index"]) for r in one["references"]]
        asked.append(Asked(one["question"], _gold_judge(one["corpus"], gold)))
    return Labelled(sources, {"": asked}, 60)


def _places(text: str, start: int, end: int) -> list[range]:
    """Everywhere that a gold span's words stand: some corpora hold whole paragraphs twice."""
    places = [
        range(found.start(), found.end()) for found in re.finditer(re.escape(text[start:end]), text)
    ]
    return places or [range(start, end)]


def _gold_judge(document: str, gold: list[list[range]]) -> Judge:
    wanted = sum(len(places[0]) for places in gold)

    def judge(hits: Sequence[Found], cut: bool) -> dict[str, float]:
        figures = {}
        for budget in BUDGETS:
            seen: set[int] = set()
            for hit in within(hits, budget, cut):
                if hit.document == document:
                    seen.update(range(hit.start, hit.end))
            got = sum(max(len(seen.intersection(place)) for place in places) for places in gold)
            figures[f"gold found in {budget:,} tokens"] = got / wanted
        return figures

    return judge


def within(hits: Sequence[Found], budget: int, cut: bool) -> Iterator[Found]:
    """The first hits that together have at most `budget` tokens; `cut` adds the part of the next
    one that still fits, as if its tokens were of equal length."""
    left = budget
    for hit in hits:
        if hit.tokens > left:
            if cut:
                length = (hit.end - hit.start) * left // hit.tokens
                yield hit._replace(end=hit.start + length, tokens=left)
            return
        left -= hit.tokens
        yield hit


# --- ranked documents -------------------------------------------------------------------------


def anthropic_docs(data: Path) -> Labelled:
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
    return Labelled(sources, {"": asked}, 40)


def _page_title(link: str) -> str:
    return link.partition("#")[0].rstrip("/").rpartition("/")[2].replace("-", " ")


def _ranked(hits: Iterable[Found]) -> list[str]:
    return list(dict.fromkeys(hit.document for hit in hits))


def _ndcg_judge(gold: Sequence[str]) -> Judge:
    def judge(hits: Sequence[Found], cut: bool) -> dict[str, float]:
        ranked = _ranked(hits)[:10]
        gain = sum(1 / math.log2(at + 2) for at, path in enumerate(ranked) if path in gold)
        return {"nDCG@10": gain / sum(1 / math.log2(at + 2) for at in range(min(len(gold), 10)))}

    return judge


def nq_oracle(data: Path) -> Labelled:
    """Whether the gold passage of a short question comes first, or among five, of 1,000."""
    rows = list(_lines(data / "nq_oracle" / "nq_oracle.jsonl"))
    sources = [Source(str(one["id"]), one["title"], (), one["text"]) for one in rows]
    same: dict[str, set[str]] = {}
    for one in rows:
        same.setdefault(one["text"], set()).add(str(one["id"]))
    asked = [
        Asked(one["question"], _recall_judge(same[one["text"]])) for one in rows[:NQ_QUESTIONS]
    ]
    return Labelled(sources, {"": asked}, 20)


def _recall_judge(gold: set[str]) -> Judge:
    def judge(hits: Sequence[Found], cut: bool) -> dict[str, float]:
        return {f"R@{k}": float(not gold.isdisjoint(_ranked(hits)[:k])) for k in (1, 5)}

    return judge


def mtrag_un(data: Path) -> Labelled:
    """nDCG@10 of the last turns of conversations, over the passages that any of them refers to.

    Follow-ups (turns after the first) are asked alone and with the questions before them; turns
    without reference passages are left out.
    """
    folder = data / "mtrag_un"
    sources = [
        Source(one["document_id"], one.get("title") or "", (), one["text"])
        for one in _lines(folder / "pooled_passages.jsonl")
    ]
    asked = []
    for task in _lines(folder / "reference.jsonl.gz"):
        *before, last = (turn["text"] for turn in task["input"] if turn["speaker"] == "user")
        if task["contexts"]:
            gold = [context["document_id"] for context in task["contexts"]]
            asked.append(Asked(last, _ndcg_judge(gold), tuple(before)))
    follow_ups = [one for one in asked if one.history]
    groups = {
        "last turns": [one._replace(history=()) for one in asked],
        "follow-ups, last turn": [one._replace(history=()) for one in follow_ups],
        "follow-ups with history": follow_ups,
    }
    return Labelled(sources, groups, 20)


SETS = {
    "chunking_eval": chunking_eval,
    "anthropic_docs": anthropic_docs,
    "nq_oracle": nq_oracle,
    "mtrag_un": mtrag_un,
}
