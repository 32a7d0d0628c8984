"""What both shelves do with files: copies that are whole or absent, and small TOML records.

    copy_into(path, folder / "name.gguf", progress, cancel)
    write_toml(folder / "a.card.toml", card); read_toml(folder / "a.card.toml", ModelCard)

A file that is being written has a name of its own and gets its real one when it is
complete and on the disk, so that a power cut, a full disk or a Stop leaves the old state.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from carrel_models.stops import Progress, Stop, stop_if

_CHUNK = 4 * 1024 * 1024
# Names of unfinished files carry this, so that those of an earlier process are known as such.
_OURS = secrets.token_hex(4)

Record = TypeVar("Record", bound=msgspec.Struct)


class Hasher(Protocol):
    """Takes the bytes as they pass: what hashlib makes is one."""

    def update(self, data: bytes, /) -> object:
        """Take more bytes."""
        ...


def copy_into(
    source: Path,
    target: Path,
    progress: Progress | None = None,
    cancel: Stop | None = None,
    hasher: Hasher | None = None,
) -> None:
    """Copy a file to `target`, whole or not at all; `hasher` gets the bytes as they pass.

    Its folder is created. Raises OSError (the disk is full: nothing stays) and Stopped.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = part_name(target)
    try:
        with source.open("rb") as old, part.open("xb") as new:
            size, done = max(1, os.fstat(old.fileno()).st_size), 0
            while block := old.read(_CHUNK):
                stop_if(cancel)
                new.write(block)
                if hasher is not None:
                    hasher.update(block)
                done += len(block)
                if progress is not None:
                    progress(min(1.0, done / size))
            new.flush()
            os.fsync(new.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)


def write_toml(target: Path, value: msgspec.Struct) -> None:
    """Write a record whole or not at all; what is None is left out. Its folder is created."""
    plain = {k: v for k, v in msgspec.structs.asdict(value).items() if v is not None}
    target.parent.mkdir(parents=True, exist_ok=True)
    part = part_name(target)
    try:
        with part.open("xb") as file:
            file.write(msgspec.toml.encode(plain))
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)


def read_toml(path: Path, kind: type[Record]) -> Record | None:
    """A record that `write_toml` wrote; None when it is gone or no longer readable as one."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def part_name(target: Path) -> Path:
    """A new name beside `target` for writing it; two threads never get the same."""
    return target.with_name(f".{target.name}.{_OURS}-{secrets.token_hex(4)}.part")


def clear_parts(folder: Path) -> None:
    """Remove what an earlier process left half written in `folder`."""
    for part in folder.glob(".*.part"):
        if f".{_OURS}-" in part.name:
            continue
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where the system can (Windows journals them)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def need_space(folder: Path, size: int) -> None:
    """Raise OSError (ENOSPC) when the disk of `folder` has less than `size` bytes left."""
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def is_regular(path: Path) -> bool:
    """Whether this is an ordinary file: reading a pipe or a device would wait for ever."""
    return stat.S_ISREG(path.stat().st_mode)


def same_file(one: Path | str, other: Path | str) -> bool:
    """Whether two paths lead to one file now (links followed); False when one leads nowhere."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(one, other)
    return False
