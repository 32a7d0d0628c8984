"""The tree of a conversation's turns: which path is read, and what branches a turn has.

Asking something else in place of a question, or asking again, makes a sibling of that turn; among
siblings one is chosen, and what follows it is remembered with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """A turn in the tree; `parent` is 0 for a first question."""

    id: int
    parent: int
    chosen: bool


def path(nodes: Sequence[Node]) -> list[int]:
    """The conversation as it is read: from the chosen first turn along the chosen ones."""
    following: dict[int, int] = {}
    for node in nodes:
        if node.chosen or node.parent not in following:
            following[node.parent] = node.id
    found: list[int] = []
    at = following.get(0)
    while at is not None:
        found.append(at)
        at = following.get(at)
    return found


def way_to(nodes: Sequence[Node], turn: int) -> list[int]:
    """The turns that lead to `turn`, which is the last of them."""
    parents = {node.id: node.parent for node in nodes}
    found = [turn]
    while parent := parents[found[-1]]:
        found.append(parent)
    return found[::-1]


def siblings(nodes: Sequence[Node], turn: int) -> list[int]:
    """The branches of a turn, itself among them, in the order in which they were asked."""
    parent = next(node.parent for node in nodes if node.id == turn)
    return sorted((node.id for node in nodes if node.parent == parent), key=abs)
