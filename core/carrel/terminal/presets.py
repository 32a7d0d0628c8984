"""`carrel models preset` and `carrel models template`: how a model is used, and what it is sent."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.markup import escape

from carrel.desk import presets as desk
from carrel.errors import UserError
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.desk.shelf_requests import PresetIs, TemplateChoices


def preset(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show the preset of a model, or change, reset, import or export it (in that order)."""
    model = arguments.target
    if arguments.reset:
        desk.reset(core, model)
    unknown = desk.read_file(core, model, arguments.import_).unknown if arguments.import_ else []
    if arguments.set:
        desk.change(core, model, dict(_pair(text) for text in arguments.set))
    if arguments.export:
        desk.write_file(core, model, arguments.export)
    found = desk.read(core, model)
    if unknown:
        output.note(f"The file has fields that mean nothing here: {', '.join(unknown)}.")
    if found.note:
        output.note(found.note)
    if output.json:
        document = {name: getattr(found, name) for name in found.__struct_fields__}
        output.document(document | {"unknown": unknown})
    else:
        _show(found, output)
    return 0


def template(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show the templates of a model and one of them rendered; with --choose use it from now on."""
    wanted = arguments.preview
    if arguments.choose is not None:
        wanted = wanted if wanted is not None else arguments.choose
        _refuse_broken(desk.templates(core, arguments.target, _named(arguments.choose)))
        desk.change(core, arguments.target, {"template": _named(arguments.choose)})
    shown = desk.templates(core, arguments.target, None if wanted is None else _named(wanted))
    if output.json:
        output.document(shown)
    else:
        _show_templates(shown, output)
    return 0


def _refuse_broken(shown: TemplateChoices) -> None:
    if shown.preview.problem:
        raise UserError(shown.preview.problem, "Nothing was changed.", "template_broken")


def _named(name: str) -> str:
    return "" if name == "auto" else name


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise UserError(f"{text!r} is no NAME=VALUE.", "Write, for example, temperature=0.7.")
    return name.strip(), value


def _show(found: PresetIs, output: Output) -> None:
    """Every field with its value, and whether that comes from the preset or is a default."""
    output.styled(f"[bold]{escape(found.model_id)}[/bold]")
    said = found.preset
    for name in said.__struct_fields__:
        value = getattr(said, name)
        if value is not None:
            output.line(f"   {name:<15} {_words(name, value)}")
            continue
        default = getattr(found.defaults, name, found.reply_tokens)
        source = "the vendor's" if name in found.vendor else "default"
        output.line(f"   {name:<15} {default} ({source})")


def _words(name: str, value: object) -> str:
    if name == "role_names" and isinstance(value, dict):
        return (
            ", ".join(f"{role} is {called}" for role, called in value.items()) or "the template's"
        )
    if isinstance(value, list):
        return " | ".join(value) or "none"
    if value == _CHOSEN.get(name):
        return "chosen by Carrel"
    return str(value) if value != "" else "none"


_CHOSEN = {"context": 0, "threads": 0, "gpu_layers": -1, "template": ""}


def _show_templates(shown: TemplateChoices, output: Output) -> None:
    for one in shown.choices:
        mark = "in force" if one.id == shown.chosen else ""
        output.line(f"{mark:<9} {one.id or 'auto':<18} {one.title}")
    preview = shown.preview
    output.styled(f"\n[bold]{escape(preview.name)}[/bold]")
    if preview.problem:
        output.line(preview.problem)
        return
    if preview.merges_system:
        output.line("It refuses a system role: system text stands in front of the first question.")
    if preview.thinks:
        output.line("The model can think aloud: ask --think.")
    output.line(f"\n{preview.text}")
