"""The options that are about adapters: `ask --adapter`, `carrel adapters`, `carrel compare`."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def add_adapters(
    command: Callable[..., argparse.ArgumentParser], ask: argparse.ArgumentParser
) -> None:
    """Add the commands to the parser, and the option to `ask`."""
    ask.add_argument("--adapter", action="append", metavar="A[=SCALE]",
                     help="an adapter's id or file; may be repeated")  # fmt: skip
    adapters = command("adapters", "list, add, show, remove, use, take off or import adapters")
    actions = ("list", "add", "show", "remove", "use", "off", "import", "answers")
    adapters.add_argument("action", nargs="?", default="list", choices=actions)
    adapters.add_argument("targets", nargs="*", default=[], metavar="A[=SCALE]")
    adapters.add_argument("--example", action="append", default=[], metavar="QUESTION",
                          help="answers: a question that it answers alone")  # fmt: skip
    adapters.add_argument("--copy", action="store_true", help="copy the file into the profile")
    adapters.add_argument("--base", default="", metavar="MODEL",
                          help="the model that an imported adapter was made for")  # fmt: skip
    compare = command("compare", "one question to two settings, side by side")
    compare.add_argument("question", nargs="+", metavar="QUESTION")
    compare.add_argument("--a", default="", metavar="model=M,adapter=A=SCALE,mode=MODE")
    compare.add_argument("--b", default="", metavar="model=M,adapter=A=SCALE,mode=MODE")
    compare.add_argument("--collection", default="", metavar="N")
