"""The probe: every process tries to open sockets now, and says what the kernel answered."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from carrel.desk.requests import PrivacyReport, Probe
from carrel.errors import UserError
from carrel.events import Message
from carrel.process import confine
from carrel_desktop.bridge import Bridge, Pending
from carrel_desktop.i18n import tr


class Try(NamedTuple):
    """One attempt of one process; `meant` tells an allowed one that is no leak."""

    process: str
    attempt: str
    allowed: bool
    meant: bool
    outcome: str


class PrivacyController(QObject):
    """`changed` comes when `report` or `checking` is new; `rows` has the window's own tries too."""

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._probing: Pending | None = None
        self.report: PrivacyReport | None = None
        self.rows: list[Try] = []
        self.confined = False

    @property
    def checking(self) -> bool:
        """Whether a probe is under way."""
        return self._probing is not None

    def probe(self) -> None:
        """Run the probe in every process; one at a time."""
        if self.checking:
            return
        self._probing = self._bridge.ask(Probe(), self._told, self._end, self._failed)
        self.changed.emit()

    @property
    def sentence(self) -> str:
        """What the tries say, in one sentence."""
        if self.report is None:
            return tr("Checking every process now.") if self.checking else tr("Not checked yet.")
        if self.report.confined and not self.confined:
            return tr("The window process could reach more than it should; the others could not.")
        return self.report.sentence

    def _told(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, PrivacyReport):
            own = confine.probe()
            self.report = reply
            self.rows = [
                *(
                    Try("window", one.attempt, one.allowed, not one.must_refuse, one.outcome)
                    for one in own
                ),
                *(
                    Try(one.process, one.attempt, one.allowed, reply.confined, one.outcome)
                    for one in reply.rows
                ),
            ]
            self.confined = reply.confined and not any(
                one.must_refuse and one.allowed for one in own
            )

    def _end(self) -> None:
        self._probing = None
        self.changed.emit()

    def _failed(self, error: UserError) -> None:
        self._end()
        self._bridge.failed.emit(error)
