"""`carrel models`: the shelf of models, what a file is, and what else lies on this disk."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.markup import escape

from carrel.desk import models as desk
from carrel.desk.adding import file_is, take_in
from carrel.desk.shelf_requests import FileIs, ModelRow
from carrel.errors import Cancelled, UserError
from carrel.terminal import presets
from carrel.terminal.asking import stopping
from carrel.terminal.hardware import plan_for, plan_lines
from carrel.terminal.model_words import print_adapter, print_model, table
from carrel.terminal.output import Output
from carrel_models.discovery import discover, places
from carrel_models.intake import absolute
from carrel_models.suggestions import UNKNOWN

if TYPE_CHECKING:
    from carrel.compose import Core

_NEEDS_NOTHING = ("list", "find", "suggest", "preset", "template")  # the last two: in use


def models(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Run one of the actions on the shelf of models."""
    action, target = arguments.action, arguments.target
    if action not in _NEEDS_NOTHING and not target:
        what = "file" if action in ("add", "describe") else "model"
        raise UserError(
            f"Which {what}? carrel models {action} needs one.", "See carrel models.", "missing"
        )
    actions: dict[str, Callable[[Core, argparse.Namespace, Output], int]] = {
        "list": _list,
        "show": _show,
        "describe": _describe,
        "add": _add,
        "remove": _remove,
        "use": _use,
        "find": _find,
        "suggest": _suggest,
        "preset": presets.preset,
        "template": presets.template,
    }
    return actions[action](core, arguments, output)


def _list(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    return _print(core, output)


def _add(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Add a file; the SHA-256 is there when the command ends."""
    cancel = threading.Event()
    with stopping(cancel):
        with output.bar("Copying" if arguments.copy else "Looking at the file") as bar:
            taken = take_in(core, arguments.target, arguments.copy, bar, cancel)
        if not taken.adapter:
            with output.bar("Computing the SHA-256") as bar:
                desk.identify(core.registry, taken.id, bar, cancel)
    return _print(core, output, taken.id, taken.adapter)


def _use(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    return _print(core, output, desk.use(core.registry, _id_of(core, arguments.target)).id)


def _remove(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    desk.remove(core.registry, _id_of(core, arguments.target))
    return _print(core, output)


def _show(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    target, shelf = _id_of(core, arguments.target), _rows(core)
    rows = [row for row in shelf if row.id == target]
    if not rows:
        known = ", ".join(row.id for row in shelf) or "none"
        raise UserError(f"No model is called {target}.", f"Known: {known}.", "no_model")
    plan = plan_for(core, rows[0].path) if rows[0].kind == "chat model" else None
    if output.json:
        output.document({"models": rows, "memory": plan})
        return 0
    for row in rows:
        print_model(row, output)
    for line in plan_lines(plan) if plan is not None else ():
        output.line(f"   {'memory':<13} {line}")
    return 0


def _describe(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Say what a file is; a file that cannot be used is an error, with or without --json."""
    told = file_is(core, arguments.target)
    if told.problem:
        raise UserError(told.problem, told.what_to_do, "bad_model")
    if output.json:
        output.document(told)
        return 0
    if told.model is not None:
        print_model(told.model, output)
    if told.adapter is not None:
        print_adapter(told.adapter, output)
    output.line("It is on the shelf." if told.already else _how_to_add(told))
    return 0


def _find(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    cancel = threading.Event()
    with stopping(cancel):
        found = discover(places(), cancel)
    if cancel.is_set():
        raise Cancelled("Stopped.")
    offered = desk.offered(found, core.registry)
    if output.json:
        output.document({"found": offered, "searched": found.searched})
        return 0
    for one in offered:
        facts = f"{one.program} · {one.kind} · {one.quantization} · {one.size / 1e6:,.0f} MB"
        output.styled(f"[bold]{escape(one.name)}[/bold]  [dim]{escape(facts)}[/dim]")
        output.line(f"   {one.path}")
    looked = ", ".join(found.searched) or "none of the known programs has a folder here"
    output.line(f"{len(offered)} found that are not on the shelf. Looked in: {looked}.")
    if offered:
        output.line("Add one, linked in place, with: carrel models add PATH")
    return 0


def _suggest(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    suggested = desk.suggested()
    if output.json:
        output.document({"suggestions": suggested})
        return 0
    for one in suggested:
        size = f"{one.size:,} bytes" if one.size else UNKNOWN
        output.styled(
            f"[bold]{escape(one.name)}[/bold] · for {one.memory} GB of memory · {one.licence}"
        )
        output.line(f"   {one.why}")
        output.line(f"   file     {one.file}")
        output.line(f"   source   {one.source}")
        output.line(f"   size     {size}")
        output.line(f"   SHA-256  {one.sha256 or UNKNOWN}")
    output.line("Carrel downloads nothing. Fetch the file yourself, then: carrel models add FILE")
    return 0


def _rows(core: Core) -> list[ModelRow]:
    return desk.rows(core.registry, core.settings.whole("context"), core.hardware.gpus())


def _id_of(core: Core, target: str) -> str:
    """The id of a model of the shelf that is named by its id or its file; else what was said."""
    path = str(absolute(target))
    return next((card.id for card in core.registry.list() if card.path == path), target)


def _print(core: Core, output: Output, shown: str = "", adapter: bool = False) -> int:
    rows = _rows(core)
    if output.json:
        added = {"adapter" if adapter else "model": shown} if shown else {}
        output.document({"models": rows, **added})
        return 0
    output.out.print(table(rows, shown))
    if adapter:
        output.line(f"The adapter {shown} is on its shelf: carrel adapters")
    return 0


def _how_to_add(told: FileIs) -> str:
    return f"Nothing was added. To add it: carrel models add {told.path}"
