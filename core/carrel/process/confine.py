"""The kernel refuses the network to this process, before anything else runs.

A seccomp filter is installed through ctypes: no dependency, no privilege, and no way back for this
process, its threads and its children. Two shapes exist:

- `confine_desk()` for the desk, its workers and the command line: socket() and connect() are
  refused altogether, socketpair() makes AF_UNIX streams only (a datagram pair can send to
  outside sockets).
- `confine_window()` for the window: it needs the display and the accessibility buses, so AF_UNIX
  stays; every other family is refused.

Both refuse io_uring (it can create sockets), pidfd_getfd and ptrace (they can take another
process's). `confine_reader()` adds a second filter for the process that parses files: it starts no
program and no process, and touches no other process's memory; threads stay.
`confine_recognizer()` is the same for the process that becomes a named program (text recognition):
it may run that program in its own place, and starts no process. seccomp cannot see which program,
so Landlock says it where the kernel has it. Where the platform has no such filter, `confined()`
says False and the Privacy page says so in words. Sources: seccomp(2), Linux
include/uapi/linux/{seccomp,filter,audit}.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import socket
import sys
from collections.abc import Iterable
from typing import Literal, NamedTuple

from carrel.process import landlock

Kind = Literal["desk", "window"]

_LD_NR, _LD_ARCH, _LD_ARG0, _LD_ARG1 = 0, 4, 16, 24  # offsets into struct seccomp_data
_LD, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000 | errno.EACCES
_MISSING = 0x00050000 | errno.ENOSYS
_X32_BIT = 0x40000000
_AF_UNIX = 1  # the same number on every Linux; Windows names none
_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _TSYNC = 38, 1, 1


class _Calls(NamedTuple):
    arch: int
    socket: int
    connect: int
    socketpair: int
    ptrace: int
    seccomp: int
    io_uring: tuple[int, int, int] = (425, 426, 427)
    pidfd_getfd: int = 438


class _Starting(NamedTuple):
    """Calls that start programs and processes, and those that reach into another's memory."""

    clone: int
    execve: int
    execveat: int
    forks: tuple[int, ...]
    memory: tuple[int, int]
    memfd: int
    clone3: int = 435


_MACHINES = {
    "x86_64": _Calls(0xC000003E, 41, 42, 53, 101, 317),
    "aarch64": _Calls(0xC00000B7, 198, 203, 199, 117, 277),
}
_STARTING = {
    "x86_64": _Starting(56, 59, 322, (57, 58), (310, 311), 319),
    "aarch64": _Starting(220, 221, 281, (), (270, 271), 279),
}
_CLONE_THREAD = 0x10000


class Attempt(NamedTuple):
    """One thing tried just now: `must_refuse` says what is promised, `outcome` what happened."""

    attempt: str
    must_refuse: bool
    allowed: bool
    outcome: str


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("jt", ctypes.c_ubyte),
        ("jf", ctypes.c_ubyte),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


_confined: Kind | None = None
_alone = False
_files_limited = False


def confined() -> Kind | None:
    """Which filter this process installed, None when it has none."""
    return _confined


def confine_desk() -> bool:
    """Refuse all networking to this process for good. Returns False where the platform cannot."""
    return _confine("desk")


def confine_window() -> bool:
    """Refuse every socket family but AF_UNIX to this process for good."""
    return _confine("window")


def confine_reader() -> bool:
    """Refuse to start programs and processes, beside what another filter refuses. For good.

    Returns False where the platform cannot.
    """
    return _be_alone(may_become=False)


def confine_recognizer(readable: Iterable[str], runnable: Iterable[str]) -> bool:
    """Refuse to start processes, for good; this process may still become one of `runnable`, and
    that program inherits all of this.

    With Landlock it may read `readable` (files and folders) and nothing else, become none but
    `runnable`, and write nothing. Returns False where the platform cannot even refuse processes.
    """
    global _files_limited
    _files_limited = landlock.restrict(readable, runnable)
    return _be_alone(may_become=True)


def files_limited() -> bool:
    """Whether the kernel limits which files this process reads and runs."""
    return _files_limited


def _be_alone(*, may_become: bool) -> bool:
    global _alone
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _MACHINES:
        return False
    if not _alone:
        _install(_alone_program(_MACHINES[machine], _STARTING[machine], may_become=may_become))
        _alone = True
    return True


def _confine(kind: Kind) -> bool:
    global _confined
    os.umask(0o077)
    _no_core_dumps()
    if not sys.platform.startswith("linux") or platform.machine() not in _MACHINES:
        return False
    if _confined != kind and _confined != "desk":
        _install(_program(kind, _MACHINES[platform.machine()]))
        _confined = kind
    return True


def _no_core_dumps() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _program(kind: Kind, calls: _Calls) -> list[tuple[int, int, int, int]]:
    """The filter as (code, jump if true, jump if false, constant).

    Written backwards from its three ends, so that jumps are distances to named places.
    """
    refused = [calls.ptrace, calls.pidfd_getfd, *calls.io_uring]
    if kind == "desk":
        refused += [calls.socket, calls.connect]
        pairs = [
            (_LD, 0, 0, _LD_ARG0), (_JEQ, 0, 4, _AF_UNIX),
            (_LD, 0, 0, _LD_ARG1), (_AND, 0, 0, 0xF), (_JEQ, 0, 1, socket.SOCK_STREAM),
        ]  # fmt: skip
        families = [calls.socketpair]
    else:
        pairs = [(_LD, 0, 0, _LD_ARG0), (_JEQ, 0, 1, _AF_UNIX)]
        families = [calls.socketpair, calls.socket]
    ends = [(_RET, 0, 0, _ALLOW), (_RET, 0, 0, _REFUSE)]
    tests = [*((n, "pair") for n in families), *((n, "refuse") for n in refused)]
    body: list[tuple[int, int, int, int]] = []
    for i, (number, target) in enumerate(tests):
        left = len(tests) - 1 - i  # tests that follow; after them one jump to ALLOW
        distance = left + 1 if target == "pair" else left + 1 + len(pairs) + 1
        body.append((_JEQ, distance, 0, number))
    return [*_head(calls), *body, (_RET, 0, 0, _ALLOW), *pairs, *ends]


def _head(calls: _Calls) -> list[tuple[int, int, int, int]]:
    """Kill for calls of another kind, then load the number of the call."""
    head = [
        (_LD, 0, 0, _LD_ARCH), (_JEQ, 1, 0, calls.arch), (_RET, 0, 0, _KILL),
        (_LD, 0, 0, _LD_NR),
    ]  # fmt: skip
    if calls.arch == _MACHINES["x86_64"].arch:
        head += [(_JGE, 0, 1, _X32_BIT), (_RET, 0, 0, _KILL)]
    return head


def _alone_program(
    calls: _Calls, starting: _Starting, *, may_become: bool
) -> list[tuple[int, int, int, int]]:
    refused = [starting.execveat, *starting.forks, *starting.memory]
    # A file in memory has no place that Landlock could name: it is no way to another program.
    refused += [starting.memfd] if may_become else [starting.execve]
    # What clone3 would do stands in memory, where a filter cannot look: told that it is missing,
    # the C library makes its threads with clone.
    ends = [
        (_RET, 0, 0, _ALLOW), (_RET, 0, 0, _REFUSE), (_RET, 0, 0, _MISSING),
        (_LD, 0, 0, _LD_ARG0), (_JSET, 0, 1, _CLONE_THREAD), (_RET, 0, 0, _ALLOW),
        (_RET, 0, 0, _REFUSE),
    ]  # fmt: skip
    tests = [*((n, 1) for n in refused), (starting.clone3, 2), (starting.clone, 3)]
    body = [(_JEQ, len(tests) - 1 - i + end, 0, number) for i, (number, end) in enumerate(tests)]
    return [*_head(calls), *body, *ends]


def _install(program: list[tuple[int, int, int, int]]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = (_Instruction * len(program))(*(_Instruction(*one) for one in program))
    prog = _Program(len(program), instructions)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "The kernel refused no_new_privs.")
    number = _MACHINES[platform.machine()].seccomp
    if libc.syscall(number, _SET_MODE_FILTER, _TSYNC, ctypes.byref(prog)) != 0:
        raise OSError(ctypes.get_errno(), "The kernel refused the network filter.")


def probe() -> list[Attempt]:
    """Try, now, in this process, what must be refused; nothing is sent anywhere."""
    local = confined() == "desk"
    tries: list[tuple[str, int, int, bool]] = [
        ("open a TCP socket (IPv4)", socket.AF_INET, socket.SOCK_STREAM, True),
        ("open a TCP socket (IPv6)", socket.AF_INET6, socket.SOCK_STREAM, True),
        ("open a UDP socket", socket.AF_INET, socket.SOCK_DGRAM, True),
    ]
    if sys.platform.startswith("linux"):
        tries += [
            ("open a raw packet socket", socket.AF_PACKET, socket.SOCK_RAW, True),
            ("open a local (AF_UNIX) socket", _AF_UNIX, socket.SOCK_STREAM, local),
        ]
    rows = [_try_socket(*one) for one in tries]
    if sys.platform.startswith("linux"):
        rows += [_try_pair(local), _try_io_uring()]
        if _alone:
            rows += [_try_program()]
    return rows


def _try_socket(words: str, family: int, kind: int, must_refuse: bool) -> Attempt:
    try:
        socket.socket(family, kind).close()
    except PermissionError as error:
        # A raw socket needs privilege anyway; without the filter the error is EPERM, not EACCES.
        filtered = error.errno == errno.EACCES
        outcome = "refused by the kernel" if filtered else "refused (needs privilege)"
        return Attempt(words, must_refuse, False, outcome)
    except OSError as error:
        return Attempt(words, must_refuse, False, f"not available ({error.strerror})")
    return Attempt(words, must_refuse, True, "allowed")


def _try_pair(must_refuse: bool) -> Attempt:
    words = "open a local datagram pair"
    try:
        for end in socket.socketpair(_AF_UNIX, socket.SOCK_DGRAM):
            end.close()
    except OSError as error:
        return Attempt(words, must_refuse, False, _outcome(error.errno or 0))
    return Attempt(words, must_refuse, True, "allowed")


def _try_io_uring() -> Attempt:
    libc = ctypes.CDLL(None, use_errno=True)
    words = "open an io_uring"
    parameters = ctypes.create_string_buffer(256)
    fd = libc.syscall(425, 1, parameters)
    if fd < 0:
        return Attempt(words, True, False, _outcome(ctypes.get_errno()))
    os.close(fd)
    return Attempt(words, True, True, "allowed")


def _try_program() -> Attempt:
    """Start a program that does not exist, in a file that is not open."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(_STARTING[platform.machine()].execveat, -1, None, None, None, 0)
    refused = ctypes.get_errno() == errno.EACCES
    outcome = _outcome(ctypes.get_errno()) if refused else "allowed"
    return Attempt("start a program", True, not refused, outcome)


def _outcome(number: int) -> str:
    if number == errno.EACCES:
        return "refused by the kernel"
    return f"not available ({os.strerror(number)})"
