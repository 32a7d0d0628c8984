"""An export as bytes, and as a file that overwrites nothing unasked and is whole or not there."""

from __future__ import annotations

import hashlib
import os
import secrets

import msgspec

from carrel.desk.conversation_requests import ConversationExported, ExportFormat
from carrel.errors import UserError, disk_full
from carrel.exports.gathering import Export
from carrel.exports.markdown import as_markdown
from carrel.exports.webpage import as_html


def rendered(export: Export, format: ExportFormat) -> bytes:
    """The export in a format that the core can write. Raises UserError for "pdf"."""
    if format == "json":
        return msgspec.json.format(msgspec.json.encode(export), indent=2) + b"\n"
    if format == "pdf":
        raise UserError(
            "A PDF is printed by the window's part of Carrel, which is not here.",
            "Export HTML and print that.",
            "no_pdf",
        )
    text = as_html(export) if format == "html" else as_markdown(export)
    return text.encode("utf-8", "replace")


def account(export: Export, format: ExportFormat, data: bytes, path: str) -> ConversationExported:
    """What was exported."""
    return ConversationExported(
        path=path, format=format, turns=len(export.turns), bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip


def write(
    export: Export, format: ExportFormat, data: bytes, path: str, *, force: bool
) -> ConversationExported:
    """Write the file. Raises UserError when it exists (without `force`) or cannot be written."""
    path = os.path.abspath(os.path.expanduser(path))
    write_new(path, data, force=force)
    return account(export, format, data, path)


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
