"""Ctrl+K: every command by its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListView, QWidget

from carrel_desktop import theme
from carrel_desktop.commands import Command, Commands
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import column, set_role


class CommandPalette(QDialog):
    """A search field over the list of commands that can run now; Enter runs, Esc leaves."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        self._commands = commands
        self._shown: list[Command] = []
        metrics = theme.current().metrics
        self.setWindowTitle(tr("Commands"))
        self.setAccessibleName(tr("Commands"))
        self.resize(metrics.dialog_width, metrics.dialog_height)
        self.field = QLineEdit(placeholderText=tr("What would you like to do?"))
        self.field.setAccessibleName(tr("Search commands"))
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._run)
        self.field.installEventFilter(self)
        self._model = QStringListModel(self)
        self.list = QListView()
        self.list.setAccessibleName(tr("Commands"))
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setModel(self._model)
        self.list.activated.connect(lambda _index: self._run())
        self.list.clicked.connect(lambda _index: self._run())
        set_role(self.list, "choices")
        layout = column(self.field, self.list, gap=metrics.gap_small, margins=metrics.gap)
        self.setLayout(layout)
        self._filter("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows move in the list while the field has the focus."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            step = steps.get(Qt.Key(event.key()), 0)
            if step:
                self._select(self.list.currentIndex().row() + step)
                return True
        return super().eventFilter(watched, event)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        self._shown = [
            one
            for one in self._commands
            if one.enabled() and all(word in one.title.casefold() for word in words)
        ]
        lines = [f"{one.title}    {one.keys}".rstrip() for one in self._shown]
        self._model.setStringList(lines)
        self._select(0)

    def _select(self, at: int) -> None:
        if self._shown:
            self.list.setCurrentIndex(self._model.index(at % len(self._shown), 0))

    def _run(self) -> None:
        at = self.list.currentIndex().row()
        if 0 <= at < len(self._shown):
            self.accept()
            self._shown[at].run()


class ShortcutsDialog(QDialog):
    """F1: every shortcut, by its command."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.setWindowTitle(tr("Shortcuts"))
        self.setAccessibleName(tr("Shortcuts"))
        self.resize(metrics.dialog_width, metrics.dialog_height)
        lines = [f"{one.keys}    {one.title}" for one in commands if one.shortcut]
        lines += [tr("Enter    Ask"), tr("Shift+Enter    New line in the question")]
        lines += [
            tr("Tab    Next control or citation"),
            tr("F2, Delete    Rename, delete in the list"),
        ]
        self.list = QListView()
        self.list.setAccessibleName(tr("Shortcuts"))
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setModel(QStringListModel(lines, self))
        set_role(self.list, "choices")
        self.setLayout(column(self.list, margins=metrics.gap))
