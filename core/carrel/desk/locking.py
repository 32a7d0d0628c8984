"""The door of a profile: while it is locked, the desk answers nothing but requests about the lock.

Locking closes the core with its workers and forgets the key; unlocking opens everything anew. So
nothing of a locked profile is in any process of Carrel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, get_args

from carrel.compose import embedder_source
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
from carrel.desk.requests import Request
from carrel.desk.service import Desk
from carrel.desk.telling import Tell
from carrel.errors import UserError
from carrel.events import Changed, Message
from carrel.library.locking import change_passphrase
from carrel.process.rpc import Call, Handler, Handlers, Reply
from carrel.settings import Settings
from carrel.store.passphrase import key_for, key_to_keep, opens, salt_of, stale_key

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.profile import Profile
    from carrel.reading.client import ReaderProcess

_PATIENCE = 30.0  # seconds for requests that were cancelled to end
_EVERYTHING = ["lock", "collections", "documents", "conversations", "models", "settings"]


class Door:
    """Opens and closes the core of one profile, and passes requests on while it is open."""

    def __init__(
        self,
        profile: Profile,
        make: Callable[[bytes | None], Core],
        tell: Tell,
        *,
        fakes: bool = False,
    ) -> None:
        self.profile = profile
        self._make = make
        self._tell = tell
        self._fakes = fakes
        self._changing = threading.RLock()
        self._key: bytes | None = None
        self._inside: _Inside | None = None

    def begin(self) -> None:
        """Open the profile if it has no lock. Raises what opening raises."""
        if salt_of(self.profile.database) is None:
            self._open(None)

    def wake(self) -> None:
        """Begin what the desk does when nobody asks, in a thread of its own."""
        if self._inside is not None:
            self._inside.waking.start()

    def stop(self) -> None:
        """End background work, after what is being stored."""
        if self._inside is not None:
            self._inside.desk.stop()

    def close(self) -> None:
        """Close the core; the key is forgotten."""
        with self._changing:
            inside, self._inside, self._key = self._inside, None, None
        if inside is not None:
            inside.close()

    def handlers(self) -> dict[type[Message], Handler]:
        """An answer to every request of the contract."""
        passed: dict[type[Message], Handler] = {kind: self._pass for kind in get_args(Request)}
        return passed | {
            AskLock: self._ask, Unlock: self._unlock, SetPassphrase: self._set, LockNow: self._lock,
            UnlockWithKey: self._unlock_with_key, KeyFor: self._key_for,
        }  # fmt: skip

    def _pass(self, request: Message, call: Call) -> Iterator[Reply]:
        inside = self._inside
        if inside is None or not inside.enter(call):
            raise UserError("Carrel is locked.", "Type the passphrase.", "locked")
        try:
            yield from inside.handlers[type(request)](request, call)
        finally:
            inside.leave(call)

    def _ask(self, request: AskLock, call: Call) -> Iterator[Reply]:
        yield self._state()

    def _unlock(self, request: Unlock, call: Call) -> Iterator[Reply]:
        with self._changing:
            if self._inside is None:
                self._open(key_for(self.profile.database, request.passphrase))
                self.wake()
        yield self._changed()

    def _unlock_with_key(self, request: UnlockWithKey, call: Call) -> Iterator[Reply]:
        with self._changing:
            if self._inside is None:
                key = bytes.fromhex(request.key)
                if not opens(self.profile.database, key):
                    raise stale_key()
                self._open(key)
                self.wake()
        yield self._changed()

    def _key_for(self, request: KeyFor, call: Call) -> Iterator[Reply]:
        yield ProfileKey(key=key_to_keep(self.profile.database, request.passphrase).hex())

    def _lock(self, request: LockNow, call: Call) -> Iterator[Reply]:
        if salt_of(self.profile.database) is None:
            raise UserError("There is no passphrase yet.", "Set one first.", "no_lock")
        self.close()
        yield self._changed()

    def _set(self, request: SetPassphrase, call: Call) -> Iterator[Reply]:
        """Close everything, write the profile anew, and open it again: with the old key if that
        failed."""
        with self._changing:
            key_for(self.profile.database, request.old)  # a wrong one closes nothing
            source = embedder_source(
                self.profile, Settings(self.profile.settings), fakes=self._fakes
            )
            old = self._key
            self.close()
            try:
                change_passphrase(self.profile, source, request.old, request.new)
            except BaseException:
                self._open(old)
                self.wake()
                raise
            self._open(key_for(self.profile.database, request.new))
            self.wake()
        yield self._changed()

    def _open(self, key: bytes | None) -> None:
        self._inside = _Inside(self._make(key), self._tell)
        self._key = key

    def _changed(self) -> LockIs:
        self._tell(Changed(kinds=_EVERYTHING))
        return self._state()

    def _state(self) -> LockIs:
        encrypted = salt_of(self.profile.database) is not None
        locked = self._inside is None
        words = "Locked: type the passphrase." if locked else ""
        if not locked:
            words = (
                "Encrypted with a passphrase; unlocked now." if encrypted else "Not encrypted: "
                "whoever can read this computer's disk can read what Carrel stored."
            )  # fmt: skip
        return LockIs(encrypted=encrypted, locked=locked, words=words)


class _Inside:
    """An open profile: its core, the reader for views, and what answers requests."""

    def __init__(self, core: Core, tell: Tell) -> None:
        from carrel.reading.client import ReaderProcess

        self._core = core
        self._view_reader: ReaderProcess = ReaderProcess()
        self.desk = Desk(core, self._view_reader, tell)
        self.waking = threading.Thread(target=self.desk.wake, name="waking", daemon=True)
        self.handlers: Handlers = self.desk.handlers()
        self._calls: list[Call] = []
        self._left = threading.Condition()
        self._closed = False

    def enter(self, call: Call) -> bool:
        """A request begins; False when this is being closed."""
        with self._left:
            if not self._closed:
                self._calls.append(call)
            return not self._closed

    def leave(self, call: Call) -> None:
        """A request has ended."""
        with self._left:
            self._calls = [one for one in self._calls if one is not call]
            self._left.notify_all()

    def close(self) -> None:
        """Stop what runs, and close the core when nothing uses it any more: SQLite ends the process
        when a connection is closed under a thread that reads through it."""
        with self._left:
            self._closed = True
            for call in self._calls:
                call.cancel.set()
        self.desk.stop()
        self._core.model.close()  # an answer under way ends with its worker
        for reader in (self._view_reader, self._core.reader):
            reader.close()
        if self.waking.is_alive():
            self.waking.join()
        with self._left:
            free = self._left.wait_for(lambda: not self._calls, _PATIENCE)
        if free:  # else what hangs keeps its connection: better than the end of the process
            self._core.close()
