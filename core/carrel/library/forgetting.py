"""Forgets documents, collections, conversations or everything, so that nothing of them is left.

First one transaction of carrel.db removes them there and notes what is still to do; then the index
is written anew without them; then the note goes. A kill in between is made good by `finish`, which
runs at every start.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.desk.library_requests import ForgetPlan, Forgotten
from carrel.errors import UserError
from carrel.library.reconciling import is_under
from carrel.store.erasing import Eraser, Removed

if TYPE_CHECKING:
    from carrel.library.index import LanceIndex
    from carrel.store.catalogue import Catalogue
    from carrel.store.database import Database


class Wish(NamedTuple):
    """What to forget: exactly one of these."""

    paths: Sequence[str] = ()
    collection: str = ""
    conversation_id: int = 0
    everything: bool = False


class Forgetter:
    """Forgets in one library."""

    def __init__(self, database: Database, catalogue: Catalogue, key: bytes) -> None:
        self._db = database
        self._catalogue = catalogue
        self.eraser = Eraser(database, key)

    def plan(self, wish: Wish) -> ForgetPlan:
        """What would be removed, in numbers and words. Raises UserError for what is not there."""
        _check(wish)
        if wish.conversation_id:
            return _plan(Removed(conversations=1, quotes=self._quotes_in(wish.conversation_id)))
        ids = self._ids(wish)
        found = self.eraser.count(ids)._replace(quotes=self.eraser.quotes(ids))
        if wish.everything:
            found = found._replace(conversations=int(self._db.value(_CONVERSATIONS)))
        return _plan(found)

    def forget(
        self, wish: Wish, index: Callable[[], LanceIndex], *, keep_quotes: bool = False
    ) -> Forgotten:
        """Remove for good; `index` is asked for when documents are removed. Raises UserError for
        what is not there; then nothing is changed."""
        _check(wish)
        start = time.monotonic()
        removed = self._remove(wish, keep_quotes)
        self.finish(index)
        return Forgotten(**removed._asdict(), seconds=round(time.monotonic() - start, 3))

    def finish(self, index: Callable[[], LanceIndex]) -> None:
        """Let nothing of what was removed from carrel.db stay in its files or in the index."""
        if pending := self.eraser.pending():
            self._purge(index(), pending)
        self.eraser.scrub()
        self.eraser.finished()
        self._db.truncate_log()

    def _purge(self, index: LanceIndex, documents: list[int]) -> None:
        """Write the index anew without these; where the disk has no room for that, drop it: it is
        built again when there is."""
        try:
            index.purge(documents)
        except UserError as error:
            if error.code != "disk_full":
                raise
            index.drop()
            self._catalogue.unmark_all()

    def _remove(self, wish: Wish, keep_quotes: bool) -> Removed:
        if wish.conversation_id:
            quotes = self._quotes_in(wish.conversation_id)
            with self._db.write() as db:
                db.execute("DELETE FROM conversations WHERE id=?", (wish.conversation_id,))
            return Removed(conversations=1, quotes=quotes)
        if wish.everything:
            return self.eraser.everything()
        ids = self._ids(wish)
        with self._db.write():
            removed = self.eraser.documents(ids, wish.paths, keep_quotes=keep_quotes)
            if wish.collection:
                self.eraser.collection(wish.collection)
            else:
                self.eraser.tops(wish.paths)
        return removed

    def _ids(self, wish: Wish) -> list[int]:
        """The documents that are meant."""
        rows = self._db.rows("SELECT id, path FROM documents ORDER BY id")
        if wish.everything:
            return [row[0] for row in rows]
        if wish.collection:
            self._catalogue.scope([wish.collection])
            return [row[0] for row in self._db.rows(_ONLY_IN, (wish.collection,))]
        found = [row[0] for row in rows if is_under(row[1], wish.paths)]
        known = {row[1] for row in rows} | set(self._tops())
        for path in wish.paths:
            if not any(is_under(one, [path]) for one in known):
                raise UserError(
                    f"{path} is not in the library.", "See carrel documents.", "unknown"
                )
        return found

    def _tops(self) -> list[str]:
        return [row[0] for row in self._db.rows("SELECT path FROM collection_paths")]

    def _quotes_in(self, conversation_id: int) -> int:
        if self._db.value("SELECT id FROM conversations WHERE id=?", (conversation_id,)) is None:
            raise UserError(f"There is no conversation {conversation_id}.", code="conversation")
        return int(
            self._db.value(
                "SELECT count(*) FROM citations c JOIN turns t ON t.id=c.turn_id"
                " WHERE t.conversation_id=?",
                (conversation_id,),
            )
        )


_CONVERSATIONS = "SELECT count(*) FROM conversations"
_ONLY_IN = (
    "SELECT cd.document_id FROM collection_documents cd JOIN collections c ON c.id=cd.collection_id"
    " WHERE c.name=? AND NOT EXISTS (SELECT 1 FROM collection_documents other"
    " WHERE other.document_id=cd.document_id AND other.collection_id != cd.collection_id)"
)


def full_paths(paths: Sequence[str]) -> list[str]:
    """Paths as documents are named; they need not exist any more."""
    return [os.path.abspath(os.path.expanduser(path)) for path in paths]


def _check(wish: Wish) -> None:
    wished = [bool(wish.paths), bool(wish.collection), bool(wish.conversation_id), wish.everything]
    if sum(wished) != 1:
        raise UserError(
            "Say one thing to forget: paths, a collection, a conversation, or everything.",
            "For example: carrel forget --collection NAME",
            "forget",
        )


def _plan(found: Removed) -> ForgetPlan:
    parts = [
        f"{count:,} {name if count == 1 else name + 's'}"
        for count, name in (
            (found.documents, "document"), (found.passages, "passage"),
            (found.conversations, "conversation"), (found.quotes, "quote"),
        )
        if count
    ]  # fmt: skip
    listed = ", ".join(parts) or "nothing but its name"
    words = f"Carrel forgets {listed}. The files themselves stay where they are."
    return ForgetPlan(**found._asdict(), words=words)
