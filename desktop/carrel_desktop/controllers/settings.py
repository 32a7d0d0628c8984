"""The settings as the window knows them; the desk checks and stores every change."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.requests import SetSetting
from carrel.errors import UserError
from carrel.settings import SETTINGS, Setting, Settings
from carrel_desktop.bridge import Bridge


class SettingsController(QObject):
    """`changed` carries the name of a setting whose value is new, or was refused."""

    changed = Signal(str)

    def __init__(self, bridge: Bridge, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._texts = {name: settings.text(name) for name in SETTINGS}
        self.note = settings.note

    def declared(self) -> list[Setting]:
        """Return every setting, in the order of its declaration."""
        return list(SETTINGS.values())

    def text(self, name: str) -> str:
        """Return a setting's value in text form."""
        return self._texts[name]

    def set(self, name: str, text: str) -> None:
        """Change a setting at once, and back when the desk refuses it."""
        before = self._texts[name]
        if text == before:
            return
        self._texts[name] = text
        self.changed.emit(name)

        def refused(error: UserError) -> None:
            self._texts[name] = before
            self.changed.emit(name)
            self._bridge.failed.emit(error)

        request = SetSetting(name=name, value=text)
        self._bridge.ask(request, lambda _reply, _raw: None, on_failed=refused)
