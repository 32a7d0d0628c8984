"""Text in pictures: whether any waits to be recognized, and the one question about it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.library_requests import AskRecognition, RecognitionIs
from carrel.events import Changed, Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.controllers.settings import SettingsController


class RecognitionController(QObject):
    """`changed` when there is another thing to ask, or nothing any more."""

    changed = Signal()

    def __init__(
        self, bridge: Bridge, settings: SettingsController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._settings = settings
        self._later = False
        self.state: RecognitionIs | None = None
        bridge.started.connect(self.ask_state)
        bridge.unasked.connect(self._heard)
        settings.changed.connect(self._set)

    @property
    def documents(self) -> int:
        """How many documents the user is to be asked about; 0 asks nothing."""
        state = self.state
        asks = self._settings.text("ocr") == "ask" and not self._later
        return state.documents if state is not None and state.installed and asks else 0

    def ask_state(self) -> None:
        """Ask the desk how many documents wait."""
        self._bridge.ask(AskRecognition(), self._came)

    def answer(self, text: str) -> None:
        """Store the user's answer: "on" or "off"."""
        self._settings.set("ocr", text)

    def later(self) -> None:
        """Ask again when the window is opened the next time."""
        self._later = True
        self.changed.emit()

    def _came(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, RecognitionIs):
            self.state = reply
            self.changed.emit()

    def _heard(self, message: Message) -> None:
        if isinstance(message, Changed) and "documents" in message.kinds:
            self.ask_state()

    def _set(self, name: str) -> None:
        if name == "ocr":
            self.changed.emit()
