"""How often `auto` takes the right way, on questions written and labelled for it.

    python -m tests.bench.routed [--wrong]

The questions of tests/data/routing.jsonl are put to a library of the sample folder; search, gate
and router are those of `carrel ask`. Each has the ways that are right ("model", "files", "both"),
for a follow-up the question before it, and whether a survey should be offered. Rules were made
while looking at every other question; the rest are counted apart. The examples and questions of
three cards in tests/data/own_questions.jsonl show which adapter `auto` would choose.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from carrel.answering import gates, routing
from carrel.answering.everywhere import asks_every_document
from carrel.answering.own_questions import OwnQuestions
from carrel.compose import Core
from carrel.events import Mode
from carrel.ports import Embedder
from carrel.profile import Profile
from carrel.terminal.demo import copy_samples
from carrel_models.declared import Declared

QUESTIONS = Path(__file__).parents[1] / "data" / "routing.jsonl"
OWN = QUESTIONS.with_name("own_questions.jsonl")
KINDS = ("chat", "task", "files", "knowledge", "follow_up", "list_all")


def read(path: Path = QUESTIONS) -> list[dict[str, Any]]:
    """The labelled questions."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sample_core(folder: Path) -> Core:
    """A library of the sample folder in `folder`."""
    samples = copy_samples(folder / "Samples")
    core = Core(Profile.at(folder / "profile"))
    core.library.add([str(samples)], "Samples")
    return core


def way(core: Core, row: dict[str, Any]) -> Mode:
    """The mode that answers a question, as `carrel ask` chooses it."""
    question, before = row["question"], row.get("before", "")
    first = routing.route(question, "auto", None, bool(before), True)
    if first == "model":
        return first
    hits = core.library.search(question, history=[before] if before else [])
    evidence = gates.evidence(question, hits, core.library.has_vectors())
    return routing.route(question, "auto", evidence, bool(before), True)


def right(core: Core, row: dict[str, Any]) -> bool:
    """Whether the way is one of the right ones, and a survey is offered where it should be."""
    offered = asks_every_document(row["question"])
    return way(core, row) in row["routes"] and (not row.get("survey") or offered)


def main() -> int:
    rows = read()
    good: Counter[tuple[str, int]] = Counter()
    total: Counter[tuple[str, int]] = Counter()
    with tempfile.TemporaryDirectory() as name, sample_core(Path(name)) as core:
        for place, row in enumerate(rows):
            ok = right(core, row)
            good[row["kind"], place % 2] += ok
            total[row["kind"], place % 2] += 1
            if not ok and "--wrong" in sys.argv and place % 2 == 0:
                print(f"{row['kind']}: {row['question']}  -> {way(core, row)}")
        kept, of, left, out_of = own_right(core.library.any_embedder())
    print(f"{'kind':<10}{'looked at':>14}{'not looked at':>16}")
    for kind in KINDS:
        shown = [f"{good[kind, half]}/{total[kind, half]}" for half in (0, 1)]
        print(f"{kind:<10}{shown[0]:>14}{shown[1]:>16}")
    shares = []
    for half in (0, 1):
        got = sum(good[kind, half] for kind in KINDS)
        shares.append(f"{got / sum(total[kind, half] for kind in KINDS):.3f}")
    print(f"{'all':<10}{shares[0]:>14}{shares[1]:>16}   n={len(rows)}, goal .90")
    print(f"questions that an adapter answers alone: {kept} of {of} given to it,")
    print(f"   others left alone: {left} of {out_of}; right {(kept + left) / (of + out_of):.3f}")
    return 0


def own_right(embedder: Embedder) -> tuple[int, int, int, int]:
    """Questions of cards given to the right one, of how many; questions of none given to none, of
    how many."""
    cards = read(OWN)
    declared = [Declared(card["id"], tuple(card["examples"])) for card in cards]
    chooser = OwnQuestions()

    def chosen(question: str) -> str:
        found = chooser.choose(question, declared, embedder)
        return found.id if found is not None else ""

    theirs = [chosen(one) == card["id"] for card in cards for one in card["questions"]]
    others = [not chosen(row["question"]) for row in read()]
    return sum(theirs), len(theirs), sum(others), len(others)


if __name__ == "__main__":
    sys.exit(main())
