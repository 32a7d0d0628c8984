"""`carrel lock`, and how every command gets the passphrase of a locked profile."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.library.locking import change_passphrase
from carrel.store.passphrase import derive, key_for, key_to_keep, salt_of
from carrel.terminal.keyring import VARIABLE, follow, forget, kept_key, remember
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.keyring.client import Keyring
    from carrel.library.embedders import EmbedderSource
    from carrel.profile import Profile

_NEW_VARIABLE = "CARREL_NEW_PASSPHRASE"


def key_of(profile: Profile, keyring: Keyring | None) -> bytes | None:
    """The key of the profile: from the system keyring where it was remembered, else asked for when
    it is locked. Raises UserError: "locked" where nobody can be asked, "wrong_key"."""
    if salt_of(profile.database) is None:
        return None
    key, why = kept_key(profile, keyring)
    if why:
        sys.stderr.write(f"{why}\n")
    return key or key_for(profile.database, _typed(VARIABLE, "Passphrase: "))


def lock(
    profile: Profile, embedder: EmbedderSource, arguments: argparse.Namespace, output: Output
) -> int:
    """Say whether there is a lock; set, change or remove it, or give its key to the keyring."""
    locked = salt_of(profile.database) is not None
    keyring: Keyring | None = arguments.keyring
    if arguments.action == "remember":
        typed = _typed(VARIABLE, "Passphrase: ") if locked else ""
        remember(keyring, key_to_keep(profile.database, typed), output)
    elif arguments.action == "forget-key":
        forget(keyring, output)
    elif arguments.action != "status":
        _change(profile, embedder, arguments.action, locked, keyring, output)
        locked = arguments.action != "remove"
    _say(profile, locked, output)
    return 0


def _say(profile: Profile, locked: bool, output: Output) -> None:
    remembered = locked and profile.keyring.is_file()
    if output.json:
        output.document({"encrypted": locked, "remembered": remembered})
    elif not locked:
        output.line("This profile has no passphrase. Set one: carrel lock set")
    else:
        output.line("This profile is encrypted with a passphrase. Without it nothing of it is left")
        output.line("to read: nobody can bring it back for you.")
        if remembered:
            output.line("The system keyring keeps its key: anyone logged in as you can open it.")


def _change(
    profile: Profile,
    embedder: EmbedderSource,
    action: str,
    locked: bool,
    keyring: Keyring | None,
    output: Output,
) -> None:
    if action == "set" and locked:
        raise UserError("A passphrase is set already.", "Change it: carrel lock change", "locked")
    if action == "change" and not locked:
        raise UserError("There is no passphrase to change.", "Set one: carrel lock set", "no_lock")
    old = _typed(VARIABLE, "Passphrase: ") if locked else ""
    new = ""
    if action != "remove":
        new = _typed(_NEW_VARIABLE, "New passphrase: ", again=True)
        if not new:
            raise UserError(
                "No new passphrase was given.",
                f"Type it when asked, or set {_NEW_VARIABLE} for a script.",
                "no_passphrase",
            )
    change_passphrase(profile, embedder, old, new)
    salt = salt_of(profile.database)
    follow(keyring, derive(new, salt) if new and salt else None, output)


def _typed(variable: str, words: str, *, again: bool = False) -> str:
    """What the environment says, else what is typed; "" where nobody can be asked. It leaves the
    environment, so that no child process inherits it."""
    if (given := os.environ.pop(variable, "")) or not sys.stdin.isatty():
        return given
    typed = getpass.getpass(words)
    if again and getpass.getpass("Once more: ") != typed:
        raise UserError("The two are not the same.", "Try again.", "no_passphrase")
    return typed
