"""What of an HTML page is in the page and is not shown: hidden, tiny, without colour, far away.

Only what an element says itself is judged, its style sheet is not read: white text may stand on
what that colours, and counts as hidden only where no element around it can have been coloured.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MAX_DEPTH = 200  # elements around white text that are looked at
_SMALL = 2.0  # pixels
_FAR = -900.0  # pixels or points of a text's indent
# Pixels of one unit; relative ones are of a text of 16 pixels (CSS Values and Units, level 4).
_UNITS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "%": 0.16, "": 1.0}
_LENGTH = re.compile(r"(-?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))(px|pt|em|rem|%|)$")
_WHITE = re.compile(r"(white|#f{3}|#f{6}|rgb\(255,255,255\)|rgba\(255,255,255,1(\.0*)?\))$")
_CLEAR = re.compile(r"(transparent|rgba\(.*,0?\.?0+\)|#[0-9a-f]{6}00|#[0-9a-f]{3}0)$")
_LOOKS = '[style*="font-size"], [style*="color"], font[color]'
_TELLING = re.compile("display|visibility|font-size|opacity|text-indent|color", re.I)


Hiding = Literal["", "own", "all"]


def hiding(node: LexborNode) -> Hiding:
    """Return what an element does not show, by its attributes: nothing, all that is in it, or only
    what is its "own" and of no element in it that has another size or colour."""
    attributes = node.attributes
    if not attributes:
        return ""
    style = attributes.get("style")
    said = _declarations(style) if style and _TELLING.search(style) else {}
    if "hidden" in attributes or (said and (_is_gone(said) or _is_far(said))):
        return "all"
    if _is_tiny(said) or _is_faint(node, said):
        children = node.iter()
        return "own" if any(child.css_first(_LOOKS) is not None for child in children) else "all"
    return ""


def is_own(node: LexborNode | None) -> bool:
    """Whether words right in this element are what an element around it does not show."""
    sized = coloured = False
    for _ in range(_MAX_DEPTH):
        if node is None or (sized and coloured):
            return False
        said = _declarations(node.attributes.get("style") or "")
        if (not sized and _is_tiny(said)) or (not coloured and _is_faint(node, said)):
            return True
        sized = sized or _pixels(said.get("font-size")) is not None
        coloured = coloured or bool(_colour(node, said))
        node = node.parent
    return False


def _is_gone(said: dict[str, str]) -> bool:
    if said.get("display") == "none" or said.get("visibility") in ("hidden", "collapse"):
        return True
    opacity = _LENGTH.match(said.get("opacity", ""))
    return opacity is not None and float(opacity[1]) * (0.01 if opacity[2] else 1) < 0.01


def _is_far(said: dict[str, str]) -> bool:
    indent = _pixels(said.get("text-indent"))
    return indent is not None and indent <= _FAR


def _is_tiny(said: dict[str, str]) -> bool:
    size = _pixels(said.get("font-size"))
    return size is not None and size < _SMALL


def _is_faint(node: LexborNode, said: dict[str, str]) -> bool:
    """Whether an element's text has no colour, or that of what is behind it."""
    colour = _colour(node, said)
    if not colour or _CLEAR.match(colour):
        return bool(colour)
    ground = said.get("background-color") or said.get("background")
    if ground is not None:
        return colour == ground or bool(_WHITE.match(colour) and _WHITE.match(ground))
    return bool(_WHITE.match(colour)) and _is_on_white(node)


def _colour(node: LexborNode, said: dict[str, str]) -> str:
    named = _plain(node.attributes.get("color")) if node.tag == "font" else ""
    return said.get("color") or named


def _is_on_white(node: LexborNode) -> bool:
    """Whether nothing around an element can be coloured, but in white."""
    around: LexborNode | None = node
    for _ in range(_MAX_DEPTH):
        if around is None or not (around.tag or "-").isalnum():
            return True
        attributes = around.attributes
        said = _declarations(attributes.get("style") or "")
        grounds = (
            said.get("background-color"), said.get("background"), said.get("background-image"),
            _plain(attributes.get("bgcolor")), _plain(attributes.get("background")),
        )  # fmt: skip
        for ground in filter(None, grounds):
            return bool(_WHITE.match(ground))
        if attributes.get("class") or attributes.get("id"):
            return False  # a style sheet may colour it
        around = around.parent
    return False


def _declarations(style: str) -> dict[str, str]:
    """The declarations of a style attribute: names and values in lower case, without spaces."""
    pairs = (part.partition(":") for part in style.split(";"))
    return {
        _plain(name): _plain(value).removesuffix("!important")
        for name, mark, value in pairs
        if mark
    }


def _plain(value: str | None) -> str:
    return "".join((value or "").lower().split())


def _pixels(value: str | None) -> float | None:
    found = _LENGTH.match(value or "")
    return float(found[1]) * _UNITS[found[2]] if found else None
