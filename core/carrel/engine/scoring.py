"""Scores a closed set of labels for many prompts at once, batched over sequences.

The tokens that all prompts begin with are read once and shared. Then the rest of each prompt is
read, all in the same batches, and then the search over the labels' trie goes on for all prompts
together, a few nodes of each at a time (see `carrel.engine.labels` for what is exact).

llama.cpp's kernels for short and long batches round differently on quantized weights: on the
starter (Q4_1) the logarithm of a whole label's probability was seen to move by up to 0.5, so of two
labels that are nearly equal either may come first.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from itertools import count

from carrel.engine.labels import END, LabelSearch, LabelTrie, Product, Scores, log_sum
from carrel.engine.sequences import Sequences, Stretch
from carrel.errors import UserError

TOGETHER = 16
"""Prompts that are searched together, and nodes of each that are scored at a time."""
WIDTH = 3
NODES = 12
"""Nodes of one prompt that are kept in the context at most."""


class Scorer:
    """Scores labels on a context for many sequences. `end_tokens` end an answer."""

    def __init__(
        self,
        sequences: Sequences,
        end_tokens: Sequence[int],
        together: int = TOGETHER,
        width: int = WIDTH,
    ) -> None:
        self._sequences = sequences
        self._ends = list(end_tokens)
        self._together = together
        self._width = width

    def score(
        self,
        prompts: Sequence[Sequence[int]],
        trie: LabelTrie,
        cancel: threading.Event,
        best: int = 5,
        by: Product = "whole",
    ) -> Iterator[Scores | None]:
        """The scores of each prompt, in order, and None as a sign of life after each batch; ends
        early when `cancel` is set.

        Raises UserError when a prompt is too long, and when llama.cpp fails.
        """
        with self._sequences.watching(cancel):
            if not prompts:
                return
            self._require_room(prompts, trie.depth)
            shared = self._shared(prompts)
            if not (yield from self._sequences.share(shared)):
                return
            for group, nodes in self._groups(prompts, len(shared), trie.depth):
                searches = [
                    _Branching(self._sequences, LabelSearch(trie, best, by), trie,
                               prompt[len(shared) :], range(first, first + 1 + nodes))
                    for prompt, first in zip(group, count(1, 1 + nodes))
                ]  # fmt: skip
                if cancel.is_set() or not (yield from self._search(searches, by)):
                    return
                yield from (one.search.scores() for one in searches)

    def _shared(self, prompts: Sequence[Sequence[int]]) -> list[int]:
        """What all prompts begin with, all but the last token of the shortest at most. What was
        shared before is kept as long as it is most of that."""
        first, last = min(map(tuple, prompts)), max(map(tuple, prompts))
        common = 0
        while common < min(map(len, prompts)) - 1 and first[common] == last[common]:
            common += 1
        before = self._sequences.shared
        if len(before) > common // 2 and list(first[: len(before)]) == before[:common]:
            common = min(common, len(before))
        return list(first[:common])

    def _require_room(self, prompts: Sequence[Sequence[int]], depth: int) -> None:
        longest = max(map(len, prompts)) + depth
        if longest > self._sequences.size:
            raise UserError(
                f"A text with its instruction and labels takes {longest:,} tokens, and this model "
                f"was loaded with room for {self._sequences.size:,}.",
                "Shorten the text, give fewer examples, or give the model a larger context.",
                "prompt_too_long",
            )

    def _groups(
        self, prompts: Sequence[Sequence[int]], shared: int, depth: int
    ) -> Iterator[tuple[list[Sequence[int]], int]]:
        """Prompts in groups that fit into the context, with the nodes that each may keep there."""
        room = self._sequences.size - shared
        nodes = min(NODES, (room - max(map(len, prompts)) + shared) // depth)
        group: list[Sequence[int]] = []
        taken = 0
        for prompt in prompts:
            need = len(prompt) - shared + nodes * depth
            if group and (taken + need > room or len(group) >= self._together):
                yield group, nodes
                group, taken = [], 0
            group.append(prompt)
            taken += need
        yield group, nodes

    def _search(self, searches: Sequence[_Branching], by: Product) -> Generator[None, None, bool]:
        """Search for all at once. False when it was stopped."""
        while asked := [(one, node) for one in searches for node in one.wanted(self._width)]:
            found = yield from self._sequences.read(
                [one.place(node) for one, node in asked],
                [self._tokens(one, place) for one, node in asked for place in one.chain(node)],
                among_all=by == "whole",
            )
            if found is None:
                return False
            scores = iter(found)
            for one, node in asked:
                one.search.feed(
                    node, [self._following(one, place, next(scores)) for place in one.chain(node)]
                )
        for one in searches:
            one.close()
        return True

    def _tokens(self, one: _Branching, node: int) -> list[int]:
        ends = self._ends if one.trie.ends[node] >= 0 else []
        return [*one.trie.children[node], *ends]

    def _following(self, one: _Branching, node: int, scores: Sequence[float]) -> dict[int, float]:
        """The score of each option; any token that ends an answer ends a label."""
        tokens = one.trie.children[node]
        following = dict(zip(tokens, scores, strict=False))
        if len(tokens) < len(scores):
            following[END] = log_sum(scores[len(tokens) :])
        return following


class _Branching:
    """The search for one prompt and where its nodes are in the context.

    Every node that was scored keeps a sequence as long as its children may be wanted and there is
    one for it; else its tokens are read again when a child is.
    """

    def __init__(
        self,
        sequences: Sequences,
        search: LabelSearch,
        trie: LabelTrie,
        prompt: Sequence[int],
        own: range,
    ) -> None:
        self.search = search
        self.trie = trie
        self._sequences = sequences
        self._prompt = prompt
        self._start = len(sequences.shared)
        self._root = own[0]
        self._free = list(own[1:])
        self._begun = False
        self._held: dict[int, int] = {}  # node -> sequence

    def wanted(self, most: int) -> list[int]:
        """The nodes to score next; the first of them is read with the prompt."""
        nodes = self.search.wanted(min(most, len(self._free) + len(self._held)))
        for _ in range(len(nodes) - len(self._free)):
            self._give_up()
        return nodes

    def chain(self, node: int) -> list[int]:
        """As `LabelSearch.chain`."""
        return self.search.chain(node)

    def place(self, node: int) -> Stretch:
        """What has to be read for the scores that a node needs."""
        chain = self.search.chain(node)
        path = self.trie.tokens[chain[-1]]
        if not self._begun:
            self._begun = True
            self._sequences.branch(0, self._root, self._start)
            return Stretch(self._root, self._start, [*self._prompt, *path], len(chain))
        source, known = self._nearest(path)
        sequence = self._free.pop()
        begun = self._start + len(self._prompt) + known
        self._sequences.branch(source, sequence, begun)
        self._held[chain[-1]] = sequence
        return Stretch(sequence, begun, path[known:], len(chain))

    def close(self) -> None:
        """Forget all of it in the context."""
        for sequence in (self._root, *self._held.values()):
            self._sequences.drop(sequence)

    def _nearest(self, path: Sequence[int]) -> tuple[int, int]:
        """The sequence that holds most of a path already, and how many tokens of it."""
        node, source, known = 0, self._root, 0
        for depth, token in enumerate(path[:-1], start=1):
            node = self.trie.children[node][token]
            if node in self._held:
                source, known = self._held[node], depth
        return source, known

    def _give_up(self) -> None:
        """Free the sequence whose children are the least likely to be wanted."""
        cost = {node: self.search.open_cost(node) for node in self._held}
        node = max(cost, key=lambda one: cost[one])
        sequence = self._held.pop(node)
        self._sequences.drop(sequence)
        self._free.append(sequence)
