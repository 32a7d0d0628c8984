"""What the terminal says about models and adapters: a table of the shelf, and all facts of one."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from carrel.desk.shelf_requests import AdapterRow, ModelRow
from carrel.terminal.output import Output


def table(rows: list[ModelRow], shown: str) -> Table:
    """The shelf as a table; `shown` is the id of what was just added."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("id", no_wrap=True, overflow="ignore")  # people copy it
    for column in ("size", "kind", "template", "fits"):
        table.add_column(column)
    for row in rows:
        mark = "in use" if row.in_use else "added" if row.id == shown else ""
        kind = "" if row.kind == "chat model" else f"{row.kind}, "
        fits = row.fits if row.fits == "yes" else f"{row.fits}: {row.fit_reason}"
        table.add_row(
            mark, escape(row.id), f"{row.size / 1e6:,.0f} MB",
            escape(f"{kind}{row.architecture} {row.quantization}"), escape(row.template),
            escape(fits if row.kind == "chat model" or row.fits == "no" else ""),
        )  # fmt: skip
    return table


def print_model(row: ModelRow, output: Output) -> None:
    """Everything about one model, a line each; what the file does not say is left out."""
    marks = [word for word, holds in (("in use", row.in_use), ("starter", row.starter),
                                      ("suspect: it ended its process while loading", row.suspect),
                                      ("a copy of Carrel's", row.copied)) if holds]  # fmt: skip
    title = f"[bold]{escape(row.name)}[/bold]"
    output.styled(f"{title}  [dim]{escape(', '.join([row.id, *marks]))}[/dim]")
    layers = f"{row.layers} of {row.all_layers} on a graphics card" if row.layers else ""
    template = row.template + (f" (SHA-256 {row.template_sha256})" if row.template_sha256 else "")
    facts = {
        "kind": row.kind,
        "architecture": f"{row.architecture} {row.quantization}",
        "size": f"{row.size:,} bytes" + (f" in {row.parts} files" if row.parts > 1 else ""),
        "parameters": f"{row.parameters:,}" if row.parameters else "",
        "context": f"{row.trained_context:,} tokens trained" if row.trained_context else "",
        "fits": f"{row.fits}. {row.fit_reason}" if row.kind == "chat model" else "",
        "largest": f"{row.context_that_fits:,} tokens fit now" if row.context_that_fits else "",
        "layers": layers,
        "template": template,
        "licence": row.licence or "not named in the file",
        "base model": row.base_model,
        "provenance": row.provenance,
        "tags": ", ".join(row.tags),
        "file": row.path,
        "SHA-256": row.sha256 or "not computed yet",
    }
    _print_facts(facts, output)


def print_adapter(row: AdapterRow, output: Output) -> None:
    """What an adapter is, and whether it fits the model in use."""
    output.styled(f"[bold]{escape(row.name)}[/bold]  [dim]LoRA adapter[/dim]")
    fits = "fits the model in use" if row.fits else "does not fit the model in use"
    facts = {
        "architecture": row.architecture,
        "rank": str(row.rank or ""),
        "opening": row.opening,
        "size": f"{row.size:,} bytes",
        "fits": f"{fits}. {row.reason}".strip(),
        "licence": row.licence,
        "base model": row.base_model,
        "file": row.path,
    }
    _print_facts(facts, output)


def _print_facts(facts: dict[str, str], output: Output) -> None:
    for name, value in facts.items():
        if value:
            output.line(f"   {name:<13} {value}")
