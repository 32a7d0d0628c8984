"""Finds the parts of a PDF page that drawn lines make a table of, perhaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from carrel.reading.pdf_rules import Rule, Rules
from carrel.reading.pdf_words import Area

_TOUCH = 3.0  # points between lines that meet
_SAME_ENDS = 4.0  # points by which the ends of lines of one table differ
_NEXT = 40.0  # points between the shaded rows of one table


class Region(NamedTuple):
    """A part of a page with the rules that lie in it."""

    area: Area
    rules: Rules


def ruled(rules: Rules) -> list[Region]:
    """Return the parts of a page that rules frame, cross or lie over, the smallest first.

    Rules that meet belong together; so do lines across with the same two ends, wherever they are
    (tables with lines above, under the heading and below only), and shaded rows near each other.
    """
    everything = [*rules.across, *rules.down]
    split = len(rules.across)
    groups = _Groups(len(everything))
    for i, across in enumerate(rules.across):
        for j, down in enumerate(rules.down, split):
            if _meet(across, down):
                groups.join(i, j)
    boxes = [(_area(everything, group, split), group) for group in groups.all()]
    boxes.sort(key=lambda box: -box[0].top)
    for at, (upper, group) in enumerate(boxes):
        for lower, other in boxes[at + 1 :]:
            lines = len(group) == 1 or len(other) == 1
            if _same_ends(upper, lower) and (lines or upper.bottom - lower.top <= _NEXT):
                groups.join(group[0], other[0])
                break
    _join_inner(groups, everything, split)
    found = []
    for group in groups.all():
        inside = Rules(
            [everything[one] for one in group if one < split],
            [everything[one] for one in group if one >= split],
        )
        if len(inside.across) > 1:
            found.append(Region(_area(everything, group, split), inside))
    return sorted(found, key=lambda one: (one.area.size, -one.area.top))


def between(region: Region, top: float, bottom: float) -> Region:
    """The part of a region from one height to another."""
    across = [r for r in region.rules.across if bottom - _TOUCH <= r.at <= top + _TOUCH]
    down = [r for r in region.rules.down if r.first >= bottom - _TOUCH and r.last <= top + _TOUCH]
    return Region(region.area._replace(top=top, bottom=bottom), Rules(across, down))


def _join_inner(groups: _Groups, rules: Sequence[Rule], split: int) -> None:
    """A line that meets none, as under a heading, belongs to the smallest part it lies in."""
    found = groups.all()
    boxes = [(_area(rules, group, split), group[0]) for group in found if len(group) > 1]
    boxes.sort(key=lambda box: box[0].size)
    for group in found:
        rule = rules[group[0]]
        if len(group) > 1 or group[0] >= split:
            continue
        for area, one in boxes:
            wide = area.left - _TOUCH <= rule.first and rule.last <= area.right + _TOUCH
            if wide and area.bottom <= rule.at <= area.top:
                groups.join(one, group[0])
                break


class _Groups:
    """Things by number, joined into groups."""

    def __init__(self, count: int) -> None:
        self._root = list(range(count))

    def root(self, one: int) -> int:
        while self._root[one] != one:
            self._root[one] = one = self._root[self._root[one]]
        return one

    def join(self, one: int, other: int) -> None:
        self._root[self.root(other)] = self.root(one)

    def all(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for one in range(len(self._root)):
            found.setdefault(self.root(one), []).append(one)
        return list(found.values())


def _meet(across: Rule, down: Rule) -> bool:
    return (
        across.first - _TOUCH <= down.at <= across.last + _TOUCH
        and down.first - _TOUCH <= across.at <= down.last + _TOUCH
    )


def _same_ends(one: Area, other: Area) -> bool:
    return abs(one.left - other.left) <= _SAME_ENDS and abs(one.right - other.right) <= _SAME_ENDS


def _area(rules: Sequence[Rule], members: Iterable[int], split: int) -> Area:
    xs: list[float] = []
    ys: list[float] = []
    for one in members:
        rule = rules[one]
        (xs if one < split else ys).extend((rule.first, rule.last))
        (ys if one < split else xs).append(rule.at)
    return Area(min(xs), min(ys), max(xs), max(ys))
