"""The search over a trie of labels against the plain product over every label."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carrel.engine.labels import END, FLOOR, SLACK, LabelSearch, LabelTrie
from carrel.errors import UserError


def random_labels(rng, count):
    """Labels of 1 to 5 tokens out of 4, many of which begin with others."""
    found = {}
    while len(found) < count:
        tokens = tuple(int(t) for t in rng.integers(0, 4, rng.integers(1, 6)))
        found.setdefault(tokens, str(len(found)))
    return list(found)


class Model:
    """A model over six tokens (five of them a label's or none's, the last ends), by its path."""

    def __init__(self, seed, sharpness):
        self._seed = seed
        self._sharpness = sharpness
        self.asked = 0

    def scores(self, path):
        rng = np.random.default_rng([self._seed, len(path), *path])
        logits = rng.normal(size=6) * self._sharpness
        return logits - np.log(np.exp(logits).sum())


def plain(model, labels, by):
    """Every label's probability, without a trie."""
    given = []
    for label in labels:
        total = 0.0
        for at, token in enumerate([*label, 5]):
            scores = model.scores(label[:at])
            allowed = {x[at] for x in labels if x[:at] == label[:at] and len(x) > at}
            allowed |= {5} if label[:at] in labels else set()
            whole = np.log(sum(np.exp(scores[t]) for t in allowed)) if by == "step" else 0.0
            total += scores[token] - whole
        given.append(math.exp(total))
    return np.array(given) / sum(given)


def searched(model, trie, by, best=5, most=3):
    search = LabelSearch(trie, best, by)
    while nodes := search.wanted(most):
        for node in nodes:
            following = []
            for place in search.chain(node):
                model.asked += 1
                scores = model.scores(trie.tokens[place])
                options = {t: float(scores[t]) for t in trie.children[place]}
                if trie.ends[place] >= 0:
                    options[END] = float(scores[5])
                following.append(options)
            search.feed(node, following)
    return search.scores()


@pytest.mark.parametrize("by", ["whole", "step"])
@pytest.mark.parametrize("sharpness", [0.3, 2.0, 6.0])
def test_the_best_are_exact_and_the_rest_is_their_sum(by, sharpness):
    for seed in range(20):
        labels = random_labels(np.random.default_rng(seed), 30)
        trie = LabelTrie([str(label) for label in labels], labels)
        found = searched(Model(seed, sharpness), trie, by)
        true = plain(Model(seed, sharpness), labels, by)
        order = np.argsort(-true, kind="stable")
        assert found.labels == list(order[: len(found.labels)])
        assert len(found.labels) == 5 or true[order[len(found.labels)]] < FLOOR / (1 - SLACK)
        assert sum(found.probabilities) + found.rest == pytest.approx(1.0)
        assert found.unseen <= (SLACK if by == "whole" else 0.0) + 1e-12
        given = np.array(found.probabilities)
        assert np.all(given <= true[found.labels] + 1e-9)
        assert np.all(given >= true[found.labels] * (1 - found.unseen) - 1e-9)


def test_a_sure_model_is_asked_little():
    labels = random_labels(np.random.default_rng(1), 60)
    trie = LabelTrie([str(label) for label in labels], labels)
    sure, unsure = Model(1, 12.0), Model(1, 0.1)
    searched(sure, trie, "step")
    searched(unsure, trie, "step")
    assert sure.asked < unsure.asked / 2


def test_a_label_that_another_one_begins_with_is_held_against_it():
    trie = LabelTrie(["card", "card lost"], [[1], [1, 2]])
    search = LabelSearch(trie, 5, "step")
    (node,) = search.wanted(3)
    (place,) = search.chain(node)
    assert trie.tokens[place] == (1,)  # nothing to ask before: both begin so
    search.feed(node, [{2: math.log(0.1), END: math.log(0.3)}])
    assert search.scores().labels == [0, 1]
    assert search.scores().probabilities == pytest.approx([0.75, 0.25])


@pytest.mark.parametrize(
    ("labels", "tokens", "words"),
    [
        ([], [], "no labels"),
        (["a", ""], [[1], []], "Label 2 is empty"),
        (["a", "A"], [[1], [1]], "'a' and 'A' as the same label"),
    ],
)
def test_labels_that_cannot_be_told_apart(labels, tokens, words):
    with pytest.raises(UserError, match=words):
        LabelTrie(labels, tokens)
