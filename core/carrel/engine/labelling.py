"""From chats and labels as text to scores: builds the prompts, and keeps the labels' trie."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from carrel.engine.labels import LabelTrie
from carrel.engine.messages import LabelScore, LabelScores, ScoreLabels
from carrel.engine.prompt import PromptBuilder
from carrel.engine.scoring import Scorer
from carrel.engine.vocabulary import Vocabulary


class Labelling:
    """Scores labels for chats of one model; the trie of the last labels is kept."""

    def __init__(self, builder: PromptBuilder, vocabulary: Vocabulary) -> None:
        self._builder = builder
        self._vocabulary = vocabulary
        self._labels: list[str] = []
        self._trie: LabelTrie | None = None

    def score(
        self, request: ScoreLabels, scorer: Scorer, cancel: threading.Event
    ) -> Iterator[LabelScores]:
        """The scores of the chats in order. Raises UserError: bad labels, a prompt too long."""
        trie = self._trie_of(request.labels)
        prompts = [self._builder.build(chat) for chat in request.chats]
        found = scorer.score(prompts, trie, cancel, request.best, request.by)
        first = 0
        for one in found:
            if one is None:
                yield LabelScores(first=first, scores=[])  # a sign of life
                continue
            score = LabelScore(
                labels=one.labels, probabilities=one.probabilities, rest=one.rest, unseen=one.unseen
            )
            yield LabelScores(first=first, scores=[score])
            first += 1

    def _trie_of(self, labels: list[str]) -> LabelTrie:
        if self._trie is None or labels != self._labels:
            tokenized = [self._vocabulary.tokenize(label) for label in labels]
            self._trie, self._labels = LabelTrie(labels, tokenized), list(labels)
        return self._trie
