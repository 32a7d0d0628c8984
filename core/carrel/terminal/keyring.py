"""The system keyring on the command line: whether a command needs it, and what it says of it."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.store.passphrase import opens, stale_key

if TYPE_CHECKING:
    from carrel.keyring.client import Keyring
    from carrel.profile import Profile
    from carrel.terminal.output import Output

VARIABLE = "CARREL_PASSPHRASE"
_WITHOUT = ("demo", "lock")  # commands that open nothing, or that type the passphrase
_CHANGES = ("set", "change", "remove", "remember", "forget-key")


def keyring_for(arguments: argparse.Namespace) -> Keyring | None:
    """The keyring with its process started where this command may need it, else None. Nothing of
    the profile is read but whether its `keyring` file is there."""
    from carrel.profile import Profile

    marker = Profile.at(arguments.profile).keyring
    if arguments.command == "lock":
        wanted = arguments.action == "remember" or (
            arguments.action in _CHANGES and marker.is_file()
        )
    else:
        typed = os.environ.get(VARIABLE)
        wanted = arguments.command not in _WITHOUT and marker.is_file() and not typed
    if not wanted:
        return None
    from carrel.keyring.client import Keyring

    keyring = Keyring(marker)
    keyring.start()
    return keyring


def kept_key(profile: Profile, keyring: Keyring | None) -> tuple[bytes | None, str]:
    """The key that the keyring has for this profile if it still opens it, and what to tell when it
    does not or when the keyring cannot be asked."""
    if keyring is None or not keyring.remembered:
        return None, ""
    try:
        key = keyring.fetch()
        if key is None:
            return None, "The system keyring has no key for this profile."
        if opens(profile.database, key):
            return key, ""
        keyring.drop()
    except UserError as error:
        return None, error.what
    return None, stale_key().what


def remember(keyring: Keyring | None, key: bytes, output: Output) -> None:
    """Keep the key, and say what that means. Raises what `Keyring.keep` raises."""
    if keyring is None:
        raise UserError("The system keyring cannot be reached.", "Type the passphrase.",
                        "no_keyring")  # fmt: skip
    keyring.keep(key)
    output.note(
        "The system keyring keeps the key now: anyone who is logged in as you can open this"
        " profile. Take it out: carrel lock forget-key"
    )


def forget(keyring: Keyring | None, output: Output) -> None:
    """Take the key out of the keyring. Raises UserError "no_key" where none was kept."""
    if keyring is None or not keyring.remembered:
        raise UserError("The system keyring keeps no key of this profile.",
                        "There is nothing to remove.", "no_key")  # fmt: skip
    keyring.drop()
    output.note("The system keyring keeps the key no more.")


def follow(keyring: Keyring | None, key: bytes | None, output: Output) -> None:
    """After a new passphrase give the keyring the new key, after none (None) take it out. Where
    that fails the profile is as it should be, and the old key opens nothing: it is only said."""
    if keyring is None or not keyring.remembered:
        return
    try:
        if key is None:
            keyring.drop()
        else:
            keyring.keep(key)
    except UserError as error:
        output.note(f"{error.what} It still has the old key, which opens nothing any more.")
