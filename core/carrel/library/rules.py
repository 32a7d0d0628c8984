"""What of a folder is left out: patterns in the manner of .gitignore, nested files of that name.

    rules = Ignored(top, Rules(patterns=["drafts/"]))
    rules.entering(folder)                  # reads the folder's own .gitignore
    rules.why(path, is_folder=False)        # ("pattern", "A rule of this collection ...") or None

The syntax is gitignore's (`pathspec`): the last pattern that matches decides, `!` takes back, and
the patterns of a deeper folder go before those above. A collection's own patterns go before all.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import pathspec

from carrel.desk.library_requests import Rules as Rules

GITIGNORE = ".gitignore"
_LARGEST_IGNORE = 1_000_000  # bytes; a longer .gitignore is no list of patterns

ALWAYS = (
    "node_modules/", "__pycache__/", "*.tmp", "*.part", "*.partial", "*.crdownload", "*.swp", "*~",
    "~$*", ".~lock.*#", "Thumbs.db", "desktop.ini", "lost+found/", "System Volume Information/",
    "$RECYCLE.BIN/",
)  # fmt: skip
"""Temporary and lock files of common programs, and folders that hold what others made."""


class Reason(NamedTuple):
    """Why something is left out: a stable word and a sentence."""

    code: str
    words: str


class _Level(NamedTuple):
    base: str  # patterns are relative to this folder
    spec: pathspec.GitIgnoreSpec
    reason: Reason


class Ignored:
    """The rules below one folder. Folders must be entered before what is in them is asked about."""

    def __init__(self, top: str, rules: Rules) -> None:
        self._rules = rules
        self._own = _Level(
            top,
            _compiled(rules.patterns),
            Reason("pattern", "A rule of this collection leaves it out."),
        )
        temporary = Reason("temporary", "It is a temporary file, or a folder that a program made.")
        self._always = _Level(top, _compiled(ALWAYS), temporary)
        self._found: dict[str, _Level | None] = {}
        self._top = top

    def entering(self, folder: str) -> None:
        """Read the folder's .gitignore, when these are obeyed and there is one."""
        if self._rules.gitignore:
            self._found[folder] = _of_file(os.path.join(folder, GITIGNORE), folder)

    def why(self, path: str, *, is_folder: bool, size: int = 0) -> Reason | None:
        """Why the path is left out, None when it is not. `size` is in bytes."""
        own = _verdict(self._own, path, is_folder)
        if own is False:
            return None  # the collection's own rules take it back
        if own:
            return self._own.reason
        name = os.path.basename(path)
        if name.startswith(".") and not self._rules.hidden:
            return Reason("hidden", "Hidden files are left out.")
        for level in (*self._levels(path), self._always):
            verdict = _verdict(level, path, is_folder)
            if verdict:
                return level.reason
            if verdict is False:
                break
        return self._too_large(size) if not is_folder else None

    def _too_large(self, size: int) -> Reason | None:
        most = self._rules.largest_mb
        if not most or size <= most * 1_000_000:
            return None
        words = f"It has {size / 1e6:,.0f} MB; this collection takes files up to {most:,} MB."
        return Reason("too_large", words)

    def _levels(self, path: str) -> list[_Level]:
        """The .gitignore files that speak about the path, the nearest first."""
        found: list[_Level] = []
        folder = os.path.dirname(path)
        while True:
            if (level := self._found.get(folder)) is not None:
                found.append(level)
            if folder == self._top or len(folder) <= len(self._top):
                return found
            folder = os.path.dirname(folder)


def _verdict(level: _Level, path: str, is_folder: bool) -> bool | None:
    """Whether the level's patterns leave the path out, take it back (False), or say nothing."""
    relative = os.path.relpath(path, level.base).replace(os.sep, "/")
    return level.spec.check_file(relative + "/" * is_folder).include


def _compiled(patterns: tuple[str, ...] | list[str]) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(patterns)


def _of_file(path: str, folder: str) -> _Level | None:
    try:
        if os.path.getsize(path) > _LARGEST_IGNORE or not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        reason = Reason("ignored", f"{path} leaves it out.")
        return _Level(folder, _compiled(lines), reason)
    except (OSError, ValueError):
        return None  # no such file, or one that holds no patterns: then it says nothing
