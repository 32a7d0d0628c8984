"""Every action of the user as an object: menus, shortcuts, palette and tests read one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


def _always() -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """`id` is stable ("ask.new"), `group` heads it in menus, `shortcut` is Qt's portable form;
    `also` is a second one that is not shown."""

    id: str
    title: str
    group: str
    run: Callable[[], None]
    shortcut: str = ""
    also: str = ""
    enabled: Callable[[], bool] = _always

    @property
    def keys(self) -> str:
        """The shortcut as this system writes it."""
        return QKeySequence(self.shortcut).toString(QKeySequence.SequenceFormat.NativeText)


class Commands(QObject):
    """The list of commands, and the QAction of each once attached to a window."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}

    def add(self, *commands: Command) -> None:
        """Add commands. Raises ValueError for an id or a shortcut that is taken."""
        for command in commands:
            taken = {one.shortcut for one in self} - {""}
            if command.id in self._commands or command.shortcut in taken:
                raise ValueError(f"{command.id} or its shortcut {command.shortcut} is taken.")
            self._commands[command.id] = command

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def get(self, id: str) -> Command:
        """Return a command. Raises KeyError."""
        return self._commands[id]

    def run(self, id: str) -> bool:
        """Run a command if it is enabled now; says whether it ran."""
        command = self.get(id)
        if not command.enabled():
            return False
        command.run()
        return True

    def attach(self, window: QWidget) -> None:
        """Give the window an action, with its shortcut, for every command."""
        for command in self:
            action = QAction(command.title, window)
            keys = [QKeySequence(one) for one in (command.shortcut, command.also) if one]
            action.setShortcuts(keys)
            action.triggered.connect(lambda _checked=False, id=command.id: self.run(id))
            self._actions[command.id] = action
            window.addAction(action)
        self.refresh()

    def refresh(self) -> None:
        """Enable and disable the actions; an action that is off leaves its keys to others."""
        for id, action in self._actions.items():
            action.setEnabled(self.get(id).enabled())

    def fill(self, menu: QMenu) -> None:
        """Fill a menu with every command, a separator between groups."""
        self.refresh()
        group = ""
        for command in self:
            if group and command.group != group:
                menu.addSeparator()
            group = command.group
            menu.addAction(self._actions[command.id])
