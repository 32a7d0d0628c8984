"""From token bytes to text that can be shown: whole characters, cut before a stop text."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Collects the bytes of generated tokens; `feed` returns the text that is safe to show.

    A character split over tokens waits until it is whole (bytes that are no UTF-8 become U+FFFD).
    Text that may be the beginning of a stop text waits until it is known not to be. `text` is all
    text given out so far, `stopped` is True once a stop text came.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.text = ""
        self.stopped = False

    def feed(self, data: bytes) -> str:
        """Take the bytes of one token and return new text, often one word, sometimes ""."""
        return self._take(self._decoder.decode(data), last=False)

    def finish(self) -> str:
        """Return what was held back, at the end of a generation that met no stop text."""
        return self._take(self._decoder.decode(b"", True), last=True)

    def _take(self, new: str, last: bool) -> str:
        if self.stopped:
            return ""
        self._held += new
        cut = min((at for s in self._stops if (at := self._held.find(s)) >= 0), default=-1)
        if cut >= 0:
            self.stopped = True
            return self._give(cut)
        return self._give(len(self._held) if last else len(self._held) - self._doubtful())

    def _give(self, count: int) -> str:
        given, self._held = self._held[:count], self._held[count:]
        self.text += given
        return given

    def _doubtful(self) -> int:
        """How many of the last characters may be the beginning of a stop text."""
        longest = 0
        for stop in self._stops:
            for size in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:size]):
                    longest = size
                    break
        return longest
