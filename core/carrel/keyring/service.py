"""Talks to the Secret Service of Linux desktops (GNOME Keyring, KWallet, KeePassXC) over the
session bus, an AF_UNIX socket. Source: the Secret Service API of freedesktop.org, version 0.2.

Only this module imports secretstorage and jeepney, and only in a process of its own
(`carrel.keyring.worker`): the desk may open no socket at all, and the window should not wait.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.errors import UserError

if TYPE_CHECKING:
    from jeepney.io.blocking import DBusConnection
    from secretstorage import Collection, Item

PROMPT_SECONDS = 100.0
"""How long the keyring's own dialog may stand before Carrel goes on without it."""


def reason() -> str:
    """Why the keyring cannot be used here, in words; "" when it can."""
    try:
        with _connected() as bus:
            from secretstorage import check_service_availability

            if not check_service_availability(bus):
                return "No program on this computer offers a system keyring."
    except UserError as error:
        return error.what
    return ""


def keep(profile: str, key: bytes) -> None:
    """Keep the key under this profile's id, in the place of an older one.

    Raises UserError "no_keyring" when there is none, "keyring_refused" when it stays closed.
    """
    with _connected() as bus:
        from secretstorage import get_default_collection

        collection = get_default_collection(bus)
        _open(collection)
        label = f"Carrel profile {profile[:8]}"  # no path: an entry tells not where files lie
        collection.create_item(label, _attributes(profile), key.hex().encode(), replace=True)


def fetch(profile: str) -> bytes | None:
    """The key of this profile; None when the keyring has none. Raises like `keep`."""
    with _connected() as bus:
        for item in _entries(bus, profile):
            _open(item)
            return _bytes(item.get_secret())
    return None


def drop(profile: str) -> None:
    """Remove what is kept for this profile, if anything is. Raises like `keep`."""
    with _connected() as bus:
        for item in _entries(bus, profile):
            _open(item)
            item.delete()


def _entries(bus: DBusConnection, profile: str) -> list[Item]:
    from secretstorage import search_items

    return list(search_items(bus, _attributes(profile)))


def _attributes(profile: str) -> dict[str, str]:
    return {"application": "carrel", "profile": profile}


def _bytes(secret: bytes) -> bytes | None:
    try:
        return bytes.fromhex(secret.decode("ascii"))
    except ValueError:
        return None  # someone wrote something else into the entry


def _open(one: Item | Collection) -> None:
    """Have the keyring ask for its own password if it is closed."""
    if one.is_locked() and one.unlock(timeout=PROMPT_SECONDS):
        raise _refused()


def _refused() -> UserError:
    return UserError("The system keyring stayed closed.", "Open it and try again.",
                     "keyring_refused")  # fmt: skip


@contextlib.contextmanager
def _connected() -> Iterator[DBusConnection]:
    """A connection to the session bus; what goes wrong on it becomes a sentence."""
    import secretstorage
    from jeepney import DBusErrorResponse

    try:
        with contextlib.closing(secretstorage.dbus_init()) as bus:
            yield bus
    except (secretstorage.exceptions.PromptDismissedException, TimeoutError) as error:
        raise _refused() from error
    except secretstorage.exceptions.SecretStorageException as error:
        raise UserError("The system keyring cannot be reached.",
                        "Type the passphrase; the session bus or a keyring program is missing.",
                        "no_keyring") from error  # fmt: skip
    except (DBusErrorResponse, OSError, RuntimeError) as error:
        raise UserError(f"The system keyring did not answer: {error}.",
                        "Type the passphrase.", "no_keyring") from error  # fmt: skip
