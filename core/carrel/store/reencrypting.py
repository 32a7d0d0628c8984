"""Writes carrel.db anew under another key, or without one, and puts it in place of the old one.

A copy is exported, changed, checked against the original, brought to the disk and then takes the
original's name in one step. What a kill leaves is one of the two, whole, and a rest that `sweep`
removes.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carrel.errors import UserError
from carrel.process.wiping import wipe
from carrel.store.database import connect, sentences
from carrel.store.passphrase import SALT_BYTES

_NEW, _OLD = "carrel.new.db", "carrel.old.db"


def reencrypt(
    path: Path,
    old: bytes | None,
    new: Callable[[bytes], bytes | None],
    change: Callable[[Any], None],
) -> None:
    """Replace carrel.db, which nobody may have open, by one under another key.

    `old` is its key, None for a plain file; `new` makes the new key from a fresh salt, None for a
    plain file. `change` gets a connection to the new file inside a transaction. Raises UserError
    when the copy is not as the original; then nothing has changed.
    """
    sweep(path)
    made = path.with_name(_NEW)
    salt = secrets.token_bytes(SALT_BYTES)
    key = new(salt)
    try:
        with sentences(path):
            tables = _export(path, old, made, key, salt)
            _finish(made, key, tables, change)
    except BaseException:
        _remove(made)
        raise
    _replace(path, made)


def sweep(path: Path) -> None:
    """Remove what a kill in the middle left: an unfinished copy, or the original after it was
    replaced."""
    _remove(path.with_name(_NEW))
    old = path.with_name(_OLD)
    if old.exists() and os.path.samefile(old, path):
        old.unlink()  # killed before the replacing: this is the original's second name
    _remove(old)


def _export(
    path: Path, old: bytes | None, made: Path, key: bytes | None, salt: bytes
) -> dict[str, int]:
    """Copy everything; returns how many rows each table has."""
    source = connect(path, old)
    try:
        source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        source.execute("PRAGMA journal_mode=DELETE")  # no log may be left beside the new file
        secret = f"x'{key.hex()}{salt.hex()}'" if key is not None else ""
        source.execute("ATTACH DATABASE ? AS made KEY ?", (str(made), secret))
        source.execute("SELECT sqlcipher_export('made')")
        version = source.execute("PRAGMA main.user_version").fetchone()[0]
        source.execute(f"PRAGMA made.user_version={int(version)}")
        source.execute("DETACH DATABASE made")
        return _rows(source)
    finally:
        source.close()


def _finish(
    made: Path, key: bytes | None, tables: dict[str, int], change: Callable[[Any], None]
) -> None:
    """Compare the copy with the original, change it, and bring it to the disk."""
    copy = connect(made, key)
    try:
        broken = copy.execute("PRAGMA cipher_integrity_check").fetchall() if key else []
        whole = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        if broken or not whole or _rows(copy) != tables:
            raise UserError(
                "The copy of the library is not as the original; nothing has been changed.",
                "Check the disk, then try again.",
                "copy",
            )
        copy.execute("BEGIN IMMEDIATE")
        change(copy)
        copy.execute("COMMIT")
    finally:
        copy.close()
    _flush(made)


def _replace(path: Path, made: Path) -> None:
    old = path.with_name(_OLD)
    os.link(path, old)
    os.replace(made, path)
    _flush(path.parent)
    wipe(old)
    for backup in path.parent.glob("carrel.schema*.db"):
        wipe(backup)


def _rows(connection: Any) -> dict[str, int]:
    names = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        if not row[0].startswith("sqlite_")
    ]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names
    }


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        wipe(path.with_name(path.name + ending))


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows journals names itself
    fd = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
