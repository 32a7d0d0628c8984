"""Cleans the model's text while it streams: stop texts end it, self-written markers vanish.

Citations are attached by code afterwards, so a "[1]" that the model writes is noise, and often
wrong. What has been given out is never taken back: text that may still become a marker or a stop
waits until that is decided.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

STOPS = ("\nQuestion:", "\nPassage ", "\nPassages:", "\nUser:", "\nuser:", "<|im_end|>", "</s>")
"""Where a small model starts to write the next turn by itself."""

_NUMBERS = r"\d{1,3}(?:\s?(?:,|;|-|–|and)\s?\d{1,3}){0,5}"
_MARKER = re.compile(
    rf"\s*(?:\[(?:[Pp]assages? )?{_NUMBERS}\]|\([Pp]assages? {_NUMBERS}\)|【{_NUMBERS}】)"
)
_STARTS = re.compile(
    r"\s*(?:[\[(](?:[Pp](?:a(?:s(?:s(?:a(?:g(?:e(?:s?(?: [\d,;\-–and\s]{0,30})?)?)?)?)?)?)?)?)?"
    r"|\[[\d,;\-–and\s]{0,30}|【[\d,;\-–and\s]{0,30})?"
)
"""Text that may still grow into a marker."""
_PREFIXES = ("Final answer:", "The answer:", "Answer:", "Response:", "A:")


class AnswerStream:
    """Feed it the pieces of a generation; it gives out the clean text, as early as it is certain.

    The joined output does not depend on how the text was cut into pieces. `stopped` is True once a
    stop text was met: nothing more will come. `markers` False leaves markers alone (in an answer of
    the model alone "[1]" may be an index of a list in code).
    """

    def __init__(self, stops: Sequence[str] = STOPS, markers: bool = True) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._markers = markers
        self._waiting = ""
        self._begun = False
        self._given = False
        firsts = "".join(stop[0] for stop in self._stops)
        self._special = re.compile(rf"[\s\[(【{re.escape(firsts)}]")
        self.stopped = False

    def feed(self, piece: str) -> str:
        """Take the next piece, return what is now certain to belong to the answer."""
        if self.stopped:
            return ""
        self._waiting += piece
        return self._take(final=False)

    def finish(self) -> str:
        """The generation has ended: return the rest, without white space at its end."""
        rest = "" if self.stopped else self._take(final=True)
        self.stopped = True
        return rest

    def _take(self, final: bool) -> str:
        if not self._begun and not self._begin(final):
            return ""
        text, at = self._waiting, 0
        given: list[str] = []
        while at < len(text) and not self.stopped:
            plain = self._special.search(text, at)
            stop = plain.start() if plain else len(text)
            given.append(text[at:stop])
            at = self._decide(text, stop, final, given) if plain else stop
            if at < 0:
                break
        self._waiting = text[stop:] if at < 0 and not self.stopped else ""
        return self._without_lead("".join(given))

    def _decide(self, text: str, at: int, final: bool, given: list[str]) -> int:
        """Pass a marker, meet a stop, or give out one character; -1 when more text must come."""
        marker = _MARKER.match(text, at) if self._markers else None
        blank = len(text) - at - len(text[at:].lstrip())
        if any(text.startswith(stop, at + k) for stop in self._stops for k in range(blank + 1)):
            self.stopped = True
            return -1
        if marker is not None:
            return marker.end()
        if self._undecided(text[at:], blank, final):
            return -1
        given.append(text[at : at + max(1, blank)])
        return at + max(1, blank)

    def _undecided(self, rest: str, blank: int, final: bool) -> bool:
        """Whether `rest` may still become a marker or a stop, or is the end's white space."""
        if blank == len(rest):
            return True
        if final:
            return False
        if any(stop.startswith(rest[k:]) for stop in self._stops for k in range(blank + 1)):
            return True
        return self._markers and _STARTS.fullmatch(rest) is not None

    def _begin(self, final: bool) -> bool:
        """Drop white space and "Answer:" in front; False while they may still be coming."""
        text = self._waiting.lstrip()
        prefix = next((p for p in _PREFIXES if text.startswith(p)), None)
        if prefix is not None:
            text = text[len(prefix) :]
        elif not final and any(p.startswith(text) for p in _PREFIXES):
            return False
        self._waiting = text
        self._begun = True
        return True

    def _without_lead(self, text: str) -> str:
        """Nothing but text begins an answer, also after a marker at its start."""
        if not self._given:
            text = text.lstrip()
            self._given = bool(text)
        return text
