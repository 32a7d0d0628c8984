"""The lock of the profile: unlocking, locking by hand or after idleness, and the passphrase."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

from carrel.desk.library_requests import (
    AskLock,
    KeyFor,
    LockIs,
    LockNow,
    ProfileKey,
    SetPassphrase,
    Unlock,
    UnlockWithKey,
)
from carrel.errors import UserError
from carrel.events import Changed, Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.controllers.keyring import KeyringController, KeyringDoor, NoKeyring
from carrel_desktop.i18n import tr

_MINUTE_MS = 60_000
_SIGNS_OF_LIFE = (
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel
)  # fmt: skip


class LockController(QObject):
    """`changed` comes when `state`, `busy`, `problem` or `waiting` is new; `opened` when a locked
    profile has been unlocked, `closed` when it is locked.

    The system keyring opens the profile once, when the window starts: a lock by hand or after
    idleness would mean nothing if the next moment opened it by itself.
    """

    changed = Signal()
    opened = Signal()
    closed = Signal()

    def __init__(
        self, bridge: Bridge, door: KeyringDoor | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.keyring = KeyringController(bridge, door or NoKeyring(), self)
        self.waiting = False
        self._at_start = True
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

    def set_passphrase(
        self, old: str, new: str, done: Callable[[], None], remember: bool = False
    ) -> None:
        """Set, change or ("" as `new`) remove it; `done` is called when that has worked. With
        `remember` the keyring gets the new key, without it the keyring forgets the old one."""

        def follow() -> None:
            done()
            if new and remember:
                self.remember(new, lambda: None)
            elif self.keyring.remembered:
                self.forget_key()

        self._send(SetPassphrase(old=old, new=new), follow)

    def remember(self, passphrase: str, done: Callable[[], None]) -> None:
        """Have the system keyring keep the key; `problem` says why it does not."""

        def keep(reply: Message) -> None:
            if isinstance(reply, ProfileKey):
                self.keyring.keep(bytes.fromhex(reply.key), done, self._say_and_tell)

        self._send(KeyFor(passphrase=passphrase), told=keep)

    def forget_key(self) -> None:
        """Have the system keyring forget the key."""
        self.keyring.drop(self.changed.emit, self._say_and_tell)

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

    def _send(
        self, request: Message, done: Callable[[], None] = lambda: None,
        told: Callable[[Message], None] = lambda _reply: None,
    ) -> None:  # fmt: skip
        self.busy, self.problem = True, ""
        self.changed.emit()

        def heard(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, LockIs):
                self._show(reply)
            told(reply)

        def ended() -> None:
            self.busy = False
            self.changed.emit()
            done()

        def failed(error: UserError) -> None:
            self.busy = False
            self._say(str(error))
            if error.code == "stale_key":
                self.forget_key()

        self._bridge.ask(request, heard, ended, failed)

    def _say(self, problem: str) -> None:
        self.problem = problem
        self.changed.emit()

    def _say_and_tell(self, error: UserError) -> None:
        """Also where no dialog is open any more."""
        self._say(str(error))
        self._bridge.failed.emit(error)

    def _show(self, state: LockIs) -> None:
        was, self.state = self.state.locked, state
        at_start, self._at_start = self._at_start, False
        if was and not state.locked:
            self.opened.emit()
        elif state.locked and not was:
            self.closed.emit()
            if at_start and self.keyring.remembered:
                self._ask_keyring()

    def _ask_keyring(self) -> None:
        self.waiting = True
        self.keyring.fetch(self._got, self._got_nothing)

    def _got(self, key: bytes | None) -> None:
        self.waiting = False
        if not self.state.locked or self.busy:
            self.changed.emit()  # a passphrase was typed meanwhile
        elif key is None:
            self._say(tr("The system keyring has no key for this profile. Type the passphrase."))
        else:
            self._send(UnlockWithKey(key=key.hex()))

    def _got_nothing(self, error: UserError) -> None:
        self.waiting = False
        if self.state.locked and not self.busy:
            self._say(str(error))

    def _heard(self, message: Message) -> None:
        if isinstance(message, Changed) and "lock" in message.kinds and not self.busy:
            self.ask()


def reason_for_length() -> str:
    """What makes a passphrase good."""
    return tr("Four or five words that do not belong together are best.")


def what_keyring_means() -> str:
    """The price of remembering the key in the system keyring."""
    return tr(
        "Carrel then opens by itself when it starts, also for anyone else who is logged in as you. "
        "Once it was locked by hand or because nobody touched it, it asks for the passphrase."
    )
