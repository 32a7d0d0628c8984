"""The process that may talk to the system keyring: it opens local sockets alone, starts no program,
reads no file of the user, and ends when nobody needs it any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from carrel.events import Message
from carrel.keyring import service
from carrel.process.rpc import Call, Handler, Reply


class AskKeyring(Message, frozen=True):
    """-> KeyringIs"""


class KeepKey(Message, frozen=True):
    """-> Done. Keep the key (hexadecimal) of the profile with this id."""

    profile: str
    key: str


class FetchKey(Message, frozen=True):
    """-> KeptKey"""

    profile: str


class DropKey(Message, frozen=True):
    """-> Done, also when nothing is kept."""

    profile: str


class KeyringIs(Message, frozen=True):
    """`reason` says why it cannot be used; "" when it can."""

    reason: str


class KeptKey(Message, frozen=True):
    """`key` is hexadecimal, "" when none is kept."""

    key: str


def handlers() -> dict[type[Message], Handler]:
    """What this worker answers."""
    return {AskKeyring: _ask, KeepKey: _keep, FetchKey: _fetch, DropKey: _drop}


def _ask(request: AskKeyring, call: Call) -> Iterator[Reply]:
    yield KeyringIs(reason=service.reason())


def _keep(request: KeepKey, call: Call) -> Iterator[Reply]:
    service.keep(request.profile, bytes.fromhex(request.key))
    yield from ()


def _fetch(request: FetchKey, call: Call) -> Iterator[Reply]:
    yield KeptKey(key=(service.fetch(request.profile) or b"").hex())


def _drop(request: DropKey, call: Call) -> Iterator[Reply]:
    service.drop(request.profile)
    yield from ()
