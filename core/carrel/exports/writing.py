"""An export as bytes, and as a file with an account of it."""

from __future__ import annotations

import hashlib
import os

import msgspec

from carrel.desk.conversation_requests import ConversationExported, ExportFormat
from carrel.errors import UserError
from carrel.exports.files import write_new
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
