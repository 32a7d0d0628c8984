"""A process that limits itself and then becomes another program: how tesseract runs.

    python -I -m carrel.worker become '{"program": ..., ...}'

It opens no document: a picture comes on its standard input, the text goes to its standard output.
Before it becomes the program it gives up the network (as every worker), starting processes, and,
where the kernel has Landlock, all files but the program, its libraries and its data. The program
inherits all of it, with limits of memory and of processor time. With `"probe": true` it tries what
is refused instead, and says on standard output what the kernel answered.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

import msgspec

from carrel.process import confine, limits
from carrel.process.probing import AttemptRow, result

CANNOT_START = 71
"""The exit status when the program could not be started under these limits (EX_OSERR)."""

_NICE = 10  # whoever waits for an answer gets the processor first
_PR_SET_PDEATHSIG = 1
MAX_FILES = 64


class Becoming(msgspec.Struct, frozen=True, kw_only=True):
    """What to become, and under which limits.

    `readable` are files and folders, `runnable` the program and its loader; `seconds` of processor
    time and `memory` in bytes of address space.
    """

    program: str
    arguments: list[str]
    readable: list[str]
    runnable: list[str]
    environment: dict[str, str] = {}
    seconds: int = 60
    memory: int = 2 * 1024**3
    probe: bool = False


def main(arguments: list[str]) -> int:
    """Limit this process and become the program. Returns only when that failed."""
    wanted = msgspec.json.decode(arguments[0], type=Becoming)
    try:
        _end_with_parent()
        _limit(wanted)
        confine.confine_recognizer(wanted.readable, wanted.runnable)
        if wanted.probe:
            return _probe(wanted.readable)
        command = [wanted.program, *wanted.arguments]
        if sys.platform == "win32":  # which has no way to become a program
            import subprocess

            return subprocess.call(command)
        os.execve(wanted.program, command, wanted.environment)
    except OSError as error:
        sys.stderr.write(f"{wanted.program} cannot be started: {error.strerror}.\n")
        return CANNOT_START


def _limit(wanted: Becoming) -> None:
    """Bound memory, processor time, open files and writing."""
    if sys.platform == "win32":
        return
    import resource

    os.nice(_NICE)
    limits.bound(wanted.memory, MAX_FILES)
    # At the first limit SIGXCPU says what was wrong; the second would end it without a word.
    resource.setrlimit(resource.RLIMIT_CPU, (wanted.seconds, wanted.seconds + 1))


def _end_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _probe(readable: list[str]) -> int:
    """Try what is refused: first what leaves this process alive, then becoming another program."""
    limited = confine.files_limited()
    tried = result()
    other = os.path.realpath(sys.executable)
    rows = [
        *tried.rows,
        _try_open("read a file that is not the program's", other, os.O_RDONLY, limited),
        _try_open("write a file", os.devnull, os.O_WRONLY, limited),
    ]
    words = "become another program"
    refused = AttemptRow(
        attempt=words, must_refuse=limited, allowed=False, outcome="refused by the kernel"
    )
    try:
        # Python starting here would print what no reader of this takes for a result.
        os.execve(other, [other, "-I", "-c", "print('started')"], {})
    except OSError:
        rows.append(refused)
    tried = msgspec.structs.replace(tried, rows=rows)
    sys.stdout.buffer.write(msgspec.json.encode(tried))
    return 0


def _try_open(words: str, path: str, flags: int, must_refuse: bool) -> AttemptRow:
    try:
        os.close(os.open(path, flags))
    except PermissionError:
        return AttemptRow(
            attempt=words, must_refuse=must_refuse, allowed=False, outcome="refused by the kernel"
        )
    return AttemptRow(attempt=words, must_refuse=must_refuse, allowed=True, outcome="allowed")
