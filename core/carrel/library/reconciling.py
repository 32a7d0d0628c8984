"""What a collection's folders hold now, against what the catalogue knows of them.

A folder that is not there makes its documents "away": nothing of them changes. A document whose
file is gone from a folder that is there has been moved (a new file has its content), or is missing.
One whose file is there, but left out by a rule now, no longer belongs to the collection.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.library.sync import Left, Scan, scan

if TYPE_CHECKING:
    from carrel.library.rules import Rules
    from carrel.store.catalogue import Catalogue
    from carrel.store.erasing import Eraser


class Look(NamedTuple):
    """A look at a collection's folders. `tops` are those that are there, `away` the others;
    `gone` and `out` are paths and ids of documents whose file is gone, or left out by a rule."""

    scan: Scan
    tops: list[str]
    away: list[str]
    gone: dict[str, int]
    out: dict[str, int]


def look(
    catalogue: Catalogue, collection: int, wanted: Sequence[str], rules: Rules, eraser: Eraser
) -> Look:
    """Look at the folders and files `wanted` of a collection. What was forgotten is not seen."""
    devices = catalogue.devices(collection)
    tops = [top for top in wanted if is_there(top, devices.get(top))]
    away = [top for top in wanted if top not in tops]
    seen = _remembered(scan(tops, rules), tops, eraser)
    present = {one.path for one in seen.found} | {one.path for one in _documents(seen.left)}
    gone: dict[str, int] = {}
    out: dict[str, int] = {}
    for path, number in catalogue.documents_under(collection).items():
        if path not in present and is_under(path, tops):
            (out if os.path.lexists(path) else gone)[path] = number
    return Look(seen, tops, away, gone, out)


def is_there(top: str, device: int | None) -> bool:
    """Whether a folder or file is there. An empty folder on another file system than the files were
    on is where a drive is to be mounted, and is not."""
    try:
        found = os.stat(top)
        if not stat.S_ISDIR(found.st_mode) or device is None or found.st_dev == device:
            return True
        with os.scandir(top) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def away(catalogue: Catalogue) -> list[str]:
    """The folders and files of all collections that are not there."""
    return [
        top
        for number, _ in catalogue.collection_ids()
        for top in catalogue.paths(number)
        if not is_there(top, catalogue.devices(number).get(top))
    ]


def device_of(top: str) -> int | None:
    """The file system that a folder is on, None when it is not there."""
    try:
        return os.stat(top).st_dev
    except OSError:
        return None


def is_under(path: str, tops: Iterable[str]) -> bool:
    """Whether the path is one of `tops` or lies below one."""
    return any(path == top or path.startswith(top.rstrip(os.sep) + os.sep) for top in tops)


def _remembered(seen: Scan, tops: Sequence[str], eraser: Eraser) -> Scan:
    """The scan without what the user had forgotten: files, and folders below `tops`."""
    forgotten = eraser.forgotten()
    if not forgotten:
        return seen
    known: dict[str, bool] = {}

    def is_forgotten(path: str) -> bool:
        if path not in known:
            above = os.path.dirname(path)
            known[path] = eraser.path_key(path) in forgotten or (
                path not in tops and above != path and is_forgotten(above)
            )
        return known[path]

    return Scan(
        [one for one in seen.found if not is_forgotten(one.path)],
        [one for one in seen.left if not is_forgotten(one.path)],
    )


def _documents(left: Iterable[Left]) -> list[Left]:
    return [one for one in left if one.is_document]
