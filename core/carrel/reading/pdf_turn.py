"""Turns places of a PDF page whose text is written sideways, as that of wide tables often is.

Turned, the text runs from left to right and its lines from top to bottom, as on any other page.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from carrel.reading.pdf_rules import Rule, Rules

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_SAMPLES = (1, 3, 5)  # sixths of a page's characters that are asked

_LETTER = re.compile(r"\w")  # spaces and line ends that pdfium puts in have no angle

Box = tuple[float, float, float, float]  # left, bottom, right, top


def quarters(chars: PdfTextPage, text: str, char_map: list[int]) -> int:
    """How many quarters (0 to 3) a page is to be turned clockwise, so that its text is upright; 0
    unless all the characters that are asked agree."""
    from pypdfium2 import raw

    found = set()
    for sample in _SAMPLES:
        letter = _LETTER.search(text, len(text) * sample // 6)
        if letter is not None:
            at = char_map[letter.start()] if char_map else letter.start()
            angle = raw.FPDFText_GetCharAngle(chars.raw, at)  # clockwise, in radians
            found.add(round(-angle / (math.pi / 2)) % 4)
    return found.pop() if len(found) == 1 else 0


def turned(box: Box, turns: int) -> Box:
    """A box after so many quarters clockwise about the page's origin."""
    left, bottom, right, top = box
    for _ in range(turns):
        left, bottom, right, top = bottom, -right, top, -left
    return left, bottom, right, top


def turned_rules(rules: Rules, turns: int) -> Rules:
    """Rules after so many quarters clockwise."""
    for _ in range(turns):
        down = [Rule(rule.at, -rule.last, -rule.first) for rule in rules.across]
        rules = Rules([Rule(-rule.at, *rule[1:]) for rule in reversed(rules.down)], down)
    return rules
