"""`carrel sync`, `retry`, `rules`, `left-out`, `pause`, `resume`: keeping the library in step."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from rich.markup import escape

from carrel.desk.library_requests import LeftOutRow, Rules, Synced
from carrel.errors import Cancelled, UserError
from carrel.events import IndexProgress
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core

_Work = Callable[[Callable[[IndexProgress], None], threading.Event], Synced]
_ALL = 1_000_000  # rows of a list that is printed whole


def sync(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Bring collections up to date with their folders."""
    core.library.require(arguments.collections)
    return _done(output, lambda bar, stop: core.library.sync(arguments.collections, bar, stop))


def retry(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Read documents again."""
    paths = [os.path.abspath(os.path.expanduser(one)) for one in arguments.paths]
    return _done(output, lambda bar, stop: core.library.retry(paths, bar, stop))


def _done(output: Output, work: _Work) -> int:
    cancel = threading.Event()
    try:
        with stopping(cancel), output.progress() as bar:
            done = work(bar, cancel)
    except Cancelled as stopped:
        output.note(str(stopped))
        return 130
    if output.json:
        output.document(done)
        return 0
    output.line(
        f"{done.new} new, {done.changed} changed, {done.moved} moved, {done.missing} missing,"
        f" {done.unchanged} unchanged; {done.documents} documents, {done.passages} passages"
        f" in {done.seconds:.1f} s."
    )
    for name in done.away:
        output.line(f"{name} is away: its drive or folder is not there. Nothing of it was changed.")
    return 0


def rules(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show or change what is left out of a collection; `sync` then brings it up to date."""
    catalogue = core.library.catalogue
    ((number, _),) = catalogue.collection_ids([arguments.collection])
    old = catalogue.rules(number)
    new = _changed(old, arguments)
    if new != old:
        catalogue.set_rules(number, new)
    if output.json:
        output.document({"collection": arguments.collection, "rules": new})
        return 0
    output.line("Patterns: " + (" ".join(new.patterns) or "none"))
    output.line(f".gitignore files: {'obeyed' if new.gitignore else 'not obeyed'}")
    output.line(f"Hidden files: {'taken in' if new.hidden else 'left out'}")
    output.line(f"Largest file: {f'{new.largest_mb} MB' if new.largest_mb else 'as the setting'}")
    if new != old:
        output.line(f"Bring it up to date: carrel sync {arguments.collection}")
    return 0


def _changed(rules: Rules, arguments: argparse.Namespace) -> Rules:
    unknown = [one for one in arguments.remove if one not in rules.patterns]
    if unknown:
        raise UserError(
            f"There is no rule {unknown[0]}.", f"Known: {' '.join(rules.patterns) or 'none'}."
        )
    kept = [one for one in rules.patterns if one not in arguments.remove]
    new = msgspec.structs.replace(rules, patterns=list(dict.fromkeys([*kept, *arguments.add])))
    for name in ("gitignore", "hidden"):
        if getattr(arguments, name):
            new = msgspec.structs.replace(new, **{name: getattr(arguments, name) == "yes"})
    if arguments.largest is not None:
        new = msgspec.structs.replace(new, largest_mb=arguments.largest)
    return new


def left_out(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """List what lies in the folders and is no document, and why."""
    names = [arguments.collection] if arguments.collection else []
    rows, total = core.library.catalogue.left_out(names, limit=_ALL)
    if output.json:
        found = [LeftOutRow(path=p, code=c, reason=r, collection=n) for p, c, r, n in rows]
        output.document({"left_out": found})
        return 0
    for path, code, reason, _ in rows:
        output.styled(f"{code:<12} {escape(path)}")
        output.line(f"             {reason}")
    if not total:
        output.line("Nothing is left out.")
    return 0


def pause(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Pause indexing in the window, or go on (`resume`); kept until it is changed."""
    paused = arguments.command == "pause"
    core.library.pause(paused)
    if output.json:
        output.document({"paused": paused})
    else:
        output.line("Indexing is paused." if paused else "Indexing goes on.")
    return 0
