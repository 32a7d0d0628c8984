"""What the parts of Office files have in common: names without namespaces, relations, comments."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from carrel.reading.decoding import clean, one_line
from carrel.reading.zip_package import Package

_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def local(element: Any) -> str:
    """An element's name without its namespace; "" for comments and instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def named(root: Any, *names: str) -> Iterator[Any]:
    """All elements below `root` with one of these names, in document order."""
    if root is not None:
        yield from (element for element in root.iter() if local(element) in names)


def words(element: Any) -> str:
    """All text below an element, on one line."""
    return " ".join(clean("".join(element.itertext())).split())


def title(package: Package) -> str:
    """The document's title as its properties say, "" when they say none."""
    core = package.xml("docProps/core.xml")
    found = core.find(_TITLE) if core is not None else None
    return one_line(found.text or "") if found is not None else ""


def relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: kind and name of each, by id. Only parts of the package count."""
    folder, name = posixpath.split(part)
    root = package.xml(f"{folder}/_rels/{name}.rels")
    found: dict[str, tuple[str, str]] = {}
    for one in root if root is not None else ():
        if one.get("TargetMode") == "External":
            continue
        target = str(one.get("Target", ""))
        place = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        kind = str(one.get("Type", "")).rsplit("/", 1)[-1]
        found[str(one.get("Id", ""))] = kind, posixpath.normpath(place)
    return found


def whole(text: str | None, otherwise: int = 0) -> int:
    """A number from 0 as it is written; `otherwise` for what is none or has over nine digits."""
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdigit() else otherwise


def attribute(element: Any, name: str) -> str:
    """An attribute by its name without namespace, "" when there is none."""
    found = (value for key, value in element.attrib.items() if key.rsplit("}", 1)[-1] == name)
    return str(next(found, ""))
