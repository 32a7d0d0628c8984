"""Files that were renamed or moved: known by their content, not read or embedded again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from carrel.library.reconciling import away, is_under
from carrel.library.sync import Found
from carrel.reading.assemble import title_from_name

if TYPE_CHECKING:
    from carrel.store.catalogue import Catalogue
    from carrel.store.rows import FileState


class Moves:
    """Finds the document that a file which is not known was before; each is found once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._away = away(catalogue)
        self._taken: set[int] = set()

    def to(self, found: Found) -> Callable[[str], int | None]:
        """What answers for a content digest: the document that has it and whose file is gone."""

        def document(digest: str) -> int | None:
            for number, path in self._catalogue.lost_twin(digest, found.state.size):
                if number not in self._taken and self._is_gone(path):
                    self._taken.add(number)
                    return number
            return None

        return document

    def _is_gone(self, path: str) -> bool:
        # On a drive that is not connected a file is not gone: what has its content is a copy.
        return not is_under(path, self._away) and not os.path.lexists(path)


def move(catalogue: Catalogue, document_id: int, path: str, state: FileState) -> bool:
    """Note that a document's file is at `path` now; True when its words must be indexed again:
    its title was the file's name, or it was missing meanwhile."""
    before = catalogue.path(document_id)
    named = catalogue.title(document_id) == title_from_name(os.path.basename(before))
    title = title_from_name(os.path.basename(path))
    missing = catalogue.is_missing(document_id)
    renamed = named and title != catalogue.title(document_id)
    catalogue.move(document_id, path, state, title if renamed else None)
    if missing:
        catalogue.revive(document_id)
    return renamed or missing
