"""Shows the set-up's progress in one tidy line per step and keeps everything else in its log."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "build" / "setup.log"
_QUIET_SECONDS = 60  # where there is no terminal, a long step says every minute that it lives
_PIP = re.compile(r"^(?:Downloading|Collecting) ([^\s]+)|^Progress (\d+) of (\d+)", re.MULTILINE)
_NINJA = re.compile(r"\[(\d+)/(\d+)\]")


class SetupError(Exception):
    """The set-up cannot go on: `what` is one sentence, `what_to_do` the next step."""

    def __init__(self, what: str, what_to_do: str) -> None:
        super().__init__(what)
        self.what = what
        self.what_to_do = what_to_do


def failed(error: SetupError) -> int:
    """Tell people why it cannot go on; returns the exit status."""
    print(f"\n{error.what}\n{error.what_to_do}", file=sys.stderr)
    return 1


def say(text: str) -> None:
    print(text, flush=True)


def megabytes(count: int) -> str:
    """A size in bytes for people: "98 MB", "1.3 GB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def activity(tail: str) -> str:
    """What pip or ninja is doing, from the last lines of their output; "" when nothing is known."""
    if "\nInstalling collected packages" in tail:
        return "unpacking"
    if numbers := _NINJA.findall(tail):
        return "{} of {} files".format(*numbers[-1])
    name, done, total = "", 0, 0
    for package, so_far, size in _PIP.findall(tail):
        if package:
            name, done, total = package.rsplit("/", 1)[-1].split("-")[0].split("=")[0], 0, 0
        else:
            done, total = int(so_far), int(size)
    if total > 5_000_000:
        return f"{name} {megabytes(done)} of {megabytes(total)}"
    return name


def run(title: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """Run `command` as one step named `title`; returns what it printed.

    Raises SetupError with the command's own last error line when it fails.
    """
    LOG.parent.mkdir(exist_ok=True)
    began = time.monotonic()
    with LOG.open("a+b") as log:
        log.write(f"\n$ {' '.join(command)}\n".encode())
        log.flush()
        start = log.seek(0, os.SEEK_END)
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=ROOT
        )
        try:
            _watch(title, process, began)
        except BaseException:
            process.kill()
            process.wait()
            raise
        log.seek(start)
        printed = log.read().decode("utf-8", "replace")
    if process.returncode != 0:
        _finish(title, "failed")
        raise SetupError(f"{title}: {_reason(printed)}", "See build/setup.log for the whole story.")
    _finish(title, f"{time.monotonic() - began:.0f} s")
    return printed


def _watch(title: str, process: subprocess.Popen[bytes], began: float) -> None:
    said = began
    while True:
        try:
            process.wait(timeout=0.5)
            return
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            line = f"  {title} ... {now - began:.0f} s  {activity(_tail())}"
            if sys.stdout.isatty():
                print(f"\r{line[:78]:<78}", end="", flush=True)
            elif now - said > _QUIET_SECONDS:
                said = now
                say(line)


def _finish(title: str, words: str) -> None:
    line = f"  {title}: {words}"
    say(f"\r{line:<78}" if sys.stdout.isatty() else line)


def _tail() -> str:
    with LOG.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - 4_000))
        return log.read().decode("utf-8", "replace")


def _reason(printed: str) -> str:
    """The line that says why: pip's last ERROR, or the last line at all."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR:", "error:", "CMake Error"))]
    return (errors or lines or ["it failed without a word."])[-1]
