"""One profile's place in the system keyring, as the window and the command line use it.

Kept is the key of carrel.db, never the passphrase: people use a passphrase elsewhere too, and the
key ends with the next change. A file `keyring` in the profile holds the random id that the entry
goes by; where it is missing nothing was remembered, and no process is started.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

from carrel.errors import UserError, WorkerDied
from carrel.events import Message
from carrel.keyring.worker import AskKeyring, DropKey, FetchKey, KeepKey, KeptKey, KeyringIs
from carrel.process.child import Child

_SECONDS = 10.0  # for an answer that needs nobody
_PATIENCE = 240.0  # where the keyring may first show dialogs of its own
_ID = re.compile(r"[0-9a-f]{32}")
_T = TypeVar("_T", bound=Message)


class Keyring:
    """The entry of the profile whose `keyring` file is `marker`.

    A command line calls `start` before it gives up local sockets, because the process that talks to
    the keyring inherits that. Every method may raise UserError: "no_keyring", "keyring_refused".
    """

    def __init__(self, marker: Path) -> None:
        self._marker = marker
        self._child = Child("keyring")

    @property
    def remembered(self) -> bool:
        """Whether the keyring was given the key of this profile."""
        return self._id() is not None

    def start(self) -> None:
        """Start the process that talks to the keyring."""
        if sys.platform.startswith("linux"):
            self._child.start()

    def close(self) -> None:
        """End that process; the next call starts another."""
        self._child.close()

    def reason(self) -> str:
        """Why the keyring cannot be used here, in words; "" when it can."""
        try:
            found = self._ask(AskKeyring(), KeyringIs, _SECONDS)
        except UserError as error:
            return error.what
        return found.reason if found else "The system keyring did not answer."

    def keep(self, key: bytes) -> None:
        """Give the keyring the key, in the place of an older one."""
        fresh = self._id() is None
        id = self._id() or secrets.token_hex(16)
        if fresh:  # the file first: an entry that nobody knows of could not be removed
            self._write(id)
        try:
            self._ask(KeepKey(profile=id, key=key.hex()), KeptKey, _PATIENCE)
        except UserError:
            if fresh:
                self._marker.unlink(missing_ok=True)
            raise

    def fetch(self) -> bytes | None:
        """The key that the keyring has for this profile, None for none."""
        id = self._id()
        if id is None:
            return None
        found = self._ask(FetchKey(profile=id), KeptKey, _PATIENCE)
        return bytes.fromhex(found.key) if found and found.key else None

    def drop(self) -> None:
        """Have the keyring forget the key of this profile."""
        id = self._id()
        if id is not None:
            self._ask(DropKey(profile=id), KeptKey, _PATIENCE)
            self._marker.unlink(missing_ok=True)

    def _id(self) -> str | None:
        try:
            text = self._marker.read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        except OSError as error:
            raise UserError(f"The file {self._marker} cannot be read: {error.strerror}.",
                            "Allow reading it, or remove it.", "profile") from error  # fmt: skip
        return text if _ID.fullmatch(text) else None

    def _write(self, id: str) -> None:
        with open(os.open(self._marker, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(id + "\n")

    def _ask(self, request: Message, reply: type[_T], seconds: float) -> _T | None:
        """The reply; None when the request has none."""
        if not sys.platform.startswith("linux"):
            raise UserError("Carrel can use the keyring of Linux desktops only, so far.",
                            "Type the passphrase.", "no_keyring")  # fmt: skip
        try:
            frames = list(self._child.ensure().call(request, timeout=seconds))
        except WorkerDied as error:
            raise UserError(str(error), "Type the passphrase.", "no_keyring") from error
        except TimeoutError as error:
            self._child.kill()
            raise UserError("The system keyring did not answer.", "Type the passphrase.",
                            "no_keyring") from error  # fmt: skip
        return msgspec.json.decode(bytes(frames[0].body), type=reply) if frames else None
