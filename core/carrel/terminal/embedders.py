"""`carrel embedders`: what can search by meaning here, and which of them does."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from carrel.desk import embedders as desk
from carrel.desk.shelf_requests import EmbedderRow
from carrel.errors import Cancelled, UserError
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core


def embedders(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Run one of the actions on the shelf of embedders."""
    action, target = arguments.action, arguments.target
    if action != "list" and not target:
        what = "model folder" if action == "add" else "embedder"
        raise UserError(
            f"Which {what}? carrel embedders {action} needs one.", "See carrel embedders.",
            "missing",
        )  # fmt: skip
    actions: dict[str, Callable[[Core, str, Output], int]] = {
        "list": _list,
        "add": _add,
        "show": _show,
        "use": _use,
        "remove": _remove,
    }
    return actions[action](core, target, output)


def _list(core: Core, target: str, output: Output) -> int:
    return _print(core, output)


def _add(core: Core, target: str, output: Output) -> int:
    output.note("Preparing the embedder: exporting it and comparing it with the original.")
    return _print(core, output, core.embedders.add(target).id)


def _show(core: Core, target: str, output: Output) -> int:
    core.embedders.require(target)
    rows = [row for row in desk.rows(core) if row.id == target]
    if output.json:
        output.document({"embedders": rows})
        return 0
    for row in rows:
        _print_card(row, output)
    return 0


def _use(core: Core, target: str, output: Output) -> int:
    """Choose it and make its vectors; the old ones serve until all are there."""
    desk.use(core, target)
    cancel = threading.Event()
    try:
        with stopping(cancel), output.progress() as bar:
            core.library.reembed(bar, cancel)
    except Cancelled:
        output.note(
            f"Stopped: {core.library.serving.source.id} goes on serving. What is done stays done;"
            f" to go on: carrel embedders use {target}"
        )
        return 130
    return _print(core, output)


def _remove(core: Core, target: str, output: Output) -> int:
    desk.remove(core, target)
    return _print(core, output)


def _print(core: Core, output: Output, added: str = "") -> int:
    rows = desk.rows(core)
    if output.json:
        output.document({"embedders": rows, **({"embedder": added} if added else {})})
        return 0
    output.out.print(_table(rows, added))
    return 0


def _table(rows: list[EmbedderRow], added: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("id", no_wrap=True, overflow="ignore")  # people copy it
    for column in ("dimensions", "languages", "runs on"):
        table.add_column(column)
    for row in rows:
        mark = "in use" if row.in_use else "preparing" if row.preparing else ""
        mark = mark or ("added" if row.id == added else "")
        table.add_row(
            mark, escape(row.id), str(row.dimensions), escape(_languages(row)), _runs_on(row)
        )
    return table


def _print_card(row: EmbedderRow, output: Output) -> None:
    marks = [word for word, holds in (("in use", row.in_use), ("preparing", row.preparing),
                                      ("starter", row.starter)) if holds]  # fmt: skip
    output.styled(f"[bold]{escape(row.id)}[/bold]  [dim]{escape(', '.join(marks))}[/dim]")
    agreement = ""
    if row.mean_cosine is not None and row.top10_agreement is not None:
        agreement = (
            f"mean cosine {row.mean_cosine:.3f}, {row.top10_agreement:.0%} of the ten nearest"
        )
    facts = {
        "dimensions": str(row.dimensions),
        "languages": _languages(row),
        "runs on": _runs_on(row),
        "as original": agreement,
        "reads": f"{row.max_tokens} tokens of a passage" if row.max_tokens else "",
        "pooling": row.pooling,
        "prompts": ", ".join(f"{kind}: {text!r}" for kind, text in row.prompts.items() if text),
        "folder": row.source,
        "SHA-256": row.sha256 or "not prepared yet",
    }
    for name, value in facts.items():
        if value:
            output.line(f"   {name:<13} {value}")


def _languages(row: EmbedderRow) -> str:
    shown = ", ".join(row.languages[:8])
    more = len(row.languages) - 8
    return f"{shown} and {more} more" if more > 0 else shown or "not named"


def _runs_on(row: EmbedderRow) -> str:
    names = {"onnx": f"ONNX Runtime, {row.precision}", "torch": "sentence-transformers"}
    return names.get(row.runner, "")
