"""The models of the profile as rows for people, with how each fits this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.desk.shelf_requests import FoundModel, ModelRow, Suggestion
from carrel.errors import Cancelled, UserError, disk_full
from carrel_models import suggestions
from carrel_models.discovery import Discovery
from carrel_models.files import same_file
from carrel_models.fit import fit, largest_context
from carrel_models.gguf import BadGguf
from carrel_models.machine import Gpu, available_memory
from carrel_models.registry import Registry, UnknownModel
from carrel_models.stops import Progress, Stop, Stopped

if TYPE_CHECKING:
    from carrel_models.card import ModelCard

_ANOTHER = "Download it again, or take a .gguf file made for llama.cpp."


def rows(registry: Registry, context: int, gpus: Sequence[Gpu] = ()) -> list[ModelRow]:
    """Every known model. `context` is the wanted one, in tokens."""
    in_use = registry.in_use()
    chosen = in_use.id if in_use is not None else ""
    return [row(card, context, gpus, in_use=card.id == chosen) for card in registry.list()]


def describe(registry: Registry, path: str) -> tuple[ModelCard, bool]:
    """What a file is from its header, and whether it is on the shelf; nothing is added.

    Raises UserError with the reason when it cannot be used.
    """
    try:
        return registry.describe(path)
    except (BadGguf, OSError) as error:
        raise unusable(path, error) from error


def add(
    registry: Registry,
    path: str,
    copy: bool = False,
    progress: Progress | None = None,
    cancel: Stop | None = None,
) -> ModelCard:
    """Link a .gguf in place, or copy it into the profile.

    Raises UserError with the reason when it cannot be used, and Cancelled.
    """
    try:
        return registry.add(path, copy, progress, cancel)
    except (BadGguf, OSError) as error:
        raise unusable(path, error) from error
    except Stopped as stopped:
        raise Cancelled("Stopped; nothing was added.") from stopped


def identify(
    registry: Registry,
    model_id: str,
    progress: Progress | None = None,
    cancel: Stop | None = None,
) -> ModelCard:
    """The card with its SHA-256, computed when it is missing. Raises UserError and Cancelled."""
    try:
        return registry.identify(model_id, progress, cancel)
    except UnknownModel as error:
        raise _unknown(registry, error) from error
    except OSError as error:
        raise unusable(model_id, error) from error
    except Stopped as stopped:
        raise Cancelled("Stopped before the SHA-256 was computed.") from stopped


def use(registry: Registry, model_id: str) -> ModelCard:
    """Choose the model for the questions to come. Raises UserError."""
    try:
        return registry.use(model_id)
    except UnknownModel as error:
        raise _unknown(registry, error) from error
    except BadGguf as error:
        raise UserError(str(error), error.what_to_do or "Choose another.", "bad_model") from error


def remove(registry: Registry, model_id: str) -> None:
    """Take a model off the list; the user's file stays, a copy goes. Raises UserError."""
    if any(card.starter and card.id == model_id for card in registry.list()):
        raise UserError(
            "The starter model comes with Carrel and stays on the shelf.",
            "Use another model; this one is then never loaded.",
            "starter",
        )
    try:
        registry.remove(model_id)
    except UnknownModel as error:
        raise _unknown(registry, error) from error
    except OSError as error:
        raise UserError(
            f"The copy of {model_id} cannot be removed: {error.strerror}.",
            "Close what uses it, and allow writing in the profile.",
            "unremovable",
        ) from error


def unusable(path: str, error: BadGguf | OSError) -> UserError:
    """The sentence for a file that cannot go on the shelf."""
    name = Path(path).name or path
    if isinstance(error, FileNotFoundError):
        return UserError(f"There is no file {path}.", "Check the spelling of the path.", "missing")
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        what = UserError(f"{name} cannot be read: {reason}.", "Allow reading it.", "unreadable")
        return disk_full(error) or what
    return UserError(
        f"{name} is not a usable model: {error}", error.what_to_do or _ANOTHER, "bad_model"
    )


def offered(found: Discovery, registry: Registry) -> list[FoundModel]:
    """What other programs keep and the shelf does not have yet."""
    known = [card.path for card in registry.list()]
    return [
        FoundModel(
            path=str(one.path), program=one.program, name=one.name, kind=one.card.kind,
            quantization=one.card.quantization, size=one.card.size,
        )
        for one in found.models
        if not any(same_file(one.path, path) for path in known)
    ]  # fmt: skip


def suggested() -> list[Suggestion]:
    """The static page of models worth fetching by hand."""
    return [
        Suggestion(
            name=one.name, memory=one.memory, file=one.file, source=one.source, size=one.size,
            sha256=one.sha256, licence=one.licence, why=one.why,
        )
        for one in suggestions.suggestions()
    ]  # fmt: skip


def row(
    card: ModelCard, context: int, gpus: Sequence[Gpu] = (), *, in_use: bool = False
) -> ModelRow:
    """A card for people. `context` is the wanted one, in tokens."""
    memory = available_memory()
    verdict = fit(card, memory, context, gpus)
    template = card.template_family if card.template == "known" else card.template
    return ModelRow(
        id=card.id, name=card.name, path=card.path, kind=card.kind,
        architecture=card.architecture, quantization=card.quantization, size=card.size,
        parameters=card.parameters, trained_context=card.trained_context, licence=card.licence,
        template=template, sha256=card.sha256, in_use=in_use, suspect=card.suspect,
        fits=verdict.verdict if not card.problem else "no",
        fit_reason=card.problem or verdict.reason, starter=card.starter,
        base_model=card.base_model, provenance=card.provenance, copied=card.copied,
        context_that_fits=largest_context(card, memory, gpus) if not card.problem else None,
        layers=verdict.layers, all_layers=verdict.all_layers, parts=card.parts,
        template_sha256=card.template_sha256, tags=card.tags,
    )  # fmt: skip


def _unknown(registry: Registry, error: UnknownModel) -> UserError:
    known = ", ".join(card.id for card in registry.list()) or "none"
    return UserError(str(error), f"Known: {known}.", "no_model")
