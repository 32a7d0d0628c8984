"""From a passphrase to the key of carrel.db.

The salt is the first 16 bytes of the encrypted file itself (SQLCipher keeps them in the clear), so
that key and file cannot come apart.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from carrel.errors import UserError

SALT_BYTES = 16
KEY_BYTES = 32
# RFC 9106, section 4, the second recommended choice: 64 MiB, three passes, four lanes.
_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 4
_PAGE = 4096  # SQLCipher's page size
_PLAIN = b"SQLite format 3\0"


def derive(passphrase: str, salt: bytes) -> bytes:
    """The key of 32 bytes, by Argon2id; takes a few tenths of a second on purpose. The same letters
    typed on another keyboard are the same passphrase (Unicode NFC)."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB
    )
    return kdf.derive(unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass"))


def salt_of(database: Path) -> bytes | None:
    """The salt of an encrypted carrel.db; None for a plain one, an empty one, or none at all, and
    for what cannot be one because it does not end with a page."""
    try:
        with open(database, "rb") as file:
            head = file.read(SALT_BYTES)
            whole = os.fstat(file.fileno()).st_size % _PAGE == 0
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(
            f"The library file {database} cannot be read: {error.strerror}.",
            "Allow reading it or name another profile with --profile DIR.",
            "profile",
        ) from error
    return head if whole and len(head) == SALT_BYTES and head != _PLAIN else None


def key_for(database: Path, passphrase: str) -> bytes | None:
    """The key that opens this carrel.db; None when it needs none.

    Raises UserError("locked") without a passphrase, "wrong_key" when it is not this one.
    """
    salt = salt_of(database)
    if salt is None:
        return None
    if not passphrase:
        raise UserError(
            "This profile is locked with a passphrase.",
            "Type the passphrase (or set CARREL_PASSPHRASE for a script).",
            "locked",
        )
    from carrel.store.database import opens_with

    key = derive(passphrase, salt)
    if not opens_with(database, key):
        raise UserError(
            "The passphrase is not right, or the library file is damaged.",
            "Type it again; capitals count.",
            "wrong_key",
        )
    return key


def key_to_keep(database: Path, passphrase: str) -> bytes:
    """The key for the system keyring. Raises UserError "no_lock", and what `key_for` raises."""
    key = key_for(database, passphrase)
    if key is None:
        raise UserError("There is no passphrase yet.", "Set one first.", "no_lock")
    return key


def opens(database: Path, key: bytes) -> bool:
    """Whether a key that was kept elsewhere still opens this carrel.db."""
    from carrel.store.database import opens_with

    return len(key) == KEY_BYTES and salt_of(database) is not None and opens_with(database, key)


def stale_key() -> UserError:
    """What is said when it does not."""
    return UserError(
        "The key in the keyring does not open this profile any more, and was removed there.",
        "Type the passphrase.", "stale_key",
    )  # fmt: skip
