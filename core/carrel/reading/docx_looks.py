"""How a run of a Word document looks: plain to see, hidden by Word, or white or tiny.

White text counts as unseen only on white: a shade on the run, its paragraph, its cell or table, or
their styles, and any page colour or text box, may be what makes it readable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFF = ("0", "false", "off", "none")
_PAPER = ("", "auto", "FFFFFF")
_TINY = 2  # half-points: 1 point
_DEPTH = 10  # styles that are based on each other

Look = Literal["seen", "unseen", "hidden"]


class Looks:
    """Judges runs. `styles` is the root of the style sheet, `main` that of the document."""

    def __init__(self, styles: Any, main: Any) -> None:
        found = styles.findall(f"{_W}style") if styles is not None else []
        self._styles = {style.get(f"{_W}styleId"): style for style in found}
        self._shaded = {id for id, style in self._styles.items() if _shades(style)}
        page = main.find(f"{_W}background") if main is not None else None
        self._page_is_white = page is None or _colour(page, "color") in _PAPER
        self._inherited: dict[tuple[str | None, str], Any] = {}

    def of(self, run: Any) -> Look:
        """Return how a run looks: "hidden" is what Word itself neither shows nor prints."""
        given = self._property(run, "vanish")
        if given is not None and (given.get(f"{_W}val") or "1") not in _OFF:
            return "hidden"
        size = self._property(run, "sz")
        if size is not None and _number(size.get(f"{_W}val")) <= _TINY:
            return "unseen"
        colour = self._property(run, "color")
        white = colour is not None and _colour(colour, "val") == "FFFFFF"
        return "unseen" if white and self._is_on_white(run) else "seen"

    def _property(self, run: Any, name: str) -> Any:
        """A property of a run: its own, its style's, or its paragraph's style's; None if unset."""
        own = run.find(f"{_W}rPr/{_W}{name}")
        if own is not None:
            return own
        style = _value(run.find(f"{_W}rPr/{_W}rStyle"))
        if (found := self._of_style(style, name)) is not None:
            return found
        paragraph = next(run.iterancestors(f"{_W}p"), None)
        if paragraph is None:
            return None
        return self._of_style(_value(paragraph.find(f"{_W}pPr/{_W}pStyle")), name)

    def _of_style(self, id: str | None, name: str) -> Any:
        if (id, name) not in self._inherited:
            found, at = None, id
            for _ in range(_DEPTH):
                style = self._styles.get(at)
                if style is None or found is not None:
                    break
                found = style.find(f"{_W}rPr/{_W}{name}")
                at = _value(style.find(f"{_W}basedOn"))
            self._inherited[id, name] = found
        return self._inherited[id, name]

    def _is_on_white(self, run: Any) -> bool:
        if not self._page_is_white or _shades(run.find(f"{_W}rPr")):
            return False
        for holder in run.iterancestors(f"{_W}p", f"{_W}tc", f"{_W}tbl", f"{_W}txbxContent"):
            name = holder.tag.rsplit("}", 1)[-1]
            if name == "txbxContent":
                return False  # a shape's fill is drawn in other words
            if _shades(holder.find(f"{_W}{name}Pr")):
                return False
        return not any(style in self._shaded for style in _style_ids(run))


def _style_ids(run: Any) -> Iterator[str | None]:
    yield _value(run.find(f"{_W}rPr/{_W}rStyle"))
    for holder in run.iterancestors(f"{_W}p", f"{_W}tbl"):
        name = holder.tag.rsplit("}", 1)[-1]
        style = {"p": "pStyle", "tbl": "tblStyle"}[name]
        yield _value(holder.find(f"{_W}{name}Pr/{_W}{style}"))


def _shades(element: Any) -> bool:
    """Whether a shade or a highlight that is not white stands below an element."""
    if element is None:
        return False
    for shade in element.iter(f"{_W}shd", f"{_W}highlight"):
        if shade.tag.endswith("highlight"):
            if shade.get(f"{_W}val") not in ("none", "white", None):
                return True
        elif _colour(shade, "fill") not in _PAPER or shade.get(f"{_W}themeFill"):
            return True
        elif (shade.get(f"{_W}val") or "clear") not in ("clear", "nil"):
            return True  # a pattern
    return False


def _colour(element: Any, name: str) -> str:
    return str(element.get(f"{_W}{name}") or "").upper().replace("AUTO", "auto")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 1000


def _value(element: Any) -> str | None:
    return None if element is None else element.get(f"{_W}val")
