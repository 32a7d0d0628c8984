"""The kernel limits which files this process, and what it starts, may read and run: Landlock.

Through ctypes, without privilege and without a way back. What is open already stays open. Linux has
it since 5.13; where it is missing or switched off, `version()` is 0 and nothing is promised.
Sources: landlock(7), Linux include/uapi/linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable

# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
# Rights over files that the kernel learned to limit, by the version that brought them: 13 at first,
# then moving between folders, shortening files, and commands to devices.
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_TCP_SINCE, _TCP = 4, 0b11  # bind, connect
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract sockets and signals to processes outside


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that this kernel speaks, 0 when it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)))


def restrict(readable: Iterable[str], runnable: Iterable[str]) -> bool:
    """From now on only these files (and what lies under these folders) can be read, only
    `runnable` can be run, and nothing can be written, made or removed. For good.

    For a process with one thread: others would keep what they may. A path that is not there is
    passed over. Returns False where the kernel has no Landlock; raises OSError when it refuses.
    """
    known = version()
    if not known:
        return False
    rules = _Ruleset(
        files=sum(rights for since, rights in _RIGHTS.items() if since <= known),
        network=_TCP if known >= _TCP_SINCE else 0,
        scoped=_SCOPES if known >= _SCOPES_SINCE else 0,
    )
    size = 24 if known >= _SCOPES_SINCE else 16 if known >= _TCP_SINCE else 8
    ruleset = _must(_syscall(_CREATE_RULESET, ctypes.byref(rules), size, 0))
    try:
        for path in readable:
            _allow(ruleset, path, _READ_FILE)
        for path in runnable:
            _allow(ruleset, path, _READ_FILE | _EXECUTE)
        libc = ctypes.CDLL(None, use_errno=True)
        _must(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _must(_syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: str, rights: int) -> None:
    if sys.platform == "win32":
        return
    try:
        place = os.open(path, os.O_RDONLY | getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        folder = _READ_FOLDER if os.path.isdir(path) else 0
        rule = _PathBeneath(allowed=rights | folder, folder=place)
        _must(_syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(place)


def _syscall(*arguments: object) -> int:
    result: int = ctypes.CDLL(None, use_errno=True).syscall(*arguments)
    return result


def _must(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"The kernel refused to limit the files: {os.strerror(number)}.")
    return result
