"""The desk process, told in order: confined already, it opens the profile, serves, and ends.

`python -I -m carrel.worker desk --line R,W [--profile DIR] [--fakes] [--model M] [--engine E]`. The
window holds the profile's lock; when the window's line ends, the desk finishes what it writes and
ends, and its workers with it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from typing import get_args

from carrel.compose import Core
from carrel.desk.locking import Door
from carrel.desk.requests import Request
from carrel.desk.service import THREADS
from carrel.events import Message
from carrel.process import reports
from carrel.process.child import open_their_line
from carrel.process.rpc import Call, Handlers, Reply
from carrel.process.server import Server
from carrel.profile import Profile


def main(numbers: str, rest: list[str]) -> int:
    """Serve the line with these descriptor numbers; never returns a line without an answer."""
    arguments = _parser().parse_args(rest)
    line = open_their_line(numbers)
    door = Door(
        Profile.at(arguments.profile), lambda key: _open(arguments, key),
        lambda message: server.send_event(message), fakes=arguments.fakes,
    )  # fmt: skip
    try:
        door.begin()
    except Exception as error:  # noqa: BLE001 - every request is answered with it
        Server(line, _refusing(error), threads=1).run()
        return 1
    server = Server(
        line, door.handlers(), threads=THREADS, on_end=door.stop,
        on_defect=lambda error, where: _report(door.profile, error, where),
    )  # fmt: skip
    door.wake()
    server.run()
    door.close()
    os._exit(0)  # a native library's thread must not keep an unwatched process alive


def _report(profile: Profile, error: Exception, where: str) -> None:
    with contextlib.suppress(OSError):  # a full disk must not turn one defect into two
        reports.keep(profile.logs, error, f"desk: {where}")


def _refusing(error: Exception) -> Handlers:
    """Handlers that answer every request with the reason why the profile could not be opened."""

    def refuse(request: Message, call: Call) -> Iterator[Reply]:
        raise error
        yield

    return {kind: refuse for kind in get_args(Request)}


def _open(arguments: argparse.Namespace, key: bytes | None) -> Core:
    return Core(
        Profile.at(arguments.profile), fakes=arguments.fakes, model=arguments.model,
        engine=arguments.engine, key=key,
    )  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="carrel-desk")
    parser.add_argument("--profile")
    parser.add_argument("--fakes", action="store_true")
    parser.add_argument("--model", default="")
    parser.add_argument("--engine", choices=("llama", "simple"), default="llama")
    return parser
