"""Presets and templates: how a model is used, and what it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from carrel.answering.usage import defaults
from carrel.desk import shelf_requests as s
from carrel.desk.telling import Tell
from carrel.engine.messages import PreviewTemplate, TemplatePreview
from carrel.errors import UserError, disk_full
from carrel.events import Changed, Message
from carrel.process.rpc import Call, Handler, Reply
from carrel_models.preset import BadPreset, Preset, changed
from carrel_models.registry import UnknownModel
from carrel_models.templates import families

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel_models.card import ModelCard

T = TypeVar("T")


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    presets = _Presets(core, tell)
    return {
        s.PreviewOf: presets.preview,
        s.ReadPreset: presets.read,
        s.SavePreset: presets.save,
        s.ExportPreset: presets.write,
        s.ImportPreset: presets.load,
    }


class _Presets:
    def __init__(self, core: Core, tell: Tell) -> None:
        self._core = core
        self._tell = tell

    def preview(self, request: s.PreviewOf, call: Call) -> Iterator[Reply]:
        yield templates(self._core, request.model_id, request.template)

    def read(self, request: s.ReadPreset, call: Call) -> Iterator[Reply]:
        yield read(self._core, request.model_id)

    def save(self, request: s.SavePreset, call: Call) -> Iterator[Reply]:
        yield self._told(save(self._core, request.model_id, request.preset))

    def write(self, request: s.ExportPreset, call: Call) -> Iterator[Reply]:
        write_file(self._core, request.model_id, request.path)
        return iter(())

    def load(self, request: s.ImportPreset, call: Call) -> Iterator[Reply]:
        yield self._told(read_file(self._core, request.model_id, request.path))

    def _told(self, preset: s.PresetIs) -> s.PresetIs:
        self._tell(Changed(kinds=["models"]))
        return preset


def read(core: Core, model_id: str) -> s.PresetIs:
    """The preset of a model ("" is the one in use) and what holds where it says nothing."""
    card = card_of(core, model_id)
    return _is(core, card, _used(lambda: core.presets.read(card.id)))


def save(core: Core, model_id: str, preset: Preset) -> s.PresetIs:
    """Keep a preset; what concerns loading holds from the next question on. Raises UserError."""
    card = card_of(core, model_id)
    return _is(core, card, _used(lambda: core.presets.save(card.id, preset)))


def change(core: Core, model_id: str, values: Mapping[str, str]) -> s.PresetIs:
    """Change values of a preset, given as text ("" takes the default again). Raises UserError."""
    card = card_of(core, model_id)
    return save(core, card.id, _used(lambda: changed(core.presets.read(card.id), values)))


def reset(core: Core, model_id: str) -> s.PresetIs:
    """Take all defaults again. Raises UserError."""
    card = card_of(core, model_id)
    _used(lambda: core.presets.reset(card.id))
    return read(core, card.id)


def write_file(core: Core, model_id: str, path: str) -> None:
    """Export a preset as one TOML file. Raises UserError."""
    card, file = card_of(core, model_id), Path(path).expanduser()
    _used(lambda: core.presets.write_to(card.id, file), file.name)


def read_file(core: Core, model_id: str, path: str) -> s.PresetIs:
    """Import a preset from a TOML file. Raises UserError, and then the old one stays."""
    card, file = card_of(core, model_id), Path(path).expanduser()
    preset, unknown = _used(lambda: core.presets.read_from(card.id, file), file.name)
    return _is(core, card, preset, unknown)


def templates(core: Core, model_id: str, template: str | None = None) -> s.TemplateChoices:
    """The templates a model can be used with, and one of them rendered (see PreviewOf)."""
    card = card_of(core, model_id)
    preset = _used(lambda: core.presets.read(card.id))
    wanted = preset.template if template is None else template
    found: TemplatePreview = core.language_model.preview(
        PreviewTemplate(path=card.path, template=wanted, role_names=preset.role_names)
    )
    return s.TemplateChoices(
        model_id=card.id, chosen=preset.template, choices=_choices(card), state=card.template,
        preview=found,
    )  # fmt: skip


def card_of(core: Core, model_id: str) -> ModelCard:
    """The card of an id or of a known file; "" is the model in use. Raises UserError."""
    if not model_id:
        return core.model.card()
    for card in core.registry.list():
        if model_id in (card.id, card.path):
            return card
    error = UnknownModel(f"No model is called {model_id!r}.")
    raise UserError(str(error), "See carrel models.", "no_model")


def _choices(card: ModelCard) -> list[s.TemplateChoice]:
    found = [s.TemplateChoice(id="", title="Chosen by Carrel")]
    if card.template != "none":
        state = card.template_family or "not known: look at it first"
        found.append(s.TemplateChoice(id="own", title=f"The model's own ({state})"))
    return found + [s.TemplateChoice(id=one.name, title=one.title) for one in families()]


def _is(
    core: Core, card: ModelCard, preset: Preset, unknown: list[str] | None = None
) -> s.PresetIs:
    return s.PresetIs(
        model_id=card.id,
        preset=preset,
        defaults=defaults(card.sampling, core.settings),
        vendor=sorted(card.sampling),
        reply_tokens=core.settings.whole("reply_tokens"),
        unknown=unknown or [],
        note=core.presets.note(card.id) or _about_roles(preset),
    )


def _about_roles(preset: Preset) -> str:
    """A sentence where names of roles would change nothing."""
    named = [one.name for one in families() if one.roles]
    if not preset.role_names or preset.template in named:
        return ""
    return f"Names of roles count only under the templates {', '.join(named)}."


def _used(work: Callable[[], T], name: str = "") -> T:
    """Run `work` with the presets' folder; what goes wrong becomes a sentence."""
    try:
        return work()
    except BadPreset as error:
        what = f"{name} cannot be used as a preset: {error}" if name else str(error)
        raise UserError(what, "Change that value and try again.", "bad_preset") from error
    except OSError as error:
        if full := disk_full(error):
            raise full from error
        raise UserError(
            f"{name or 'The preset'} cannot be used: {error.strerror}.",
            "Check the path and its permissions.",
            "unreadable",
        ) from error
