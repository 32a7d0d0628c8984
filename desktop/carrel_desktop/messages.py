"""The one channel to the user: every sentence that the window says about what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from carrel.errors import UserError
from carrel_desktop.i18n import tr

Level = Literal["info", "warning", "error"]
_KEEP = 200


@dataclass(frozen=True)
class Notice:
    """What happened, what to do, and at most one action that does it."""

    level: Level
    what: str
    what_to_do: str = ""
    action: str = ""
    run: Callable[[], None] | None = None

    @property
    def text(self) -> str:
        """Both sentences."""
        return f"{self.what} {self.what_to_do}".strip()


class Messages(QObject):
    """Says notices; `history` keeps the last ones, for tests and for the curious."""

    posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history: list[Notice] = []

    def say(self, notice: Notice) -> None:
        """Show a notice to the user."""
        self.history = [*self.history[1 - _KEEP :], notice]
        self.posted.emit(notice)

    def info(self, what: str, what_to_do: str = "") -> None:
        """Say that something went as wished."""
        self.say(Notice("info", what, what_to_do))

    def warning(self, what: str, what_to_do: str = "") -> None:
        """Say that something went differently than wished."""
        self.say(Notice("warning", what, what_to_do))

    def error(self, error: UserError) -> None:
        """Say what went wrong and what to do."""
        self.say(Notice("error", error.what, error.what_to_do))

    def lost(self, words: str, restart: Callable[[], None]) -> None:
        """Say that the desk process ended, with a way to start it again."""
        what = tr("The desk process {words}", words=words)
        todo = tr("Nothing that was saved is lost.")
        self.say(Notice("error", what, todo, tr("Restart"), restart))
