"""Look at folders: which files are there, which may be read, and why the others may not.

Nothing is opened here but folders and their .gitignore. Links to folders are not followed (so no
loop can form); a link to a file counts only when its target lies inside the folder that was added.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from carrel.errors import UserError
from carrel.library.rules import Ignored, Reason, Rules
from carrel.store.rows import FileState


class Found(NamedTuple):
    """A regular file: its absolute path and its state."""

    path: str
    state: FileState


class Left(NamedTuple):
    """Something that is not read: a stable word, and the reason in one sentence."""

    path: str
    code: str
    reason: str
    is_document: bool
    """True when people would expect it among the documents, with this as its status."""


class Scan(NamedTuple):
    """What lies under some paths: files, newest first, and what was left with reasons."""

    found: list[Found]
    left: list[Left]


def scan(paths: Sequence[str], rules: Rules | None = None) -> Scan:
    """Walk the paths and leave out what `rules` say (None: the defaults); a path that is named
    itself is never left out by a rule. Raises UserError when one of them does not exist."""
    found: dict[str, Found] = {}
    left: dict[str, Left] = {}
    for path in paths:
        for one in _walk(absolute(path), rules or Rules()):
            if isinstance(one, Found):
                found[one.path] = one
            else:
                left[one.path] = one
    newest_first = sorted(found.values(), key=lambda f: (-f.state.modified_ns, f.path))
    return Scan(newest_first, list(left.values()))


def absolute(path: str) -> str:
    """The path as documents are named. Raises UserError when nothing is there."""
    full = os.path.abspath(os.path.expanduser(path))
    try:
        full.encode("utf-8")
    except UnicodeEncodeError:
        raise UserError(
            f"The name {full!a} is not valid text on this system.",
            "Rename it and add it again.",
            "name",
        ) from None
    if not os.path.lexists(full):
        raise UserError(
            f"There is no file or folder {full}.", "Check the spelling of the path.", "missing"
        )
    return full


def _walk(top: str, rules: Rules) -> Iterator[Found | Left]:
    if not os.path.isdir(top):
        yield _look(top, os.path.dirname(top))
        return
    inside = os.path.realpath(top)
    ignored = Ignored(top, rules)
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        ignored.entering(folder)
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as error:
            reason = f"The folder cannot be opened: {error.strerror}."
            yield Left(printable(folder), "unreadable_folder", reason, False)
            continue
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if (why := ignored.why(entry.path, is_folder=is_folder)) is not None:
                yield _left(entry.path, why)
            elif is_folder:
                waiting.append(entry.path)
            elif entry.is_symlink() and os.path.isdir(entry.path):
                yield _left(entry.path, Reason("link", "Links to folders are not followed."))
            else:
                looked = _look(entry.path, inside)
                size = looked.state.size if isinstance(looked, Found) else 0
                why = ignored.why(entry.path, is_folder=False, size=size)
                yield looked if why is None else _left(entry.path, why)


def _left(path: str, why: Reason) -> Left:
    return Left(printable(path), why.code, why.words, False)


def _look(path: str, inside: str) -> Found | Left:
    """Decide about one path that is not a folder."""
    if printable(path) != path:
        reason = "The file's name is not valid text, so it cannot be recorded. Rename it."
        return Left(printable(path), "name", reason, False)
    try:
        info = os.stat(path)
        if os.path.islink(path) and not _within(os.path.realpath(path), inside):
            reason = "It is a link to a file outside of this folder."
            return Left(path, "link", reason, False)
    except OSError as error:
        reason = f"It cannot be looked at: {error.strerror}."
        return Left(path, "unreadable", reason, True)
    if not stat.S_ISREG(info.st_mode):
        return Left(path, "special", f"It is {_kind(info.st_mode)}, not a file.", True)
    return Found(path, FileState(info.st_size, info.st_mtime_ns))


def _within(path: str, folder: str) -> bool:
    return os.path.commonpath([path, os.path.realpath(folder)]) == os.path.realpath(folder)


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe (FIFO)"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def printable(path: str) -> str:
    """The path as text that can be stored and shown: undecodable bytes become question marks."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
