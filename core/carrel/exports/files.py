"""Writes an exported file: overwrites nothing unasked, and is whole or not there."""

from __future__ import annotations

import os
import secrets

from carrel.errors import UserError, disk_full


def write_new(path: str, data: bytes, *, force: bool) -> None:
    """Write a file whole or not at all. Raises UserError as `write` does."""
    part = f"{path}.{secrets.token_hex(4)}.part"
    claimed = False
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(0, "it is a folder")
        if not force:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            claimed = True  # an empty file of that name, which nobody else can take now
        with open(part, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        claimed = False
    except FileExistsError as error:
        raise UserError(
            f"{path} exists already.", "Choose another name, or overwrite it with --force.",
            "exists",
        ) from error  # fmt: skip
    except OSError as error:
        if (full := disk_full(error)) is not None:
            raise full from error
        raise UserError(
            f"{path} cannot be written: {error.strerror}.", "Choose another place.", "cannot_write"
        ) from error
    finally:
        for rest in (part, *([path] if claimed else ())):
            if os.path.lexists(rest):
                os.unlink(rest)
