"""The models of the profile as rows for people, with how each fits this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from carrel.desk.shelf_requests import ModelRow
from carrel.errors import UserError
from carrel_models.fit import available_memory, fit
from carrel_models.gguf import BadGguf
from carrel_models.registry import Registry, UnknownModel

if TYPE_CHECKING:
    from carrel_models.card import ModelCard


def rows(registry: Registry, context: int) -> list[ModelRow]:
    """Every known model. `context` is the wanted one, in tokens."""
    in_use = registry.in_use()
    return [_row(card, in_use, context) for card in registry.list()]


def add(registry: Registry, path: str) -> ModelCard:
    """Link a .gguf in place. Raises UserError with the reason when it cannot be one."""
    file = Path(path).expanduser()
    if not file.exists():
        raise UserError(f"There is no file {path}.", "Check the spelling of the path.", "missing")
    try:
        return registry.add(file)
    except BadGguf as error:
        raise UserError(
            f"{file.name} is not a usable model: {error}",
            "Download it again, or take a .gguf file made for llama.cpp.",
            "bad_model",
        ) from error
    except OSError as error:
        raise UserError(
            f"{file.name} cannot be read: {error.strerror}.", "Allow reading it.", "unreadable"
        ) from error


def use(registry: Registry, model_id: str) -> ModelCard:
    """Choose the model for the questions to come. Raises UserError."""
    try:
        return registry.use(model_id)
    except UnknownModel as error:
        known = ", ".join(card.id for card in registry.list()) or "none"
        raise UserError(str(error), f"Known: {known}.", "no_model") from error
    except BadGguf as error:
        raise UserError(str(error), "Choose another.", "bad_model") from error


def remove(registry: Registry, model_id: str) -> None:
    """Take a model off the list; its file stays. Raises UserError."""
    try:
        registry.remove(model_id)
    except UnknownModel as error:
        raise UserError(str(error), "See carrel models.", "no_model") from error


def _row(card: ModelCard, in_use: ModelCard | None, context: int) -> ModelRow:
    verdict = fit(card, available_memory(), context)
    template = card.template_family if card.template == "known" else card.template
    return ModelRow(
        id=card.id, name=card.name, path=card.path, kind=card.kind,
        architecture=card.architecture, quantization=card.quantization, size=card.size,
        parameters=card.parameters, trained_context=card.trained_context, licence=card.licence,
        template=template, sha256=card.sha256,
        in_use=in_use is not None and in_use.id == card.id, suspect=card.suspect,
        fits=verdict.verdict if not card.problem else "no",
        fit_reason=card.problem or verdict.reason, starter=card.starter,
    )  # fmt: skip
