"""Takes out characters that nobody sees and that only a program reads: a place to hide words.

What scripts need stays: joiners (Persian, Indic, emoji), marks of direction, spaces of no width
(Thai, Khmer), an operator of a formula, one variation selector after a sign, and the flags that
are spelled with tags.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TAGS = "\U000e0000-\U000e007f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_WIDTHLESS = "\u200b-\u200f\u061c"
_OPERATORS = "\u2061-\u2064"  # of formulas: one parts the numbers that it stands between
_CONTROLS = "\u202a-\u202e\u2060\u2065-\u206f\ufff9-\ufffb"
# A flag of a part of a country: black flag, region code (Unicode TS #51, annex C), end.
_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
# Plain ASCII has no variants but the digits, # and * of keycaps.
_NO_BASE = r"\s\x00-\x22\x24-\x29\x2b-\x2f\x3a-\x7f"
_WIDTHLESS_RUN = 4  # in a row: no script needs as many, and two kinds of them spell bits
_ANY = re.compile(f"[{_TAGS}{_SELECTORS}{_WIDTHLESS}{_OPERATORS}{_CONTROLS}]")
_FOUND = re.compile(
    f"(?P<flag>{_FLAG})"
    f"|(?P<words>[{_TAGS}]+|[{_SELECTORS}]{{2,}}|(?<![^{_NO_BASE}])[{_SELECTORS}]"
    f"|[{_OPERATORS}]{{2,}}|[{_WIDTHLESS}]{{{_WIDTHLESS_RUN},}})"
    f"|(?P<control>[{_CONTROLS}]+)"
)


class Stripped(NamedTuple):
    """A text without what is invisible in it.

    `removed` are the [start, end) of the old text that are gone; `hidden` counts their characters
    but for controls of direction and of line breaks, which honest texts have too.
    """

    text: str
    removed: list[tuple[int, int]]
    hidden: int


def strip(text: str) -> Stripped:
    """Return the text without invisible characters, and where they were."""
    if text.isascii() or not _ANY.search(text):
        return Stripped(text, [], 0)
    parts: list[str] = []
    removed: list[tuple[int, int]] = []
    hidden = at = 0
    for found in _FOUND.finditer(text):
        if found["flag"]:
            continue
        parts.append(text[at : found.start()])
        removed.append(found.span())
        hidden += len(found["words"] or "")
        at = found.end()
    parts.append(text[at:])
    return Stripped("".join(parts), removed, hidden)
