"""The console script: a command goes to the command line of the core; no command, or model files
in the place of one, open the window.

Nothing of Qt is imported before it is clear that a window is wanted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class WindowArguments(NamedTuple):
    """What the window is opened with: `files` are models to be offered, never loaded by that."""

    profile: str | None
    fakes: bool
    files: tuple[str, ...] = ()


def main(argv: Sequence[str] | None = None) -> int:
    """Run `carrel [--profile DIR] [--fakes] [COMMAND ...]`; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--worker"]:  # a frozen build starts its workers by its own name
        from carrel.worker import main as worker

        return worker(arguments[1:])
    window = window_arguments(arguments)
    if window is not None:
        from carrel.process.confine import confine_window

        confine_window()
        from carrel_desktop.app import run

        return run(*window)
    if command(arguments) == "selftest":
        from carrel.process.confine import confine_window

        confine_window()
        from carrel_desktop.selftest import main as selftest

        return selftest(arguments)
    from carrel.cli import main as command_line

    return command_line(arguments, print_pdf)


def print_pdf(html: str) -> bytes:
    """Print a page of HTML as PDF; Qt is started for it, without a window."""
    from carrel_desktop.printing import as_pdf

    return as_pdf(html)


def window_arguments(arguments: Sequence[str]) -> WindowArguments | None:
    """Return what the arguments say when they ask for the window, else None.

    Besides options they may name model files that exist, as a file manager's "open with" does.
    """
    profile: str | None = None
    fakes = False
    files: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--fakes":
            fakes = True
        elif word == "--profile" and rest and not rest[0].startswith("-"):
            profile = rest.pop(0)
        elif word.startswith("--profile=") and len(word) > len("--profile="):
            profile = word.partition("=")[2]
        elif word.lower().endswith(".gguf") and Path(word).is_file():
            files.append(str(Path(word).absolute()))
        else:
            return None
    return WindowArguments(profile, fakes, tuple(files))


def command(arguments: Sequence[str]) -> str:
    """Return the first word that is neither an option nor an option's value, "" for none."""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--profile" and rest:
            rest.pop(0)
        elif not word.startswith("-"):
            return word
    return ""


if __name__ == "__main__":
    sys.exit(main())
