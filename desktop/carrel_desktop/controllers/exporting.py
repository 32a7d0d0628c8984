"""Exports of conversations: the desk writes them; a PDF is printed here from the desk's HTML."""

from __future__ import annotations

from PySide6.QtCore import QObject

from carrel.desk.conversation_requests import (
    ConversationExported,
    ExportConversation,
    ExportFormat,
)
from carrel.errors import UserError
from carrel.events import Message
from carrel.exports.files import write_new
from carrel_desktop.bridge import Bridge
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages

FORMATS: tuple[tuple[ExportFormat, str, str], ...] = (
    ("markdown", "Markdown", "md"),
    ("html", "HTML", "html"),
    ("pdf", "PDF", "pdf"),
    ("json", "JSON", "json"),
)
"""Format, name, ending of its files."""


class ExportController(QObject):
    """Writes a conversation where the user said; what exists there was asked about before."""

    def __init__(self, bridge: Bridge, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages

    def export(
        self, conversation_id: int, format: ExportFormat, path: str, all_branches: bool = False
    ) -> None:
        """Write the path that is read, or all branches, to a file, over what is there."""
        in_desk = format != "pdf"
        request = ExportConversation(
            conversation_id=conversation_id, format=format if in_desk else "html",
            path=path if in_desk else "", force=True, all_branches=all_branches,
        )  # fmt: skip
        self._bridge.ask(request, lambda reply, raw: self._done(reply, raw, path))

    def _done(self, reply: Message, raw: bytes, path: str) -> None:
        if not isinstance(reply, ConversationExported):
            return
        if not reply.path:
            try:
                self._print(raw, path)
            except UserError as error:
                self._messages.error(error)
                return
        self._messages.info(tr("Exported to {path}", path=path))

    def _print(self, html: bytes, path: str) -> None:
        from carrel_desktop.printing import as_pdf

        write_new(path, as_pdf(html.decode()), force=True)
