"""From chats and labels as text to scores: builds the prompts, and keeps the labels' trie."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from carrel.engine.labels import LabelTrie, Scores
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
        """The scores of the chats in order; equal ones are scored once. Raises UserError: bad
        labels, a prompt too long."""
        trie = self._trie_of(request.labels)
        prompts = [tuple(self._builder.build(chat)) for chat in request.chats]
        places = {prompt: at for at, prompt in enumerate(dict.fromkeys(prompts))}
        known: list[LabelScore] = []  # of the prompts that differ
        first = 0
        for one in scorer.score(list(places), trie, cancel, request.best, request.by):
            if one is None:
                yield LabelScores(first=first, scores=[])  # a sign of life
                continue
            known.append(_as_message(one))
            while first < len(prompts) and places[prompts[first]] < len(known):
                yield LabelScores(first=first, scores=[known[places[prompts[first]]]])
                first += 1

    def _trie_of(self, labels: list[str]) -> LabelTrie:
        if self._trie is None or labels != self._labels:
            tokenized = [self._vocabulary.tokenize(label) for label in labels]
            self._trie, self._labels = LabelTrie(labels, tokenized), list(labels)
        return self._trie


def _as_message(one: Scores) -> LabelScore:
    return LabelScore(
        labels=one.labels, probabilities=one.probabilities, rest=one.rest, unseen=one.unseen
    )
