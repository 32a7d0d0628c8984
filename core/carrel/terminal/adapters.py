"""`carrel adapters`: the shelf of LoRA adapters, and those that the model in use is used with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from carrel.desk import adapters as desk
from carrel.desk.shelf_requests import AdapterChoice, AdapterList
from carrel.engine.attaching import resolve
from carrel.errors import UserError
from carrel.terminal.output import Output
from carrel_models.gguf import BadGguf

if TYPE_CHECKING:
    from carrel.compose import Core

_NEEDS_NONE = ("list", "off")


def adapters(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """List adapters, or add, show, remove, import, use or take off some."""
    action, targets = arguments.action, arguments.targets
    if action not in _NEEDS_NONE and not targets:
        raise UserError(
            f"Which adapter? carrel adapters {action} needs one.", "See carrel adapters."
        )
    if action == "add":
        for target in targets:
            _add(core, target, arguments.copy)
    elif action == "remove":
        for target in targets:
            desk.remove(core, resolve(core.adapters, target).id)
    elif action == "use":
        desk.choose(core, [choice(target) for target in targets])
    elif action == "off":
        desk.choose(core, [])
    elif action == "answers":
        desk.declare(core, resolve(core.adapters, targets[0]).id, arguments.example)
    elif action == "import":
        _import(core, arguments)
    _show(desk.rows(core), targets if action in ("show", "answers") else None, output)
    return 0


def choice(text: str) -> AdapterChoice:
    """An adapter and its scale from A or A=SCALE. Raises UserError when SCALE is no number."""
    name, sign, scale = text.rpartition("=")
    if not sign or not name or Path(text).exists():
        return AdapterChoice(id=text)
    try:
        return AdapterChoice(id=name, scale=float(scale))
    except ValueError:
        raise UserError(
            f"The scale in {text} is not a number.", "Write it as in tone=0.8.", "scale"
        ) from None


def choices(texts: list[str] | None) -> list[AdapterChoice] | None:
    """The adapters of repeated `--adapter` options; None without any, [] for `--adapter none`."""
    if not texts:
        return None
    return [choice(text) for text in texts if text != "none"]


def _import(core: Core, arguments: argparse.Namespace) -> None:
    from carrel.desk.importing import import_peft

    for target in arguments.targets:
        import_peft(core, target, arguments.base)


def _add(core: Core, target: str, copy: bool) -> None:
    path = Path(target).expanduser()
    if not path.exists():
        raise UserError(f"There is no file {target}.", "Check the spelling of the path.", "missing")
    if path.is_dir():
        raise UserError(
            f"{target} is a folder.", "Import a PEFT folder with carrel adapters import DIR.",
            "folder",
        )  # fmt: skip
    try:
        core.adapters.add(path, copy=copy)
    except (BadGguf, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"{path.name} cannot be used as an adapter: {reason}",
            getattr(error, "what_to_do", "") or "Take a LoRA adapter in GGUF form.",
            "adapter_broken",
        ) from error


def _show(rows: AdapterList, only: list[str] | None, output: Output) -> None:
    found = rows.adapters
    if only is not None:
        found = [row for row in found if row.id in only or row.path in only]
        if not found:
            raise UserError(
                f"No adapter is called {only[0]}.", "See carrel adapters.", "no_adapter"
            )
    if output.json:
        output.document({"adapters": found, "model_id": rows.model_id})
        return
    if not found:
        output.line("No adapters yet. Add one: carrel adapters add FILE.gguf")
        return
    output.out.print(_table(AdapterList(model_id=rows.model_id, adapters=found)))
    for row in found if only is not None else ():
        for example in row.answers:
            output.line(f"{row.name} answers alone: {example}")
    output.note(f"Fits and scales are for the model in use, {rows.model_id or 'none yet'}.")


def _table(rows: AdapterList) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "id", "name", "made for", "rank", "size", "fits"):
        table.add_column(column)
    for row in rows.adapters:
        mark = "" if row.scale is None else f"on, {row.scale:g}"
        fits = f"{'yes' if row.fits else 'no'}{': ' if row.reason else ''}{row.reason}"
        table.add_row(
            mark, escape(row.id), escape(row.name), escape(row.base_model or row.architecture),
            str(row.rank or ""), f"{row.size / 1e6:,.1f} MB", escape(fits),
        )  # fmt: skip
    return table
