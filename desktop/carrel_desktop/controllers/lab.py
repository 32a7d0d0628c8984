"""The runs of the lab: which there are, what came of the chosen one, and answering like it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.lab_requests import (
    LeaveOutRun,
    ListRuns,
    RunList,
    RunRow,
    RunShown,
    RunUsed,
    ShowRun,
    UseRun,
)
from carrel.errors import UserError
from carrel.events import Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.controllers.settings import SettingsController
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages


class LabController(QObject):
    """`listed` tells that `runs` are new, None before they were asked for; `changed` that `shown`
    or `problem` is."""

    listed = Signal()
    changed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        messages: Messages,
        settings: SettingsController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages
        self._settings = settings
        self.runs: list[RunRow] | None = None
        self.chosen = ""
        self.shown: RunShown | None = None
        self.problem = ""
        self._wanted = False
        bridge.started.connect(self._again)

    def list_runs(self) -> None:
        """Ask for the runs."""
        self._wanted = True
        self._bridge.ask(ListRuns(), self._listed)

    def show(self, folder: str) -> None:
        """Show the run in a folder; "" shows none."""
        self.chosen, self.shown, self.problem = folder, None, ""
        self.changed.emit()
        if folder:
            self._bridge.ask(ShowRun(folder=folder), self._told, on_failed=self._failed)

    def open(self, folder: str) -> None:
        """Show the run in a folder that the user named, and put it on the list."""
        if folder:
            self.show(folder)
            self.list_runs()

    def leave_out(self) -> None:
        """Take the chosen run off the list."""
        if self.chosen:
            self._bridge.ask(LeaveOutRun(folder=self.chosen), self._listed)
            self.show("")

    def use(self, way: str) -> None:
        """Answer from now on as this way of the shown run did."""
        if self.shown is not None:
            self._bridge.ask(UseRun(folder=self.shown.folder, way=way), self._used)

    def warn(self, what: str, what_to_do: str = "") -> None:
        """Say that something went differently than wished."""
        self._messages.warning(what, what_to_do)

    def clear(self) -> None:
        """Let go of what was shown."""
        self.runs = None
        self.show("")
        self.listed.emit()

    def _again(self) -> None:
        """A new desk, or one that was unlocked: ask anew for what is shown."""
        if self._wanted:
            self.list_runs()

    def _listed(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, RunList):
            self.runs = reply.runs
            self.listed.emit()

    def _told(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, RunShown) and reply.folder == self.chosen:
            self.shown = reply
            self.changed.emit()

    def _failed(self, error: UserError) -> None:
        self.problem = str(error)
        self.changed.emit()

    def _used(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, RunUsed):
            for name, text in reply.settings.items():
                self._settings.set(name, text)
            self._messages.info(tr("From now on {way} answers.", way=reply.way))
