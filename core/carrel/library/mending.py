"""Opens the index of a library and mends it: what is damaged goes, and is built again from
carrel.db, which is the truth."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.library.sealing import TERMS, Seal
from carrel.library.vectors import table_name

if TYPE_CHECKING:
    from pathlib import Path

    from carrel.library.index import LanceIndex
    from carrel.store.catalogue import Catalogue

Make = Callable[[], "LanceIndex"]


def open_index(
    folder: Path, catalogue: Catalogue, make: Make, finish: Callable[[LanceIndex], None]
) -> tuple[LanceIndex, bool]:
    """The index in `folder`, which `make` opens, and whether some of it has to be built again.

    `finish` does what a kill left undone, before index and database are compared.
    """
    lost = _drop_damaged(folder, catalogue)
    index, broken = _made(folder, catalogue, make)
    if not broken and _unreadable(index, folder):
        index.drop()
        catalogue.unmark_all()
        broken = True
    finish(index)
    return index, _reconcile(index, catalogue) or lost or broken


def open_read_only(make: Make) -> LanceIndex:
    """The index as it is. Raises UserError when it is damaged."""
    from carrel.library.lance import IndexDamaged

    try:
        return make()
    except IndexDamaged:
        raise UserError(
            "The index is damaged.", "Close the window that uses it and try again.", "index"
        ) from None


def _drop_damaged(folder: Path, catalogue: Catalogue) -> bool:
    """Remove tables whose files are not as they were written, or hold terms of an older format.
    Words are made anew in moments, so they do not cost the vectors."""
    damaged = Seal(folder).check().tables
    serving = (catalogue.embedder() or ("", ""))[0]
    for name in damaged:
        if name.startswith(TERMS):
            catalogue.unmark_words()
        elif name == f"{table_name(serving, catalogue.index_secret())}.lance":
            catalogue.unmark_meaning()
        elif not name.endswith(".lance"):
            continue  # not a table: opening says what is wrong with it
        shutil.rmtree(folder / name, ignore_errors=True)
    return bool(damaged)


def _made(folder: Path, catalogue: Catalogue, make: Make) -> tuple[LanceIndex, bool]:
    from carrel.library.lance import IndexDamaged

    try:
        return make(), False
    except IndexDamaged:
        shutil.rmtree(folder)
        catalogue.unmark_all()
        return make(), True


def _unreadable(index: LanceIndex, folder: Path) -> bool:
    """After a kill in the middle of a change, or without a list of the files: read everything."""
    from carrel.library.lance import IndexDamaged

    if not Seal(folder).check().unsure:
        return False
    try:
        index.read_through()
        index.sync()  # from now on its files are known again
    except IndexDamaged:
        return True
    return False


def _reconcile(index: LanceIndex, catalogue: Catalogue) -> bool:
    """Make index and database agree: what is half in goes out and is done again. Returns whether
    all of the index has to be built again."""
    if index.counts() == catalogue.counts()[:2]:
        return False
    kept = set(catalogue.with_meaning())
    words = catalogue.needs_words()
    index.remove_terms([one for one in words if one in kept])
    index.remove([*(one for one in words if one not in kept), *catalogue.needs_meaning()])
    catalogue.unmark_words_of(catalogue.needs_meaning())
    if index.counts() == catalogue.counts()[:2]:
        return False
    index.drop()
    catalogue.unmark_all()
    return True
