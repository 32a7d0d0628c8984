"""Samples that begin with the same tokens are read together, their common beginning once.

Several questions on the same passages differ only in their last tokens. In a bundle every token of
the common beginning stands once, the samples branch off it, and each token sees exactly the tokens
of its own sample before it (a tree mask, as in SpecInfer, arXiv 2305.09781); so the loss is the
same as with every sample read alone, at a fraction of the tokens.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np


class TokenSample(NamedTuple):
    """A prompt and the answer to learn (with the token that ends it), as token ids."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]


class Bundle(NamedTuple):
    """`tokens` (n,) and `positions` (n,); `seen` (n, n) says which tokens each token sees. At the
    places `where` (m,) the tokens `wanted` (m,) are to be predicted, each with its `weight`."""

    tokens: np.ndarray
    positions: np.ndarray
    seen: np.ndarray
    where: np.ndarray
    wanted: np.ndarray
    weight: np.ndarray
    samples: int


def grouped(samples: Sequence[TokenSample], most: int, seed: int) -> list[tuple[TokenSample, ...]]:
    """Groups of samples whose trees have at most `most` tokens each (a longer sample stands alone),
    in a random order that `seed` fixes.

    Samples of one prompt's passages are kept together; such families are mixed at random, so that
    a group is not all of one kind. So are the samples of a family that takes several groups and
    shares little beyond what all of it begins with, as one instruction before short texts.
    """
    families = _families(sorted(set(samples)))
    order = random.Random(seed)
    order.shuffle(families)
    for family in families:
        if _flat(family, most):
            order.shuffle(family)
    groups: list[tuple[TokenSample, ...]] = []
    current: list[TokenSample] = []
    for family in families:
        for sample in family:
            if current and tree_size([*current, sample]) > most:
                groups.append(tuple(current))
                current = []
            current.append(sample)
    if current:
        groups.append(tuple(current))
    order.shuffle(groups)
    return groups


def _families(ordered: Sequence[TokenSample]) -> list[list[TokenSample]]:
    """Neighbours in the order of tokens that share at least half of the longer one's prompt."""
    families: list[list[TokenSample]] = []
    for sample in ordered:
        last = families[-1][-1] if families else None
        if last and 2 * common(last.prompt, sample.prompt) >= max(
            len(last.prompt), len(sample.prompt)
        ):
            families[-1].append(sample)
        else:
            families.append([sample])
    return families


_FLAT = 1.3
"""A family is flat when its tree is at most so many times smaller than without inner branches."""


def _flat(family: Sequence[TokenSample], most: int) -> bool:
    """Whether a family in the order of tokens is too large for one group and needs no order: then
    mixing it costs few tokens, and in order each group would be of texts that begin alike."""
    lengths = [len(one.prompt) + len(one.answer) for one in family]
    if sum(lengths) <= most:
        return False
    trunk = common(family[0].prompt, family[-1].prompt)
    tree = tree_size(family)
    return tree > most and trunk + sum(length - trunk for length in lengths) <= _FLAT * tree


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences begin with in common."""
    length = min(len(one), len(other))
    for at in range(length):
        if one[at] != other[at]:
            return at
    return length


def tree_size(samples: Sequence[TokenSample]) -> int:
    """The tokens of the samples' tree."""
    size = 0
    before: tuple[int, ...] = ()
    for sample in sorted(samples):
        path = sample.prompt + sample.answer
        size += len(path) - common(before, path)
        before = path
    return size


def bundle(samples: Sequence[TokenSample]) -> Bundle:
    """The tree of these samples. Every sample counts in the loss with 1 / sqrt(tokens) per token of
    its answer: a long answer counts more than a short one, but not in proportion."""
    tokens: list[int] = []
    positions: list[int] = []
    paths: list[list[int]] = []
    before: tuple[int, ...] = ()
    for sample in sorted(samples):
        whole = sample.prompt + sample.answer
        shared = common(before, whole)
        path = (paths[-1][:shared] if paths else []) + list(
            range(len(tokens), len(tokens) + len(whole) - shared)
        )
        tokens += whole[shared:]
        positions += range(shared, len(whole))
        paths.append(path)
        before = whole
    seen = np.zeros((len(tokens), len(tokens)), dtype=bool)
    for path in paths:
        at = np.array(path)
        seen[at[:, None], at[None, :]] = at[:, None] >= at[None, :]
    targets = list(_targets(sorted(samples), paths))
    return Bundle(
        np.array(tokens), np.array(positions), seen,
        np.array([place for place, _, _ in targets]), np.array([token for _, token, _ in targets]),
        np.array([weight for _, _, weight in targets], dtype=np.float32), len(paths),
    )  # fmt: skip


def _targets(
    samples: Sequence[TokenSample], paths: Sequence[Sequence[int]]
) -> Iterator[tuple[int, int, float]]:
    for sample, path in zip(samples, paths, strict=True):
        begin = len(sample.prompt)
        for index, token in enumerate(sample.answer):
            yield path[begin + index - 1], token, len(sample.answer) ** -0.5
