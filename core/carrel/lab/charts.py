"""Bar charts as SVG text, with intervals, for a page without scripts or outside resources."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

_WIDTH, _ROW, _VALUE = 420, 26, 150  # pixels
_LETTER, _LONGEST = 7.5, 40  # pixels of a letter, letters of a name


class Bar(NamedTuple):
    """A value with the ends of its interval (equal to it where there is none); `files` colours."""

    name: str
    value: float
    low: float
    high: float
    files: bool


def bars(title: str, found: Sequence[Bar], most: float, digits: int, unit: str = "") -> str:
    """A chart of horizontal bars from 0 to `most`, every value written out beside its bar."""
    if not found:
        return ""
    most = most if most > 0 else 1.0
    height = _ROW * len(found) + 8
    left = round(_LETTER * max(len(_short(one.name)) for one in found)) + 12
    total = left + _WIDTH + _VALUE
    rows = "".join(_row(place, one, left, most, digits, unit) for place, one in enumerate(found))
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {total} {height}" '
        f'width="{total}" height="{height}" role="img" aria-label="{escape(title)}">{rows}'
        f'<line x1="{left}" y1="0" x2="{left}" y2="{height - 4}" class="axis"/></svg></figure>'
    )


def _short(name: str) -> str:
    """A long name without its middle: the beginning and "+ files" tell ways apart."""
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[:half]}…{name[-half:]}"


def _row(place: int, one: Bar, left: int, most: float, digits: int, unit: str) -> str:
    top = place * _ROW + 4
    middle = top + (_ROW - 8) / 2
    at = [left + _WIDTH * min(max(x, 0.0), most) / most for x in (one.value, one.low, one.high)]
    told = f"{one.value:.{digits}f}{unit}"
    whisker = ""
    if one.low != one.high:
        told += f" ({one.low:.{digits}f}–{one.high:.{digits}f})"
        whisker = (
            f'<path d="M{at[1]:.1f} {middle}H{at[2]:.1f}M{at[1]:.1f} {middle - 4}v8'
            f'M{at[2]:.1f} {middle - 4}v8" class="whisker"/>'
        )
    kind = "files" if one.files else "alone"
    right = max(at[0], at[2]) + 8
    return (
        f'<text x="{left - 8}" y="{middle + 4}" text-anchor="end">{escape(_short(one.name))}</text>'
        f'<rect x="{left}" y="{top}" width="{max(at[0] - left, 0):.1f}" height="{_ROW - 8}" '
        f'class="{kind}"/>{whisker}<text x="{right:.1f}" y="{middle + 4}">{escape(told)}</text>'
    )
