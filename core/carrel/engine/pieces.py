"""How many tokens of a prompt are submitted at once, so that a Stop between them comes in time.

On a processor llama.cpp tests the stop flag itself, inside a piece. On a graphics card it does not:
there a piece is made as long as the card reads in a fraction of a second.
"""

from __future__ import annotations

SECONDS = 0.12  # what a piece should take on a graphics card: a Stop is to be heard within 0.2 s
_FIRST, _LEAST = 64, 16


class Pieces:
    """`size` tokens next, at most `largest`."""

    def __init__(self, largest: int, *, on_gpu: bool) -> None:
        self._largest = largest
        self._adapts = on_gpu
        self.size = min(_FIRST, largest) if on_gpu else largest

    def took(self, tokens: int, seconds: float) -> None:
        """Learn from a piece; grows to no more than twice at once, shrinks at once."""
        if not self._adapts or seconds <= 0:
            return
        fitting = int(tokens * SECONDS / seconds)
        wanted = min(fitting, 2 * self.size, self._largest)
        self.size = min(self._largest, max(_LEAST, wanted // _LEAST * _LEAST))
