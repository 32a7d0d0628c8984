"""A closed set of labels as a trie of tokens, and the search for the likeliest ones.

Label-constrained decoding: only tokens that go on with a label are looked at, so nothing that a
model writes has to be parsed. The probability of a label is the product over its tokens, and over
the answer ending after them, so that a label compares fairly with a longer one that begins with it.
Two products are known, and in both the labels' probabilities add up to 1:

whole   each factor is what the model gives that token among all tokens of its vocabulary; the
        products are divided by their sum over the labels. Needs the scores after every token.
step    each factor is renormalized over the tokens (and the end) that some label allows there. Only
        places where labels part need scores, which is many times faster for a model that would
        rather say something else, and all figures are exact. But a label is not held against others
        that were parted from it earlier ("label bias"): without a tune or examples it is worse.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from carrel.errors import UserError

FLOOR = 0.001
"""A label that is proven to have less than this of the probability is not looked for by name."""
SLACK = 0.05
"""The share of the sum over all labels that may stay unseen."""
Product = Literal["whole", "step"]
END = -1
"""Stands for the end of the answer among the tokens that may follow."""


class LabelTrie:
    """The labels' tokens. Node 0 is the root; `children[n]` maps a token to a node, `tokens[n]`
    lead from the root to it, and `ends[n]` is the place of the label that ends there, or -1."""

    def __init__(self, labels: Sequence[str], tokenized: Sequence[Sequence[int]]) -> None:
        """`tokenized` are the tokens of each label. Raises UserError when there are none, when a
        label is empty, and when a model reads two labels as the same."""
        if not labels:
            raise UserError("There are no labels.", "Name at least two, one per line.", "labels")
        self.children: list[dict[int, int]] = [{}]
        self.tokens: list[tuple[int, ...]] = [()]
        self.ends: list[int] = [-1]
        for place, (label, tokens) in enumerate(zip(labels, tokenized, strict=True)):
            self._insert(place, label, tokens, labels)
        self.depth = max(len(tokens) for tokens in self.tokens)

    def _insert(self, place: int, label: str, tokens: Sequence[int], labels: Sequence[str]) -> None:
        if not tokens:
            raise UserError(
                f"Label {place + 1} is empty.", "Give every line of the labels a name.", "labels"
            )
        node = 0
        for token in tokens:
            if token not in self.children[node]:
                self.children[node][token] = len(self.tokens)
                self.children.append({})
                self.tokens.append((*self.tokens[node], token))
                self.ends.append(-1)
            node = self.children[node][token]
        if self.ends[node] >= 0:
            raise UserError(
                f"The model reads {labels[self.ends[node]]!r} and {label!r} as the same label.",
                "Write them differently, or leave one out.",
                "labels",
            )
        self.ends[node] = place

    def options(self, node: int) -> list[int]:
        """The tokens that may follow a node, with `END` where a label ends there."""
        return [*self.children[node], *([END] if self.ends[node] >= 0 else [])]

    def onward(self, node: int) -> int:
        """The next node, this one or below, where there is a choice or nothing follows: up to it
        all tokens are certain."""
        while self.ends[node] < 0 and len(self.children[node]) == 1:
            (node,) = self.children[node].values()
        return node


class Scores(NamedTuple):
    """The likeliest labels by place, best first, with their probabilities; `rest` is that of all
    other labels as one sum; with it they add up to 1. `unseen` is the part of `rest` that may
    belong to no label: the true probabilities are at most 1 / (1 - unseen) times as large."""

    labels: list[int]
    probabilities: list[float]
    rest: float
    unseen: float


class LabelSearch:
    """Best-first search over a trie for one text: `wanted` says which nodes to score, `feed` takes
    the scores, `scores` is the result.

    Exact (as the model computes it): which labels come first, their order, and in the mode "step"
    all figures. What a node has bounds what all labels under it have together, so a node is left
    out when `best` labels are found that have more, and when it has less than `FLOOR` of all. A
    bound: the sum in the mode "whole", of which at most `SLACK` may be unseen.
    """

    def __init__(self, trie: LabelTrie, best: int, by: Product) -> None:
        self._trie = trie
        self._best = best
        self._by = by
        self._open: list[tuple[float, int]] = []  # (-log of the probability, node), a heap
        self._asked: dict[int, float] = {}
        self._found: list[tuple[float, int]] = []  # (-log of the probability, label), sorted
        self._reach(0, 0.0)

    def wanted(self, most: int) -> list[int]:
        """At most `most` nodes, the likeliest first, that have to be scored; [] when it is done."""
        chosen: list[int] = []
        found, unseen = self._sums()
        while self._open and len(chosen) < most and self._matters(self._open[0][0], found, unseen):
            cost, node = heapq.heappop(self._open)
            self._asked[node] = cost
            unseen -= math.exp(-cost)
            chosen.append(node)
        return chosen

    def chain(self, node: int) -> list[int]:
        """The nodes after which scores are needed for a wanted node, in order: to the next place
        where there is a choice, or a label's end."""
        end = self._trie.onward(node)
        if self._by == "step":
            return [end]
        path = [node]
        while path[-1] != end:
            path += self._trie.children[path[-1]].values()
        return path

    def feed(self, node: int, following: Sequence[Mapping[int, float]]) -> None:
        """Take the log-probabilities of the options after each node of `chain(node)`; in the mode
        "step" each node's may lack a constant."""
        cost = self._asked.pop(node)
        for place, options in zip(self.chain(node), following, strict=True):
            whole = log_sum(list(options.values())) if self._by == "step" else 0.0
            certain = len(options) == 1
            for token, score in options.items():
                if token == END:
                    self._find(self._trie.ends[place], cost + whole - score)
                elif certain and self._trie.onward(node) != place:
                    cost += whole - score
                else:
                    self._reach(self._trie.children[place][token], cost + whole - score)

    def open_cost(self, node: int) -> float:
        """-log of the probability of the likeliest node under this one that is not scored yet;
        infinite when there is none."""
        path = self._trie.tokens[node]
        below = (c for c, other in self._open if self._trie.tokens[other][: len(path)] == path)
        return min(below, default=math.inf)

    def scores(self) -> Scores:
        """The result so far."""
        first = self._found[0][0]
        shares = [math.exp(first - cost) for cost, _ in self._found]
        unseen = sum(math.exp(first - cost) for cost, _ in self._open)
        whole = sum(shares) + unseen
        shown = [share / whole for share in shares[: self._best] if share >= FLOOR * whole]
        shown = shown or [shares[0] / whole]
        rest = sum(shares[len(shown) :]) / whole + unseen / whole
        labels = [label for _, label in self._found[: len(shown)]]
        return Scores(labels, shown, rest, 0.0 if self._by == "step" else unseen / whole)

    def _reach(self, node: int, cost: float) -> None:
        end = self._trie.onward(node)
        if self._by == "step" and not self._trie.children[end]:
            self._find(self._trie.ends[end], cost)
        else:
            heapq.heappush(self._open, (cost, node))

    def _find(self, label: int, cost: float) -> None:
        self._found.append((cost, label))
        self._found.sort()

    def _sums(self) -> tuple[float, float]:
        found = sum(math.exp(-cost) for cost, _ in self._found)
        return found, sum(math.exp(-cost) for cost, _ in self._open)

    def _matters(self, cost: float, found: float, unseen: float) -> bool:
        """Whether the likeliest open node may hold one of the best, or too much is unseen. In the
        mode "step" all labels have 1 together, so what is too little is known before any is found;
        the first is always looked for."""
        if not self._found:
            return self._by == "whole" or not self._asked or math.exp(-cost) >= FLOOR
        if self._by == "whole" and unseen > SLACK * (found + unseen):
            return True
        if math.exp(-cost) < FLOOR * (found if self._by == "whole" else 1.0):
            return False
        return len(self._found) < self._best or cost < self._found[self._best - 1][0]


def log_sum(values: Sequence[float]) -> float:
    """The logarithm of the sum of exp(value), without overflow."""
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))
