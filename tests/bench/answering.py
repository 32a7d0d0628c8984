"""How good the answering gates, quotes and citations are, on labelled public questions.

    CARREL_EVAL_DATA=FOLDER python tests/bench/answering.py [gate] [verbatim] [citations] [--n 1000]

FOLDER holds nq_oracle, clapnq and chunking_eval (JSON lines; see each reader below for the fields).
`gate` measures the gate without a calibration, by cosine and by words alone; what the starter
embedder's calibration does is measured by `python -m tests.bench.calibrating`.
Every line of the output carries its n; with n of a few hundred, 3 points are noise. On two cores it
takes about four minutes in all at --n 1000, nearly all of it embedding.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from carrel.answering.citations import attach
from carrel.answering.gates import evidence
from carrel.answering.rarity import content_stems, rarity
from carrel.answering.verbatim import best_sentences
from carrel.events import Hit, Signals
from carrel.library.embedders import starter_source
from carrel.ports import Embedder
from carrel.profile import Profile
from carrel.sentences import sentences

CASES = Path(__file__).parents[1] / "data" / "citations.jsonl"
TOP = 10
CHUNK = 520  # characters, about 128 word-pieces of English


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["gate", "verbatim", "citations"])
    parser.add_argument("--n", type=int, default=1000, help="questions of nq_oracle")
    parser.add_argument("--profile", help="where the exported embedder is kept")
    wanted = parser.parse_args()
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder that holds nq_oracle, clapnq, chunking_eval.")
    data = Path(os.environ["CARREL_EVAL_DATA"])
    with tempfile.TemporaryDirectory() as scratch:
        embedder = starter_source(Profile.at(wanted.profile or scratch), threads=2).get()
        print(f"embedder {embedder.id} {embedder.sha256[:12]}")
        if {"gate", "verbatim"} & set(wanted.parts):
            pool = Pool(read(data / "nq_oracle" / "nq_oracle.jsonl")[: wanted.n], embedder)
            if "gate" in wanted.parts:
                gate(pool, data, embedder)
            if "verbatim" in wanted.parts:
                verbatim(pool, embedder)
        if "citations" in wanted.parts:
            citations(data, embedder)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Pool:
    """Questions, each with its own passage; all passages together are the collection."""

    def __init__(self, rows: list[dict[str, Any]], embedder: Embedder) -> None:
        self.rows = rows
        passages = embedder.encode_passages([f"{r['title']}\n{r['text']}" for r in rows])
        self.questions = np.stack([embedder.encode_query(r["question"]) for r in rows])
        self.cosines = self.questions @ passages.T
        self.words = [set(content_stems(f"{r['title']}\n{r['text']}")) for r in rows]
        self.weight = rarity(self.words)

    def by_meaning(self, at: int, without: bool = False) -> list[Hit]:
        scores = self.cosines[at].copy()
        if without:
            scores[at] = -1.0
        best = np.argsort(-scores)[:TOP]
        return [hit(self.rows[j], rank, float(scores[j])) for rank, j in enumerate(best, 1)]

    def by_words(self, at: int, without: bool = False) -> list[Hit]:
        asked = set(content_stems(self.rows[at]["question"]))
        scores = [sum(self.weight(w) for w in asked & words) for words in self.words]
        if without:
            scores[at] = 0.0
        best = sorted(range(len(scores)), key=lambda j: -scores[j])[:TOP]
        return [hit(self.rows[j], rank) for rank, j in enumerate(best, 1) if scores[j] > 0]


def hit(row: dict[str, Any], rank: int = 1, cosine: float | None = None) -> Hit:
    """A passage with fields `title` and `text` as a hit; the passage is its whole document."""
    return Hit(
        rank=rank, score=1 / rank, passage_id=row.get("id", rank), document=f"/{rank}",
        title=row["title"], headings=row.get("headings", []), page=None,
        start=0, end=len(row["text"]), text=row["text"], signals=Signals(cosine=cosine),
    )  # fmt: skip


# --- gate A -------------------------------------------------------------------------------------


def gate(pool: Pool, data: Path, embedder: Embedder) -> None:
    """Yes, doubtful, no: passage there, passage taken away, near misses, other subjects."""
    for name, found in (("meaning", pool.by_meaning), ("words", pool.by_words)):
        for without in (False, True):
            label = f"nq, by {name}, passage {'absent' if without else 'present'}"
            tally(label, [(r["question"], found(i, without)) for i, r in enumerate(pool.rows)])
    for part in ("answerable", "unanswerable"):
        rows = read(data / "clapnq" / f"{part}.jsonl")
        vectors = embedder.encode_passages(
            [f"{p['title']}\n{p['text']}" for p in (row["passages"][0] for row in rows)]
        )
        asked = [embedder.encode_query(row["input"]) for row in rows]
        cases = [
            (row["input"], [hit(row["passages"][0], 1, float(v @ q))])
            for row, v, q in zip(rows, vectors, asked, strict=True)
        ]
        tally(f"clapnq {part}, its one passage", cases)
    other_subjects(pool, data / "chunking_eval", embedder)


def tally(label: str, cases: Sequence[tuple[str, list[Hit]]]) -> None:
    counts = Counter(evidence(question, hits).found for question, hits in cases)
    shares = "  ".join(f"{k} {counts[k] / len(cases):.3f}" for k in ("yes", "doubtful", "no"))
    print(f"gate  {label:40} n={len(cases):5}  {shares}")


def other_subjects(pool: Pool, folder: Path, embedder: Embedder) -> None:
    """Questions of each Markdown corpus put to it, to the others, and NQ questions put to all."""
    questions = read(folder / "questions.jsonl")
    vectors = [embedder.encode_query(q["question"]) for q in questions]
    cases: dict[str, list[tuple[str, list[Hit]]]] = {"own": [], "other": [], "nq": []}
    for path in sorted((folder / "corpora").glob("*.md")):
        text = path.read_text(encoding="utf-8")[:250_000]
        rows = [{"title": path.stem, "text": chunk} for chunk in chunks(text)]
        matrix = embedder.encode_passages([row["text"] for row in rows])
        asked = [
            ("own" if q["corpus"] == path.stem else "other", q["question"], v)
            for q, v in zip(questions, vectors, strict=True)
            if q["corpus"] != path.stem or q["references"][0]["end_index"] < len(text)
        ]
        asked += [
            ("nq", pool.rows[i]["question"], pool.questions[i])
            for i in range(0, len(pool.rows), 10)
        ]
        for kind, question, vector in asked:
            scores = matrix @ vector
            best = np.argsort(-scores)[:TOP]
            hits = [hit(rows[j], rank, float(scores[j])) for rank, j in enumerate(best, 1)]
            cases[kind].append((question, hits))
    for kind, found in cases.items():
        tally(f"chunking_eval, {kind} questions", found)


def chunks(text: str) -> list[str]:
    """Sentences packed to CHUNK characters."""
    packed, start, last = [], 0, 0
    for _, end in sentences(text):
        if end - start > CHUNK and last > start:
            packed.append(text[start:last])
            start = last
        last = end
    return [*packed, text[start:]]


# --- verbatim sentences -------------------------------------------------------------------------


def verbatim(pool: Pool, embedder: Embedder) -> None:
    """Share of questions whose gold answer stands in the first and in the first three quotes."""
    rows = [i for i, r in enumerate(pool.rows) if holds(r["answers"], r["text"])]
    for label, used in (("words only", None), ("words and meaning", embedder)):
        for source in ("gold passage", "ten best passages"):
            first = three = 0
            begun = time.perf_counter()
            for i in rows:
                row = pool.rows[i]
                hits = [hit(row)] if source == "gold passage" else pool.by_meaning(i)
                quotes = best_sentences(row["question"], hits, used)
                first += any(holds(row["answers"], q.text) for q in quotes[:1])
                three += any(holds(row["answers"], q.text) for q in quotes)
            spent = 1000 * (time.perf_counter() - begun) / len(rows)
            print(
                f"quote {label + ', ' + source:40} n={len(rows):5}  "
                f"first {first / len(rows):.3f}  three {three / len(rows):.3f}  {spent:.0f} ms each"
            )


def holds(answers: Sequence[str], text: str) -> bool:
    plain = _plain(text)
    return any(_plain(answer) in plain for answer in answers)


def _plain(text: str) -> str:
    return " ".join(w for w in re.findall(r"\w+", text.casefold()) if w not in {"a", "an", "the"})


# --- citations ----------------------------------------------------------------------------------


WAYS = ((True, True), (True, False), (False, True), (False, False))
"""Whether a case is supported, and whether it is shown with a citation."""


def told(label: str, kept: int, lost: int, passed: int, marked: int) -> None:
    """A line of the hand-made cases."""
    n = kept + lost + passed + marked
    print(
        f"cite  {label:40} n={n:5}  supported kept {kept}/{kept + lost},"
        f" others marked {marked}/{passed + marked}, shown right {kept}/{kept + passed}"
        f" {kept / max(1, kept + passed):.3f}"
    )


def citations(data: Path, embedder: Embedder) -> None:
    """The hand-made cases, and sentences of clapnq's gold answers on their own passage and on
    another question's."""
    for label, used in (("words only", None), ("words and meaning", embedder)):
        counts: Counter[tuple[str, bool, bool]] = Counter()
        for row in read(CASES):
            hits = [hit(passage, rank) for rank, passage in enumerate(row["passages"], 1)]
            for case in row["cases"]:
                checked = attach(case["answer"], hits, used)
                shown = bool(checked.citations) and not checked.unsupported
                for part in ("all", row["set"]):
                    counts[part, case["supported"], shown] += 1
        for part in dict.fromkeys(part for part, _, _ in counts):
            told(f"hand-made, {part}, {label}", *(counts[part, *way] for way in WAYS))
    rows = read(data / "clapnq" / "answerable.jsonl")
    for label, shift in (("own passage", 0), ("foreign passage", 37)):
        cited = count = 0
        for i, row in enumerate(rows):
            answer = rows[(i + shift) % len(rows)]["output"][0]["answer"]
            checked = attach(answer, [hit(p) for p in row["passages"]])
            count += len(sentences(answer))
            cited += len({c.answer_start for c in checked.citations})
        label = f"clapnq gold answers, {label}, words only"
        print(f"cite  {label:40} n={count:5}  cited {cited / count:.3f}")


if __name__ == "__main__":
    main()
