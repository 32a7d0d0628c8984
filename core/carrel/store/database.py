"""carrel.db: the truth. SQLite through SQLCipher: a plain file without a passphrase.

One connection writes, behind a lock, one transaction at a time; each thread reads through its own.
WAL with synchronous=FULL, because NORMAL lost acknowledged commits in a power cut; secure_delete
overwrites what is deleted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from carrel.errors import UserError, disk_full
from carrel.store import migrations

Row = tuple[Any, ...]

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA temp_store=MEMORY",
)


class Database:
    """An open carrel.db. `read_only` is for commands beside an open window.

    Raises UserError when the file is not a Carrel database, is damaged, or comes from a newer
    Carrel.
    """

    def __init__(self, path: Path, *, key: bytes | None = None, read_only: bool = False) -> None:
        self.path = path
        self.encrypted = key is not None
        self._key = key
        self._read_only = read_only
        self._local = threading.local()
        self._all: list[Any] = []
        self._writing = threading.RLock()
        if read_only and not path.exists():
            raise UserError(
                "This profile has no library yet.",
                "Add a folder first: carrel add FOLDER.",
                "empty",
            )
        if not read_only:
            from carrel.store.reencrypting import sweep

            sweep(path)
        with sentences(path):
            self._writer = self._connect()
            self._migrate()

    @contextlib.contextmanager
    def write(self) -> Iterator[Any]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._writing, sentences(self.path):
            if self._writer.in_transaction:  # already inside an outer write(): part of it
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.rollback()
                raise
            self._writer.commit()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Read rows on this thread's own connection."""
        with sentences(self.path):
            found: list[Row] = self._reader().execute(sql, tuple(values)).fetchall()
            return found

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row, None when there is none."""
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, None when there is none."""
        row = self.one(sql, values)
        return row[0] if row else None

    def truncate_log(self) -> None:
        """Fold the write-ahead log into the file and empty it.

        Raises UserError when another process that reads keeps it from being emptied.
        """
        with self._writing, sentences(self.path):
            busy = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise UserError(
                "Another program is reading this library, so that old pages of it stay on disk.",
                "End other carrel commands on this profile and forget again.",
                "busy",
            )

    def close(self) -> None:
        """Close every connection; the WAL is folded in."""
        for connection in self._all:
            connection.close()
        self._all.clear()

    def _reader(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    def _connect(self) -> Any:
        connection = connect(self.path, self._key)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if self._read_only:
            connection.execute("PRAGMA query_only=ON")
        self._all.append(connection)
        return connection

    def _migrate(self) -> None:
        version = int(self._writer.execute("PRAGMA user_version").fetchone()[0])
        if version > migrations.LATEST:
            raise UserError(
                f"This profile was written by a newer Carrel (schema {version}).",
                "Open it with that version, or name another profile with --profile DIR.",
                "newer",
            )
        if version == migrations.LATEST or self._read_only:
            return
        if version:
            self._back_up(version)
        for step in migrations.after(version):
            with self.write() as connection:
                step.up(connection)
                connection.execute(f"PRAGMA user_version={step.NUMBER}")

    def _back_up(self, version: int) -> None:
        self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy = self.path.with_name(f"carrel.schema{version}.db")
        shutil.copyfile(self.path, copy)
        fd = os.open(copy, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)


def connect(path: Path, key: bytes | None) -> Any:
    """A connection to a SQLCipher file (a plain one without a key) that has proved that it can
    read; raises dbapi2.DatabaseError when it cannot."""
    connection = dbapi2.connect(
        str(path), isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        if key is not None:
            connection.execute("PRAGMA cipher_log_level=NONE")  # a wrong key is told in words
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def opens_with(path: Path, key: bytes) -> bool:
    """Whether the key is that of this file."""
    try:
        connect(path, key).close()
    except dbapi2.DatabaseError as error:
        if "not a database" in str(error):
            return False
        raise
    return True


@contextlib.contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn SQLite's errors that a user can act on into sentences."""
    try:
        yield
    except dbapi2.DatabaseError as error:
        text = str(error)
        if (full := disk_full(error)) is not None:
            raise full from error
        if "not a database" in text or "malformed" in text:
            raise UserError(
                f"The library file {path} is damaged, or locked with a passphrase.",
                "Copy it aside; restore a backup, or start a new profile with --profile DIR.",
                "damaged",
            ) from error
        if "readonly" in text or "unable to open" in text:
            raise UserError(
                f"The library file {path} cannot be written.",
                "Allow writing there or name another profile with --profile DIR.",
                "profile",
            ) from error
        raise
