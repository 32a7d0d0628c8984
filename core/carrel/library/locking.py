"""Sets, changes and removes the passphrase of a profile that nobody has open.

carrel.db is written anew under the new key; with it go new keys for the index: terms are hashed
anew (from the text, in moments) and vectors are copied under a new rotation, so that nothing has to
be embedded again. Until carrel.db is replaced the old index is the one that counts, from then on
the new one; the other is wiped when the library is opened.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from carrel.errors import UserError
from carrel.library.keyed import Secret, new_secret, to_bytes
from carrel.store.catalogue import Catalogue
from carrel.store.database import Database
from carrel.store.passphrase import derive, key_for, salt_of
from carrel.store.reencrypting import reencrypt

if TYPE_CHECKING:
    from carrel.library.embedders import EmbedderSource
    from carrel.profile import Profile

SHORTEST = 8
"""Characters of a passphrase; what is shorter is guessed in hours even through Argon2id."""


def change_passphrase(profile: Profile, embedder: EmbedderSource, old: str, new: str) -> None:
    """From `old` ("" for none) to `new` ("" removes it). Takes a copy's time and room.

    Raises UserError: "locked" or "wrong_key" for `old`, "short" for `new`, "no_lock" when there is
    nothing to remove, "disk_full". Then nothing has changed.
    """
    if new and len(new) < SHORTEST:
        raise UserError(
            f"A passphrase has at least {SHORTEST} characters.",
            "Take four or five words that do not belong together.",
            "short",
        )
    if not new and salt_of(profile.database) is None:
        raise UserError("There is no passphrase to remove.", "Set one first.", "no_lock")
    key = key_for(profile.database, old)
    database = Database(profile.database, key=key)
    try:
        catalogue = Catalogue(database)
        serves, dimensions = catalogue.made_by() or (embedder.id, embedder.dimensions)
        secret = new_secret(dimensions, rotated=bool(new))
        vectors = _copy_vectors(profile, serves, dimensions, catalogue, secret)
    finally:
        database.close()
    reencrypt(
        profile.database, key, lambda salt: derive(new, salt) if new else None,
        lambda db: _rekey(db, secret, vectors),
    )  # fmt: skip


def _copy_vectors(
    profile: Profile, embedder: str, dimensions: int, catalogue: Catalogue, secret: Secret
) -> bool:
    """Write the vectors under the new secret; whether all that should be there are."""
    from carrel.library.index import LanceIndex
    from carrel.library.lance import IndexDamaged

    wanted = catalogue.counts()[1]
    if not wanted:
        return False
    try:
        index = LanceIndex(
            profile.index_folder, embedder, dimensions, secret=catalogue.index_secret()
        )
        if index.counts()[1] != wanted:
            return False
        index.prepare(secret)
    except IndexDamaged:
        return False  # they are embedded again
    return True


def _rekey(db: Any, secret: Secret, vectors: bool) -> None:
    """New keys in the new carrel.db; what is forgotten stays known by its old one."""
    old = dict(db.execute("SELECT name, value FROM profile_keys").fetchall())
    keys = {
        "terms": secrets.token_bytes(32),
        "paths": old.get("paths", old["terms"]),
        "index": to_bytes(secret),
    }
    db.executemany("INSERT OR REPLACE INTO profile_keys VALUES (?, ?)", list(keys.items()))
    meaning = "" if vectors else ", meaning_at=NULL"
    db.execute(
        f"UPDATE documents SET status='reading', words_at=NULL{meaning}"
        " WHERE status IN ('indexed', 'keyword_only', 'reading')"
    )
