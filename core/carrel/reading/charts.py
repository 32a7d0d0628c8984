"""Charts of Office files as tables: a row for each category, a column for each series."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from carrel.reading import grids, ooxml
from carrel.reading.layout import Piece
from carrel.reading.zip_package import Package

_MOST_SERIES = 100


def pieces(package: Package, part: str) -> Iterator[Piece]:
    """Yield a chart's title and its values, as the program that drew it kept them."""
    root = package.xml(part)
    title = next(ooxml.named(root, "title"), None)
    if title is not None and (words := " ".join(ooxml.words(p) for p in ooxml.named(title, "p"))):
        yield Piece("paragraph", f"Chart: {words}")
    series = list(ooxml.named(root, "ser"))[:_MOST_SERIES]
    if not series:
        return
    names = [" ".join(_values(next(ooxml.named(one, "tx"), None))) for one in series]
    categories = _values(_one(series[0], "cat", "xVal"))
    columns = [_values(_one(one, "val", "yVal")) for one in series]
    yield from grids.tables(
        [["", *names], *(list(row) for row in zip_longest(categories, *columns, fillvalue=""))]
    )


def of(package: Package, part: str) -> Iterator[Piece]:
    """Yield the charts that a slide, a sheet or a drawing shows, each once: a drawing may name
    itself."""
    waiting, seen = [part], {part}
    while waiting:
        for kind, name in ooxml.relations(package, waiting.pop()).values():
            if kind in ("chart", "drawing") and name not in seen:
                seen.add(name)
                if kind == "chart":
                    yield from pieces(package, name)
                else:
                    waiting.append(name)


def _one(series: Any, *names: str) -> Any:
    return next(ooxml.named(series, *names), None)


def _values(element: Any) -> list[str]:
    return [one.text or "" for one in ooxml.named(element, "v")]
