"""What reading several tokens in one batch costs, in single tokens, learned from measured times.

It is no straight line: kernels take four rows at once, or sixteen, and the second token costs more
than the third. So each length is learned by itself, and its neighbours learn a part of it.
"""

from __future__ import annotations

import math

LONGEST = 16
_LEARNING = 0.25  # weight of the newest time in the smoothed ones
_NEAR = 3.0  # lengths over which what was learned fades to 37 %
_RELAXING = 0.003  # how fast a cost returns to the assumed one, per token read alone
_LEAST, _MOST = 0.3, 3.0  # times the assumed cost: a hiccup of the system is not believed


class Costs:
    """Costs of batches of 1 to `LONGEST` tokens. Lives as long as the model: they are the
    machine's. `first` and `extra` are the assumed costs of a second token and of each more."""

    def __init__(self, first: float, extra: float) -> None:
        more = range(LONGEST - 1)
        self._assumed = [0.0, 1.0, *(1 + first + extra * count for count in more)]
        self._ratio = [1.0] * (LONGEST + 1)
        self._single = 0.0  # smoothed seconds of one token alone

    def of(self, tokens: int) -> float:
        """What a batch of `tokens` costs, in single tokens."""
        return self._assumed[tokens] * self._ratio[tokens]

    def took(self, tokens: int, seconds: float) -> None:
        """Learn what one token, or a batch of several, took."""
        if tokens == 1:
            known = self._single or seconds
            self._single = known + (seconds - known) * _LEARNING
            self._ratio = [ratio + (1 - ratio) * _RELAXING for ratio in self._ratio]
        elif self._single:
            ratio = seconds / self._single / self._assumed[tokens]
            self._learn(tokens, min(max(ratio, _LEAST), _MOST))

    def _learn(self, tokens: int, ratio: float) -> None:
        for length in range(2, LONGEST + 1):
            weight = _LEARNING * math.exp(-abs(length - tokens) / _NEAR)
            self._ratio[length] += (ratio - self._ratio[length]) * weight
