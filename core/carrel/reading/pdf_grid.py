"""Lays the grid of a table that has drawn lines: which places of it are one cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from carrel.reading.pdf_columns import (
    column_at,
    gutters,
    is_number,
    parted,
    segments,
    without_signs,
)
from carrel.reading.pdf_rows import Say
from carrel.reading.pdf_rules import Rule, Rules
from carrel.reading.pdf_words import Area, Word, baselines

SAME = 2.5  # points between lines that bound the same row or column
_COVER = 0.7  # share of a cell's side that a line covers to bound it
_LEAST_DOWN = 0.2  # share of the table's height that a line down covers to bound a column
_GAP_INSIDE = 2.5  # times the usual space between columns: justified text has wide gaps too
_RECTANGLE = 0.55  # of the smallest rectangle around it, that a cell over several places fills
_MOST_OVER = 0.6  # of a table's places that cells over several places take
_ROWS_INSIDE = 4  # printed lines with columns that one cell does not have
_STRICT_ROWS = 4  # printed lines that a ruled column has to be parted again by space alone
_STRICT = 0.8  # of them, and of what stands on the right to be numbers

Place = tuple[int, int]  # row and column, from the top left


class Grid:
    """The edges of a table's rows (from the top) and columns, and its cells over several places.

    Where a table has no lines down, its columns are told by the space between its words.
    """

    def __init__(
        self, area: Area, rules: Rules, words: Sequence[Word], gap: float, say: Say, most: int
    ) -> None:
        """`gap` is the space between columns and `most` the places that a table may have; `sound`
        is False for what is no table, and nothing else is then known."""
        self._rules, self._area = rules, area
        self._across: dict[float, list[Rule]] = {}  # the lines near an edge, found once
        self._down: dict[float, list[Rule]] = {}
        ruled = bounds_of(area, rules)
        self.open = not inner(area, ruled)
        self.ys = edges([area.top, area.bottom, *(rule.at for rule in rules.across)])[::-1]
        self._ruled = set(edges([area.left, area.right, *ruled]))
        found: list[float] = []
        for left, right in pairwise(sorted(self._ruled)):
            inside = [word for word in words if left <= word.middle[0] < right]
            found += self._parted(inside, gap, say)
        self.xs = sorted([*self._ruled, *found])
        self._sides = list(pairwise(self.xs))
        if self.open:
            self.ys = self._full_height()
            self._sides = [_extent(words, *sides) for sides in self._sides]
        self._tops = [-y for y in self.ys]
        self._owner: dict[Place, Place] = {}
        self.sound = self.columns > 1 and self.rows * self.columns <= most
        if not self.sound:
            return
        self._owner = {(r, c): (r, c) for r in range(self.rows) for c in range(self.columns)}
        self._join(words, gap)
        self.sound = self._is_sound() and not self._has_tables_inside(words, gap)
        self._tall = {
            self.owner(*place) for place in self._owner if self.owner(*place)[0] != place[0]
        }

    @property
    def rows(self) -> int:
        return len(self.ys) - 1

    @property
    def columns(self) -> int:
        return len(self.xs) - 1

    def owner(self, row: int, column: int) -> Place:
        """The place that the cell at a place begins at."""
        at = row, column
        while self._owner[at] != at:
            at = self._owner[at]
        return at

    def is_tall(self, place: Place) -> bool:
        """Whether the cell at a place goes over several rows."""
        return self.owner(*place) in self._tall

    def _has_tables_inside(self, words: Sequence[Word], gap: float) -> bool:
        """Whether a cell over several places has columns of its own: then this is the frame of a
        page or of a form, and no table."""
        inside: dict[Place, list[Word]] = {}
        for word in words:
            inside.setdefault(self.owner(*self.place(word)), []).append(word)
        over = {self.owner(*place) for place in self._owner if self.owner(*place) != place}
        for place in over & inside.keys():
            lines = baselines(inside[place])
            if len(lines) >= _ROWS_INSIDE and gutters(lines, _GAP_INSIDE * gap):
                return True
        return False

    def _is_sound(self) -> bool:
        """Whether cells over several places are the lesser part of all, and rectangles but for a
        shaded part inside them, which is then joined: a drawing's lines leave other shapes."""
        if not all(self._fill_up(places) for places in self._shapes()):
            return False
        over = sum(self._size(place) for places in self._shapes() for place in places)
        return over <= _MOST_OVER * self._area.size

    def _shapes(self) -> list[list[Place]]:
        """The places of each cell over several."""
        shapes: dict[Place, list[Place]] = {}
        for place in self._owner:
            shapes.setdefault(self.owner(*place), []).append(place)
        return [places for places in shapes.values() if len(places) > 1]

    def _fill_up(self, places: Sequence[Place]) -> bool:
        """Make a cell a rectangle; False when too much of it is missing."""
        rows, columns = zip(*places, strict=True)
        whole = [
            (row, column)
            for row in range(min(rows), max(rows) + 1)
            for column in range(min(columns), max(columns) + 1)
        ]
        if sum(map(self._size, places)) < _RECTANGLE * sum(map(self._size, whole)):
            return False
        for place in whole:
            self._unite(place, places[0])
        return True

    def _size(self, place: Place) -> float:
        left, right = self.xs[place[1] : place[1] + 2]
        top, bottom = self.ys[place[0] : place[0] + 2]
        return (right - left) * (top - bottom)

    def _unite(self, one: Place, other: Place) -> None:
        """Make the cells at two places one, which begins at the first of both."""
        first, second = sorted((self.owner(*one), self.owner(*other)))
        self._owner[second] = first

    def place(self, word: Word) -> Place:
        """Where a word stands."""
        x, y = word.middle
        return column_at(self._tops, -y), column_at(self.xs, x)

    def _parted(self, words: list[Word], gap: float, say: Say) -> list[float]:
        """Part a column that has no line inside it; one beside ruled columns only for good reason:
        words of a cell can stand under each other by chance."""
        lines = baselines(words)
        found = without_signs(lines, gutters(lines, gap), say)
        if self.open or not found:
            return found
        parts = [segments(line, gap) for line in lines]
        several = [part for part in parts if len(part) > len(found)]
        last = [cell for part in several for cell in part[1:]]
        clear = len(several) >= max(_STRICT_ROWS, _STRICT * len(lines))
        numbers = sum(is_number(say(cell)) for cell in last)
        return found if clear and numbers >= _STRICT * len(last) else []

    def _full_height(self) -> list[float]:
        """The edges of rows in a table without lines down: lines over a part of the columns count
        among the headings only, where they show what a heading stands over."""
        full = [y for y in self.ys if self._covers(y, self.xs[0], self.xs[-1])]
        body = full[1] if len(full) > 1 else self.ys[0]
        return [y for y in self.ys if y >= body - SAME or y in full or y == self.ys[-1]]

    def _covers(self, y: float, left: float, right: float) -> bool:
        near = self._near(self._across, self._rules.across, y)
        return _overlap(near, left, right) >= _COVER * (right - left)

    def _stands(self, x: float, bottom: float, top: float) -> bool:
        near = self._near(self._down, self._rules.down, x)
        return _overlap(near, bottom, top) >= _COVER * (top - bottom)

    @staticmethod
    def _near(known: dict[float, list[Rule]], rules: Sequence[Rule], at: float) -> list[Rule]:
        if at not in known:
            known[at] = [rule for rule in rules if abs(rule.at - at) <= SAME]
        return known[at]

    def _join(self, words: Sequence[Word], gap: float) -> None:
        inside: dict[int, list[Word]] = {}
        for word in words:
            inside.setdefault(self.place(word)[0], []).append(word)
        for row, (top, bottom) in enumerate(pairwise(self.ys)):
            lines = baselines(inside.get(row, []))
            parts = [part for line in lines for part in parted(line, self.xs, gap)]
            for column in range(1, self.columns):
                if self._one_cell(column, bottom, top, parts):
                    self._unite((row, column), (row, column - 1))
            self._join_under(row, parts)
        for row in range(1, self.rows):
            for column, (left, right) in enumerate(self._sides):
                if not self._covers(self.ys[row], left, right):
                    self._unite((row, column), (row - 1, column))

    def _one_cell(
        self, column: int, bottom: float, top: float, parts: Sequence[Sequence[Word]]
    ) -> bool:
        """Whether a column and the one before it are one cell in a row: no line stands between
        them, and their words do not stand apart."""
        x = self.xs[column]
        left, right = self.xs[column - 1], self.xs[column + 1]
        crossing = any(
            part[0].left < x - SAME and max(w.right for w in part) > x + SAME for part in parts
        )
        if x not in self._ruled:
            return crossing
        if self._stands(x, bottom, top):
            return False
        before = any(left <= part[0].middle[0] < x for part in parts)
        after = any(x <= part[-1].middle[0] < right for part in parts)
        return crossing or not (before and after)

    def _join_under(self, row: int, parts: Sequence[Sequence[Word]]) -> None:
        """A heading stands over the columns that the line right under it goes over."""
        if not self.open or row + 2 > self.rows - 1:
            return
        for rule in self._rules.across:
            if abs(rule.at - self.ys[row + 1]) > SAME:
                continue
            under = [
                column
                for column, (left, right) in enumerate(self._sides)
                if _overlap([rule], left, right) >= _COVER * (right - left)
            ]
            over = [p for p in parts if rule.first - SAME <= p[0].middle[0] <= rule.last + SAME]
            if 1 < len(under) < self.columns and len(over) == 1:
                for column in under[1:]:
                    self._unite((row, column), (row, under[0]))


def _extent(words: Sequence[Word], left: float, right: float) -> tuple[float, float]:
    """From where to where the words of a column stand: lines under a heading are no longer."""
    inside = [word for word in words if left <= word.left and word.right <= right]
    if not inside:
        return left, right
    return min(word.left for word in inside), max(word.right for word in inside)


def edges(places: Sequence[float]) -> list[float]:
    """Sort places and take those that are nearly the same as one."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > SAME:
            found.append(place)
    return found


def bounds_of(area: Area, rules: Rules) -> list[float]:
    """Where lines go down over a good part of a table."""
    least = _LEAST_DOWN * (area.top - area.bottom)
    return edges([rule.at for rule in rules.down if _long(rules.down, rule.at) >= least])


def inner(area: Area, places: Sequence[float]) -> list[float]:
    """Those places from left to right that are not at an area's sides."""
    return [x for x in places if area.left + SAME < x < area.right - SAME]


def _long(rules: Sequence[Rule], at: float) -> float:
    return sum(rule.last - rule.first for rule in rules if abs(rule.at - at) <= SAME)


def _overlap(rules: Sequence[Rule], first: float, last: float) -> float:
    return sum(max(0.0, min(rule.last, last) - max(rule.first, first)) for rule in rules)
