"""Prompt lookup: guesses what comes next from what was already read, and when guessing pays.

An answer that quotes its passages repeats the prompt. `Lookup` finds the place where the last words
stood before and proposes the words that followed there; the engine reads all of them in one batch
and keeps those that the model says itself. `Pace` decides how many to propose: it knows from
measured times what a longer batch costs, and from the answer so far how often such a guess is right
(also of guesses that were not tried, which costs nothing to watch).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from carrel.engine.costs import Costs

SHORTEST, _FOLLOWED = 2, 3  # tokens that must match to look at a place, and to prefer it
MOST = 15  # tokens guessed at once; with the token before them they fill the engine's 16 outputs

_CLASSES = (2, 3, 4, 6, 9, 14)
"""Lengths of a match from which it is more trustworthy: guesses are counted apart for each."""
_TRUST = (0.40, 0.50, 0.65, 0.82, 0.93, 0.96)
"""How often a guess after a match of each class is assumed to be right, before an answer shows its
own nature. Fitted, with the weight, on 75 answers that quote clapnq's passages and as many to other
questions, so that the second kind loses 2 % at most; on 75 others of each it was the same."""
_TRUST_WEIGHT = 2.8  # guesses that the assumption counts for
_MEMORY = 0.985  # weight that older guesses keep with each new one
_PAYS = 1.1  # expected tokens per time, against one at a time, from which guesses are tried


class Lookup:
    """The tokens so far and the place in them that the newest ones repeat."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self._tokens: list[int] = []
        self._places: dict[tuple[int, ...], int] = {}
        self._place = 0  # the token that followed the last match; 0: there is no match
        self.matched = 0
        for token in tokens:
            self._append(token)
        self._find()

    def add(self, token: int) -> None:
        """Note one generated token."""
        followed = bool(self._place) and self._tokens[self._place] == token
        self._append(token)
        if followed:
            self._place, self.matched = self._place + 1, self.matched + 1
        else:
            self._find()

    def guess(self, most: int) -> list[int]:
        """Up to `most` tokens that followed at the place which the newest tokens repeat."""
        if not self._place:
            return []
        return self._tokens[self._place : self._place + most]

    def _append(self, token: int) -> None:
        tokens = self._tokens
        at = len(tokens)
        # A sequence is entered when its next token is known: it never finds itself.
        if at >= SHORTEST:
            self._places[tokens[-2], tokens[-1]] = at
        if at >= _FOLLOWED:
            self._places[tokens[-3], tokens[-2], tokens[-1]] = at
        tokens.append(token)

    def _find(self) -> None:
        newest = tuple(self._tokens[-_FOLLOWED:])
        self._place = self._places.get(newest) or self._places.get(newest[1:], 0)
        self.matched = self._length() if self._place else 0

    def _length(self) -> int:
        """How many tokens before the place equal the newest ones, up to the last class."""
        tokens, place = self._tokens, self._place
        limit = min(place, _CLASSES[-1])
        same = (tokens[place - 1 - i] == tokens[-1 - i] for i in range(limit))
        return next((i for i, equal in enumerate(same) if not equal), limit)


class Pace:
    """How many tokens to guess at once. Lives as long as the model: costs are the machine's."""

    def __init__(self, costs: Costs, most: int = MOST) -> None:
        """More than `most` are never guessed."""
        self.most = min(most, MOST)
        self.costs = costs
        self._right = [0.0] * len(_CLASSES)
        self._guesses = [0.0] * len(_CLASSES)

    def begin(self) -> None:
        """A new answer begins: what the one before was like counts half."""
        self._right = [value / 2 for value in self._right]
        self._guesses = [value / 2 for value in self._guesses]

    def saw(self, matched: int, right: bool) -> None:
        """Learn whether the guess after `matched` tokens was what the model said."""
        place = _class_of(matched)
        self._right[place] = self._right[place] * _MEMORY + right
        self._guesses[place] = self._guesses[place] * _MEMORY + 1

    def length(self, matched: int, most: int) -> int:
        """How many tokens to guess after a match of `matched` tokens; 0 when it does not pay."""
        best, gain, expected, chance = 0, _PAYS, 1.0, 1.0
        for count in range(1, most + 1):
            chance *= self._trust(_class_of(matched + count - 1))
            expected += chance
            rate = expected / self.costs.of(count + 1)
            if rate > gain:
                best, gain = count, rate
        return best

    def _trust(self, place: int) -> float:
        right = self._right[place] + _TRUST[place] * _TRUST_WEIGHT
        return right / (self._guesses[place] + _TRUST_WEIGHT)


def _class_of(matched: int) -> int:
    return sum(matched >= least for least in _CLASSES[1:])


class Drafter:
    """Guesses for one generation: `draft` proposes, `said` learns what the model said."""

    def __init__(self, tokens: Sequence[int], pace: Pace, ends: Iterable[int]) -> None:
        """`tokens` is the prompt, `ends` the tokens that end an answer: nothing comes after."""
        self._lookup = Lookup(tokens)
        self._ends = frozenset(ends)
        self.pace = pace
        pace.begin()

    def draft(self, most: int) -> list[int]:
        """The tokens that are worth reading ahead, at most `most`; often none."""
        guess = self._lookup.guess(min(most, self.pace.most))
        end = next((at for at, token in enumerate(guess) if token in self._ends), len(guess))
        return guess[: self.pace.length(self._lookup.matched, end)]

    def said(self, token: int) -> None:
        """The model said `token`, guessed or not."""
        guess = self._lookup.guess(1)
        if guess:
            self.pace.saw(self._lookup.matched, guess[0] == token)
        self._lookup.add(token)
