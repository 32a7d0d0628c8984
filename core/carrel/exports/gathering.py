"""Everything that an export says: the turns, and the files behind them with their hashes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Literal

from carrel import __version__
from carrel.desk.conversation_requests import TurnRow
from carrel.errors import UserError
from carrel.events import Plain
from carrel.library.opening import open_regular
from carrel.store.conversations import documents_of

if TYPE_CHECKING:
    from carrel.store.catalogue import Catalogue
    from carrel.store.conversations import Conversations
    from carrel.store.unsaved import UnsavedConversations

FORMAT, VERSION = "carrel-conversation", 1


class SourceFile(Plain, frozen=True):
    """A file that answers were made from. `sha256` is of the file as it is now, null where it is
    gone; `state` says whether that is what was read. `when_read` are its BLAKE2b digests (32 bytes)
    then, and `now` is where a file that was moved lies."""

    path: str
    now: str
    sha256: str | None
    state: Literal["as read", "changed", "missing"]
    when_read: list[str]


class About(Plain, frozen=True):
    """The conversation itself; times are seconds since 1970."""

    id: int
    title: str
    folder: str
    pinned: bool
    created: float
    updated: float


class Export(Plain, frozen=True):
    """A whole export, as its JSON form holds it; `path` are the turns that are read, in order, and
    `turns` those and, where they were wanted, the other branches. `version` counts up when
    something that is here changes its meaning."""

    format: str
    version: int
    carrel: str
    exported: str
    conversation: About
    path: list[int]
    turns: list[TurnRow]
    documents: list[SourceFile]


def gather(
    store: Conversations | UnsavedConversations,
    catalogue: Catalogue,
    conversation_id: int,
    *,
    all_branches: bool = False,
) -> Export:
    """Collect a conversation. Reads every cited or quoted file once, for its hash. Raises UserError
    when there is no such conversation."""
    read = store.open(conversation_id)
    turns = store.open(conversation_id, all_branches=True).turns if all_branches else read.turns
    return Export(
        format=FORMAT,
        version=VERSION,
        carrel=__version__,
        exported=datetime.now(UTC).isoformat(timespec="seconds"),
        conversation=About(
            id=read.id, title=read.title, folder=read.folder, pinned=read.pinned,
            created=read.created, updated=read.updated,
        ),
        path=[turn.id for turn in read.turns],
        turns=turns,
        documents=_documents(turns, store.digests(conversation_id), catalogue),
    )  # fmt: skip


def _documents(
    turns: Sequence[TurnRow], digests: Mapping[str, Sequence[str]], catalogue: Catalogue
) -> list[SourceFile]:
    named = set().union(*(documents_of(turn.result) for turn in turns))
    return [_file(path, list(digests.get(path, ())), catalogue) for path in sorted(named)]


def _file(path: str, when_read: list[str], catalogue: Catalogue) -> SourceFile:
    now = catalogue.moved_to(path) or path
    if not when_read and (known := catalogue.known(now)) is not None and known.digest:
        when_read = [known.digest]  # in memory nothing is noted: what is indexed was read
    hashes = _hashes(now)
    if hashes is None:
        return SourceFile(path=path, now=now, sha256=None, state="missing", when_read=when_read)
    same = when_read == [hashes[1]]
    return SourceFile(
        path=path, now=now, sha256=hashes[0], state="as read" if same else "changed",
        when_read=when_read,
    )  # fmt: skip


def _hashes(path: str) -> tuple[str, str] | None:
    """SHA-256 and BLAKE2b of a file, None when it cannot be read."""
    try:
        fd = open_regular(path)
    except (OSError, UserError):
        return None
    try:
        one, other = sha256(), blake2b(digest_size=32)
        while chunk := os.read(fd, 1 << 20):
            one.update(chunk)
            other.update(chunk)
    except OSError:
        return None
    finally:
        os.close(fd)
    return one.hexdigest(), other.hexdigest()
