"""Reads what strace recorded and names every call that could carry data off this computer."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

TRACED = "trace=network,io_uring_setup,io_uring_enter,io_uring_register"
_LINE = re.compile(r"^(?P<pid>\d+)\s+(?P<rest>.*)$")
_WHOLE = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>.+)$")
_BEGUN = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*?),?\s*<unfinished \.\.\.>$")
_ENDED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<arguments>.*)\)\s+= (?P<result>.+)$")
_FAMILY = re.compile(r"sa_family=(\w+)")
_OTHER_MODE = re.compile(r"runs in (\S+) (?:bit )?mode")


class Call(NamedTuple):
    """One system call as strace printed it; `result` is "?" where the process ended in it."""

    pid: int
    name: str
    arguments: str
    result: str

    @property
    def succeeded(self) -> bool:
        return not self.result.startswith(("-1", "?"))


class Finding(NamedTuple):
    """A call that could carry data away, in words; `refused` when the kernel did not let it."""

    what: str
    refused: bool
    call: Call


class Trace(NamedTuple):
    """A command that ran under strace: how it ended, what it said, the calls it made."""

    returncode: int
    stdout: str
    stderr: str
    calls: list[Call]

    @property
    def leaks(self) -> list[Finding]:
        return [finding for finding in findings(self.calls) if not finding.refused]

    @property
    def refused(self) -> list[Finding]:
        return [finding for finding in findings(self.calls) if finding.refused]


def run_traced(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, timeout: float = 100
) -> Trace:
    """Run `command` and all that it starts under strace, which writes to `log`."""
    strace = shutil.which("strace")
    assert strace, "strace is missing; type: sudo apt-get install strace"
    whole = [strace, "-f", "-qq", "-s", "64", "-e", TRACED, "-o", str(log), "--", *command]
    ended = subprocess.run(whole, env=env, capture_output=True, text=True, timeout=timeout)
    text = log.read_text(encoding="utf-8", errors="replace")
    return Trace(ended.returncode, ended.stdout, ended.stderr, parse(text))


def parse(text: str) -> list[Call]:
    """The calls of a log written by `strace -f -o`, halves that strace split put together again."""
    calls: list[Call] = []
    begun: dict[int, Call] = {}
    for line in text.splitlines():
        if mode := _OTHER_MODE.search(line):
            calls.append(Call(0, "mode", mode[1], "0"))
        if (found := _LINE.match(line)) is None:
            continue
        pid, rest = int(found["pid"]), found["rest"]
        if half := _BEGUN.match(rest):
            begun[pid] = Call(pid, half["name"], half["arguments"], "?")
        elif (half := _ENDED.match(rest)) and pid in begun:
            first = begun.pop(pid).arguments
            calls.append(Call(pid, half["name"], first + half["arguments"], half["result"]))
        elif whole := _WHOLE.match(rest):
            calls.append(Call(pid, whole["name"], whole["arguments"], whole["result"]))
    return calls + list(begun.values())


def findings(calls: Sequence[Call]) -> list[Finding]:
    """Every call that opens a way out, tried or done."""
    named = ((danger(call), call) for call in calls)
    return [Finding(what, not call.succeeded, call) for what, call in named if what]


def danger(call: Call) -> str:
    """What a call could do, in words; "" for a harmless one."""
    if call.name.startswith("io_uring_"):
        return "io_uring, which can make sockets of its own"
    if call.name == "mode":
        return f"system calls of another kind ({call.arguments}), which the filter does not see"
    if call.name in ("socket", "socketpair"):
        return _danger_of_socket(call)
    families = _FAMILY.findall(call.arguments) if _carries_address(call) else []
    if any(family not in ("AF_UNIX", "AF_LOCAL", "AF_UNSPEC") for family in families):
        return "a network address"
    if families and call.name in ("sendto", "sendmsg", "sendmmsg"):
        return "a message to a socket outside"
    return ""


def _danger_of_socket(call: Call) -> str:
    family, _, rest = call.arguments.partition(",")
    if family.strip() not in ("AF_UNIX", "AF_LOCAL"):
        return f"a socket outside AF_UNIX ({family.strip()})"
    kind = rest.partition(",")[0]
    if "SOCK_STREAM" in kind or "SOCK_SEQPACKET" in kind:
        return ""
    return "a datagram socket, which can send to any other on this computer"


def _carries_address(call: Call) -> bool:
    return call.name in ("connect", "bind", "sendto", "sendmsg", "sendmmsg")
