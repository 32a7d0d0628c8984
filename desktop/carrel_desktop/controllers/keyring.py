"""The system keyring as the window sees it: whether it can be used, and the key in it.

The process that talks to it is started for one request and ends with it; nothing here waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from carrel.errors import UserError
from carrel_desktop.bridge import Bridge
from carrel_desktop.i18n import tr


class KeyringDoor(Protocol):
    """What is needed of carrel.keyring.client.Keyring; tests give a scripted one."""

    @property
    def remembered(self) -> bool: ...
    def reason(self) -> str: ...
    def keep(self, key: bytes) -> None: ...
    def fetch(self) -> bytes | None: ...
    def drop(self) -> None: ...
    def close(self) -> None: ...


class NoKeyring:
    """Where no profile's keyring is at hand."""

    remembered = False

    def reason(self) -> str:
        """Why it cannot be used."""
        return tr("The system keyring is not used here.")

    def keep(self, key: bytes) -> None:
        """Never asked for."""
        raise UserError(self.reason())

    def fetch(self) -> bytes | None:
        """Nothing is kept."""
        return None

    def drop(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing was started."""


class KeyringController(QObject):
    """`changed` comes when `reason` or `remembered` is new; `reason` is None until looked at."""

    changed = Signal()

    def __init__(self, bridge: Bridge, door: KeyringDoor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._door = door
        self._alone = threading.Lock()
        self.reason: str | None = None

    @property
    def remembered(self) -> bool:
        """Whether the keyring was given the key of this profile."""
        return self._door.remembered

    def close(self) -> None:
        """End what still waits for the keyring."""
        self._door.close()

    def look(self) -> None:
        """Find out whether the keyring can be used."""
        self._run(self._door.reason, self._looked, self._bridge.failed.emit)

    def keep(
        self, key: bytes, done: Callable[[], None], failed: Callable[[UserError], None]
    ) -> None:
        """Have the keyring keep the key."""
        self._run(lambda: self._door.keep(key), lambda _none: self._end(done), failed)

    def fetch(
        self, got: Callable[[bytes | None], None], failed: Callable[[UserError], None]
    ) -> None:
        """Ask for the key; the keyring may first ask the user for its own password."""
        self._run(self._door.fetch, got, failed)

    def drop(self, done: Callable[[], None], failed: Callable[[UserError], None]) -> None:
        """Have the keyring forget the key."""
        self._run(self._door.drop, lambda _none: self._end(done), failed)

    def _looked(self, reason: str) -> None:
        self.reason = reason
        self.changed.emit()

    def _end(self, done: Callable[[], None]) -> None:
        self.changed.emit()
        done()

    def _run(
        self, work: Callable[[], object], done: Callable[..., None],
        failed: Callable[[UserError], None],
    ) -> None:  # fmt: skip
        def once() -> object:
            with self._alone:
                try:
                    return work()
                finally:
                    self._door.close()

        self._bridge.aside(once, done, failed)
