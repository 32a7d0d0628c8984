"""The lock of the profile: unlocking, locking by hand or after idleness, and the passphrase."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

from carrel.desk.library_requests import AskLock, LockIs, LockNow, SetPassphrase, Unlock
from carrel.errors import UserError
from carrel.events import Changed, Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.i18n import tr

_MINUTE_MS = 60_000
_SIGNS_OF_LIFE = (
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel
)  # fmt: skip


class LockController(QObject):
    """`changed` comes when `state`, `busy` or `problem` is new; `opened` when a locked profile has
    been unlocked, `closed` when it is locked."""

    changed = Signal()
    opened = Signal()
    closed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.state = LockIs(encrypted=False, locked=False)
        self.busy = False
        self.problem = ""
        self._idle = QTimer(self, singleShot=True)
        self._idle.timeout.connect(self.lock)
        bridge.started.connect(self.ask)
        bridge.unasked.connect(self._heard)

    def ask(self) -> None:
        """Ask how things stand."""
        self._send(AskLock())

    def unlock(self, passphrase: str) -> None:
        """Open a locked profile; `problem` says why it stays closed."""
        self._send(Unlock(passphrase=passphrase))

    def lock(self) -> None:
        """Lock at once; nothing happens where there is no passphrase."""
        if self.state.encrypted and not self.state.locked:
            self._send(LockNow())

    def set_passphrase(self, old: str, new: str, done: Callable[[], None]) -> None:
        """Set, change or ("" as `new`) remove it; `done` is called when that has worked."""
        self._send(SetPassphrase(old=old, new=new), done)

    def lock_when_idle(self, minutes: int) -> None:
        """Lock when nobody has touched the window for this long; 0 is never."""
        application = QCoreApplication.instance()
        if application is None:
            return
        application.removeEventFilter(self)
        self._idle.stop()
        if minutes > 0:
            self._idle.setInterval(minutes * _MINUTE_MS)
            application.installEventFilter(self)
            self._idle.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin the wait anew at every key and move; nothing is taken away."""
        if event.type() in _SIGNS_OF_LIFE and self._idle.interval() > 0:
            self._idle.start()
        return False

    def refused(self, error: UserError) -> bool:
        """Whether a request failed because the profile is locked; then how things stand is asked
        for."""
        if error.code != "locked":
            return False
        if not self.state.locked and not self.busy:
            self.ask()
        return True

    def _send(self, request: Message, done: Callable[[], None] = lambda: None) -> None:
        self.busy, self.problem = True, ""
        self.changed.emit()
        failures: list[UserError] = []

        def told(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, LockIs):
                self._show(reply)

        def ended() -> None:
            self.busy = False
            self.changed.emit()
            if not failures:
                done()

        def failed(error: UserError) -> None:
            failures.append(error)
            self.problem = str(error)
            ended()

        self._bridge.ask(request, told, ended, failed)

    def _show(self, state: LockIs) -> None:
        was, self.state = self.state.locked, state
        if was and not state.locked:
            self.opened.emit()
        elif state.locked and not was:
            self.closed.emit()

    def _heard(self, message: Message) -> None:
        if isinstance(message, Changed) and "lock" in message.kinds and not self.busy:
            self.ask()


def reason_for_length() -> str:
    """What makes a passphrase good."""
    return tr("Four or five words that do not belong together are best.")
