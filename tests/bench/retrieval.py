"""How well passages are found, on labelled public questions: `python -m tests.bench.retrieval`.

CARREL_EVAL_DATA names the folder of the question sets. Each is indexed by the real path and asked
through the real Searcher: as it is, and with --levers by words alone, by meaning alone, and without
neighbours. Beside it, with the same embedder, stand the default pipelines of LangChain, LlamaIndex
and Haystack where they are installed (extra `bench`). Figures are means over questions with
bootstrap 95 % intervals; the lead over the best peer is paired by question. Vectors are kept in
build/vectors, so that a second run embeds nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from tests.bench import peers
from tests.bench.cached import CachedEmbedder
from tests.bench.retrieval_corpus import Corpus
from tests.bench.retrieval_sets import SETS, Asked, Found, Labelled, Source

from carrel.library.chunking import prefix
from carrel.library.embedders import STARTER
from carrel.library.embedding import OnnxEmbedder
from carrel.ports import Embedder
from carrel.profile import shared_embedders

OUT = Path("build/retrieval.json")
VECTORS = Path("build/vectors")
OURS = "Carrel"
WAYS: dict[str, dict[str, Any]] = {
    OURS: {},
    "words alone": {"words_weight": 1.0, "meaning_weight": 0.0},
    "meaning alone": {"words_weight": 0.0, "meaning_weight": 1.0},
    "without neighbours": {"neighbour_share": 0.0},
    "without proximity": {"proximity_bonus": 0.0},
}
Scores = dict[str, list[float]]
"""Name of the figure -> one score a question."""
Look = Callable[[Asked], list[Found]]


def measure(
    name: str, data: Path, embedder: Embedder, ways: Sequence[str]
) -> dict[str, dict[str, Scores]]:
    """Group of questions -> system -> its scores on one set."""
    labelled = SETS[name](data)
    systems: dict[str, tuple[Look, bool]] = {}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder) / "index", embedder, labelled.sources)
        print(f"{name}: {len(corpus.rows)} passages", file=sys.stderr, flush=True)
        for way in ways:
            systems[way] = (_ours(corpus, WAYS[way], labelled.k), False)
        for make in peers.installed():
            print(f"{name}: {make.__name__}", file=sys.stderr, flush=True)
            for peer, ask in make(_texts(labelled.sources), embedder).items():
                systems[peer] = (_theirs(ask, labelled, embedder), True)
        return {group: _scores(asked, systems) for group, asked in labelled.groups.items()}


def _scores(asked: Sequence[Asked], systems: dict[str, tuple[Look, bool]]) -> dict[str, Scores]:
    found: dict[str, Scores] = {}
    for name, (look, peer) in systems.items():
        if peer and any(one.history for one in asked):
            continue  # a default pipeline has no place for the questions before
        scores = found[name] = {}
        for one in asked:
            for figure, score in one.judge(look(one), peer).items():
                scores.setdefault(figure, []).append(score)
    return found


def _ours(corpus: Corpus, options: dict[str, Any], k: int) -> Look:
    searcher = corpus.searcher(options)
    return lambda one: corpus.found(searcher.search(one.question, k=k, history=one.history))


def _theirs(ask: peers.Ask, labelled: Labelled, embedder: Embedder) -> Look:
    texts = {one.document: one.text for one in _texts(labelled.sources)}
    sizes: dict[peers.Place, int] = {}

    def look(one: Asked) -> list[Found]:
        places = ask(one.question, labelled.k)
        new = [place for place in places if place not in sizes]
        counted = embedder.count_tokens([texts[p.document][p.start : p.end] for p in new])
        sizes.update(zip(new, counted, strict=True))
        return [Found(*place, sizes[place]) for place in places]

    return look


def _texts(sources: Sequence[Source]) -> list[peers.Text]:
    """Title and headings stand in front of the text, as in a file, when there are any."""
    found = []
    for one in sources:
        above = prefix(one.title, one.headings)
        found.append(peers.Text(one.path, f"{above}\n\n{one.text}" if above else one.text))
    return found


# --- figures ----------------------------------------------------------------------------------


def interval(values: Sequence[float], rounds: int = 2_000) -> tuple[float, float]:
    """The bootstrap 95 % interval of the mean."""
    drawn = np.random.default_rng(0).choice(np.asarray(values), (rounds, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def rows(name: str, group: str, found: dict[str, Scores]) -> list[dict[str, Any]]:
    """One row a figure: every system's mean and interval, and the lead over the best peer."""
    made = []
    for figure in found[OURS]:
        values = {system: scores[figure] for system, scores in found.items()}
        row: dict[str, Any] = {
            "set": name, "group": group, "figure": figure, "n": len(values[OURS]),
            "systems": {system: _figure(some) for system, some in values.items()},
        }  # fmt: skip
        rivals = [system for system in values if system not in WAYS]
        if rivals:
            best = max(rivals, key=lambda system: float(np.mean(values[system])))
            lead = np.subtract(values[OURS], values[best])
            row["lead"] = {"over": best, **_figure(lead.tolist())}
        made.append(row)
    return made


def _figure(values: Sequence[float]) -> dict[str, float]:
    low, high = interval(values)
    return {"mean": float(np.mean(values)), "low": low, "high": high}


def show(made: Sequence[dict[str, Any]]) -> None:
    """Print the rows as a Markdown table, one line for every system."""
    table = Table("set", "figure", "n", "system", "mean (95 %)", box=box.MARKDOWN)
    for row in made:
        figure = f"{row['figure']} {row['group']}".strip()
        for system, value in row["systems"].items():
            table.add_row(row["set"], figure, str(row["n"]), system, _cell(value))
        if lead := row.get("lead"):
            over = f"lead over {lead['over']}"
            table.add_row(row["set"], figure, str(row["n"]), over, _cell(lead))
    Console(width=140).print(table)


def _cell(value: dict[str, float]) -> str:
    return f"{value['mean']:.3f} ({value['low']:.3f} to {value['high']:.3f})"


def main() -> int:
    """Measure the named sets (all by default), print a table and write build/retrieval.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", choices=[*SETS, []], help="default: all")
    parser.add_argument("--levers", action="store_true", help="each lever on its own too")
    given = parser.parse_args()
    ways = list(WAYS) if given.levers else [OURS]
    if "CARREL_EVAL_DATA" not in os.environ:
        print("CARREL_EVAL_DATA must name the folder of the evaluation data.", file=sys.stderr)
        return 1
    data = Path(os.environ["CARREL_EVAL_DATA"])
    embedder = CachedEmbedder(OnnxEmbedder(shared_embedders() / STARTER), VECTORS)
    made = []
    for name in given.sets or SETS:
        for group, found in measure(name, data, embedder, ways).items():
            made += rows(name, group, found)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    show(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
