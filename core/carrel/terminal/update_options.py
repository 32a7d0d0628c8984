"""The options of `carrel verify-update`."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def add_updates(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    verify = command("verify-update", "whether downloaded files are those that were released")
    verify.add_argument("files", nargs="+", metavar="FILE", help="what was downloaded")
    verify.add_argument("--list", default="", metavar="LIST", dest="listed_in",
                        help="the release's list (without: the one beside the file)")  # fmt: skip
    verify.add_argument("--key", default="", metavar="FILE",
                        help="the maintainers' public key (else: the installed one)")  # fmt: skip
