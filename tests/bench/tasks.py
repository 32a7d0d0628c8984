"""Task runs: rows per second, batched against two unbatched loops.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.tasks [--n 5] [--rows 48] [--adapter A.gguf]

The folder holds banking77 (github.com/PolyAI-LDN/task-specific-datasets, CC BY 4.0; 77 labels), as
banking77/train.csv and test.csv. The starter model labels the same rows of the test part with each
of three, in turn:

batched   the engine as `carrel task run` uses it
alone     the same search, one row and one node of the trie at a time, what prompts begin with kept
bare      llama_cpp.Llama: each row's prompt is read anew, then token by token the likeliest of
          those that some label allows; it gives a label and no probabilities

With an adapter, which all three have attached, only the rows alone are labelled, without examples.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from tests.bench.common import calibration

from carrel.engine.inline import InlineModel
from carrel.engine.labels import LabelTrie, Product
from carrel.engine.messages import AdapterFile, LoadModel, SetAdapters
from carrel.engine.scoring import Scorer
from carrel.engine.threads import physical_cores
from carrel.lab.task.ways import INSTRUCTION, chat
from carrel_models.starter import starter_path

CONTEXT = 4096


class Engine:
    """The starter model, opened for label scores, and the labels' trie."""

    def __init__(self, path: str, labels: list[str], adapter: str) -> None:
        self.model = InlineModel()
        for _ in self.model.load(LoadModel(path=path, context=CONTEXT), threading.Event()):
            pass
        if adapter:
            attached = [AdapterFile(path=os.path.abspath(adapter))]
            self.model.set_adapters(SetAdapters(adapters=attached))
        engine = self.model._slot._loaded()
        self.backend: Any = engine.backend
        self.builder = engine._builder
        self.backend.scorer()
        self.ends = sorted(self.backend.vocabulary.end_tokens)
        self.trie = LabelTrie(labels, [self.backend.vocabulary.tokenize(one) for one in labels])

    def label(self, prompts: list[list[int]], by: Product, alone: bool) -> list[int]:
        """The likeliest label of every prompt."""
        sequences = self.backend._sequences
        scorer = Scorer(sequences, self.ends, 1, 1) if alone else Scorer(sequences, self.ends)
        found = scorer.score(prompts, self.trie, threading.Event(), by=by)
        return [one.labels[0] for one in found if one is not None]


def bare(llama: Any, prompts: list[list[int]], trie: LabelTrie, ends: list[int]) -> list[int]:
    """The label that a greedy, constrained loop writes for every prompt."""
    found = []
    for prompt in prompts:
        llama.reset()
        llama.eval(prompt)
        node = 0
        while trie.children[node]:
            scores = llama._ctx.get_logits_ith(-1)
            choices = [*trie.children[node], *(ends if trie.ends[node] >= 0 else [])]
            token = max(choices, key=lambda one: scores[one])
            if token in ends:
                break
            node = trie.children[node][token]
            if trie.children[node]:
                llama.eval([token])
        found.append(trie.ends[node])
    return found


def read(file: Path, seed: int) -> list[tuple[str, str]]:
    """Texts and labels in a fixed random order."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(lines)]
    random.Random(seed).shuffle(rows)
    return rows


def measure(rows: int, n: int, data: Path, adapter: str) -> list[tuple[str, ...]]:
    """A line per case: medians in rows per second, ratios, and how many labels agree."""
    import llama_cpp

    path = starter_path()
    assert path is not None
    test, train = read(data / "test.csv", 1), read(data / "train.csv", 2)
    labels = sorted({label for _, label in test})
    engine = Engine(str(path), labels, adapter)
    llama = llama_cpp.Llama(
        str(path), n_ctx=CONTEXT, n_threads=physical_cores(), n_threads_batch=physical_cores(),
        lora_path=adapter or None, verbose=False,
    )  # fmt: skip
    first = {label: text for text, label in reversed(train)}
    shown = [(first[label], label) for label in labels]
    cases: list[tuple[str, list[tuple[str, str]], Product, int]] = [
        ("zero-shot, by step", [], "step", rows),
        ("few-shot, 77 fixed examples, by step", shown, "step", max(8, rows // 4)),
        ("zero-shot, by whole", [], "whole", max(4, rows // 8)),
    ]
    if adapter:
        del cases[1:]  # it was tuned for this one
    lines: list[tuple[str, ...]] = []
    for name, examples, by, count in cases:
        texts = [text for text, _ in test[:count]]
        prompts = [engine.builder.build(chat(INSTRUCTION, text, examples)) for text in texts]
        spent: dict[str, list[float]] = {"batched": [], "alone": [], "bare": []}
        said: dict[str, list[int]] = {}

        def once(which: str, prompts: list[list[int]] = prompts, by: Product = by) -> list[int]:
            if which == "bare":
                return bare(llama, prompts, engine.trie, engine.ends)
            return engine.label(prompts, by, which == "alone")

        for run in range(n):
            for which in spent if run % 2 == 0 else reversed(list(spent)):
                if which == "bare" and (by == "whole" or examples):
                    continue  # greedy is by step; and with examples each run takes minutes
                start = time.perf_counter()
                said[which] = once(which)
                spent[which].append(time.perf_counter() - start)
        speeds = {w: statistics.median(count / s for s in t) for w, t in spent.items() if t}
        same = sum(a == b for a, b in zip(said["batched"], said["alone"], strict=True))
        lines.append((
            name, f"{speeds['batched']:.2f}", f"{speeds['alone']:.2f}",
            f"{speeds['bare']:.2f}" if "bare" in speeds else "",
            f"{speeds['batched'] / speeds['alone']:.2f}",
            f"{speeds['batched'] / speeds['bare']:.2f}" if "bare" in speeds else "",
            str(count), "/".join(str(len(t)) for t in spent.values()), f"{same}/{count}",
        ))  # fmt: skip
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=5)
    parser.add_argument("--rows", type=int, default=48)
    parser.add_argument("--adapter", default="", help="a GGUF for the starter")
    asked = parser.parse_args()
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder that holds banking77.")
    before = calibration()
    table = Table("case", "batched rows/s", "alone", "bare", "batched/alone", "batched/bare",
                  "rows", "runs", "same labels as alone")  # fmt: skip
    data = Path(os.environ["CARREL_EVAL_DATA"]) / "banking77"
    for line in measure(asked.rows, asked.n, data, asked.adapter):
        table.add_row(*line)
    Console(width=150).print(table)
    for row in (before, calibration()):
        print(f"{row['name']}: {row['ours']} {row['unit']}, {row['goal']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
