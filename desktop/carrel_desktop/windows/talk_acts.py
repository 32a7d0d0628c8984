"""What can be done with a conversation, from wherever: what has to be asked first, and by whom it
is done."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from carrel.desk.conversation_requests import ExportFormat
from carrel_desktop.controllers import Controllers
from carrel_desktop.controllers.exporting import FORMATS
from carrel_desktop.i18n import tr
from carrel_desktop.windows.dialogs import Dialogs


class TalkActs(QObject):
    """Rename, pin, move, export and delete, by the names of `conversation_list.ACTS`."""

    def __init__(self, controllers: Controllers, dialogs: Dialogs, parent: QWidget) -> None:
        super().__init__(parent)
        self._c = controllers
        self._dialogs = dialogs
        self._window = parent

    def do(self, name: str, id: int) -> None:
        """Do one of them with the conversation of this id."""
        {
            "rename": self.rename,
            "pin": self.pin,
            "move": self.move,
            "export": self.export,
            "delete": self.delete,
        }[name](id)

    def rename(self, id: int) -> None:
        """Ask for another title."""
        question = tr("Title of this conversation")
        title = self._dialogs.text(tr("Rename"), question, self._title_of(id))
        self._c.conversations.rename(id, title)

    def pin(self, id: int) -> None:
        """Pin it, or unpin a pinned one."""
        row = self._c.conversations.row(id)
        self._c.conversations.pin(id, not (row is not None and row.pinned))

    def move(self, id: int) -> None:
        """Ask for a folder."""
        row = self._c.conversations.row(id)
        folders = self._c.conversations.folders
        folder = self._dialogs.choose_folder(folders, row.folder if row is not None else "")
        if folder is not None:
            self._c.conversations.move(id, folder)

    def delete(self, id: int) -> None:
        """Delete it, after asking."""
        what = tr("“{title}” and its answers are deleted for good.", title=self._title_of(id))
        if self._dialogs.sure(tr("Delete the conversation?"), what, tr("Delete")):
            self._c.conversations.delete(id)

    def export(self, id: int) -> None:
        """Open the menu of formats."""
        menu = self.export_menu(id)
        at = self._window.rect().center()
        menu.popup(self._window.mapToGlobal(at))

    def export_menu(self, id: int) -> QMenu:
        """Return the menu of formats for a conversation."""
        menu = QMenu(tr("Export"), self._window)
        self.fill_export(menu, id)
        return menu

    def fill_export(self, menu: QMenu, id: int) -> None:
        """Fill a menu with the formats for a conversation."""
        menu.clear()
        for format, name, _ending in FORMATS:
            action = menu.addAction(tr("Export as {format}", format=name))
            action.triggered.connect(lambda _on=False, format=format: self.export_as(id, format))

    def export_as(self, id: int, format: ExportFormat) -> None:
        """Ask where to, and write it."""
        ending = next(ending for known, _name, ending in FORMATS if known == format)
        path = self._dialogs.export_to_write(file_name(self._title_of(id)), ending)
        if path:
            self._c.exports.export(id, format, path)

    def _title_of(self, id: int) -> str:
        row = self._c.conversations.row(id)
        if row is not None:
            return row.title
        return self._c.ask.title if id == self._c.ask.conversation_id else ""


def file_name(title: str) -> str:
    """Return a title as a file's name: without what some system forbids there."""
    allowed = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', " ", title)
    return " ".join(allowed.split()).strip(" .")[:80] or "conversation"
