"""`carrel forget`, `verify` and `rebuild`."""

from __future__ import annotations

import argparse
import sys
import threading
from typing import TYPE_CHECKING

from carrel.errors import Cancelled, UserError
from carrel.library.forgetting import Wish, full_paths
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core


def forget(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Remove for good, after saying what it will be."""
    wish = Wish(
        tuple(full_paths(arguments.paths)), arguments.collection, arguments.conversation,
        arguments.everything,
    )  # fmt: skip
    plan = core.library.plan_forgetting(wish)
    if not arguments.yes:
        confirm(plan.words, output)
    done = core.forget(wish, keep_quotes=arguments.keep_quotes)
    if output.json:
        output.document(done)
        return 0
    output.line(
        f"Forgotten: {done.documents} documents, {done.passages} passages, {done.conversations}"
        f" conversations, {done.quotes} quotes, in {done.seconds:.1f} s."
    )
    return 0


def confirm(words: str, output: Output) -> None:
    """Ask. Raises UserError where nobody can answer, Cancelled for any answer but yes."""
    if output.json or not sys.stdin.isatty():
        raise UserError(words, "Run it again with --yes.", "confirm")
    output.line(words)
    output.piece("Forget this? [y/N] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled("Nothing was forgotten.")


def verify(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Check everything that is stored; 1 when something is wrong."""
    found = core.library.verify()
    if output.json:
        output.document(found)
    else:
        for one in found.checks:
            output.line(f"{'ok ' if one.ok else 'BAD'}  {one.name}: {one.words}")
    if found.ok:
        return 0
    if not output.json:
        output.line("Build the index again: carrel rebuild")
    return 1


def rebuild(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Build the index again from the database."""
    cancel = threading.Event()
    try:
        with stopping(cancel), output.progress() as bar:
            done = core.library.rebuild(bar, cancel)
    except Cancelled as stopped:
        output.note(str(stopped))
        return 130
    if output.json:
        output.document(done)
    else:
        output.line(
            f"Built again: {done.documents} documents, {done.passages} passages"
            f" in {done.seconds:.1f} s."
        )
    return 0
