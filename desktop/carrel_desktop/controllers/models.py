"""The shelf of models: list, use, remove; presets, templates, and what else lies on this disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from carrel.desk.shelf_requests import (
    ExportPreset,
    FindModels,
    FoundList,
    ImportPreset,
    ListModels,
    ModelList,
    ModelRow,
    Preset,
    PresetIs,
    PreviewOf,
    ReadPreset,
    RemoveModel,
    SavePreset,
    SuggestionList,
    SuggestModels,
    TemplateChoices,
    UseModel,
)
from carrel.events import Changed, Message
from carrel_desktop.bridge import Bridge, OnFailed, Pending
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages

CHAT = "chat model"
_Reply = TypeVar("_Reply", bound=Message)


class ModelsController(QObject):
    """`changed` comes when `models` is new."""

    changed = Signal()

    def __init__(self, bridge: Bridge, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages
        self.models: list[ModelRow] = []
        bridge.unasked.connect(self._heard)
        bridge.started.connect(self.refresh)

    @property
    def in_use(self) -> ModelRow | None:
        """The model that answers, None when there is none yet."""
        return next((model for model in self.models if model.in_use), None)

    def get(self, model_id: str) -> ModelRow | None:
        """Return a model of the shelf, None when it is not there any more."""
        return next((one for one in self.models if one.id == model_id), None)

    def name_of(self, model_id: str) -> str:
        """Return the name of a model, its id when it is not on the shelf any more."""
        model = self.get(model_id)
        return model.name if model is not None else model_id

    def refresh(self) -> None:
        """Ask for the list again."""
        self._bridge.ask(ListModels(), self.take)

    def use(self, model_id: str) -> None:
        """Answer with this model from the next question on."""
        self._bridge.ask(UseModel(model_id=model_id), self.take)

    def remove(self, model: ModelRow) -> None:
        """Take a model off the shelf; a linked file stays where it is."""

        def gone() -> None:
            self._messages.info(tr("{name} is off the shelf.", name=model.name))

        self._bridge.ask(RemoveModel(model_id=model.id), self.take, gone)

    def find(self, found: Callable[[FoundList], None], failed: OnFailed) -> Pending:
        """Look for the models of other programs on this disk."""
        return self._ask(FindModels(), FoundList, found, failed)

    def suggest(self, suggested: Callable[[SuggestionList], None], failed: OnFailed) -> Pending:
        """Ask for the page of models that are worth fetching by hand."""
        return self._ask(SuggestModels(), SuggestionList, suggested, failed)

    def preview(
        self,
        model_id: str,
        template: str | None,
        shown: Callable[[TemplateChoices], None],
        failed: OnFailed,
    ) -> Pending:
        """Ask what the model is sent with a template; None is the one in force, "" the one that
        Carrel would choose."""
        request = PreviewOf(model_id=model_id, template=template)
        return self._ask(request, TemplateChoices, shown, failed)

    def read_preset(
        self, model_id: str, read: Callable[[PresetIs], None], failed: OnFailed
    ) -> Pending:
        """Ask how a model is used."""
        return self._ask(ReadPreset(model_id=model_id), PresetIs, read, failed)

    def save_preset(
        self, model_id: str, preset: Preset, saved: Callable[[PresetIs], None], failed: OnFailed
    ) -> Pending:
        """Use a model so from the next question on."""
        return self._ask(SavePreset(model_id=model_id, preset=preset), PresetIs, saved, failed)

    def import_preset(
        self, model_id: str, path: str, read: Callable[[PresetIs], None], failed: OnFailed
    ) -> Pending:
        """Take a model's preset from a TOML file."""
        return self._ask(ImportPreset(model_id=model_id, path=path), PresetIs, read, failed)

    def export_preset(self, model_id: str, path: str, failed: OnFailed) -> Pending:
        """Write a model's preset to a TOML file."""

        def written() -> None:
            self._messages.info(tr("The preset is in {path}.", path=path))

        request = ExportPreset(model_id=model_id, path=path)
        return self._bridge.ask(request, lambda _reply, _raw: None, written, failed)

    def take(self, reply: Message, _raw: bytes = b"") -> None:
        """Take in a reply, if it is a list of models."""
        if isinstance(reply, ModelList):
            self.models = reply.models
            self.changed.emit()

    def _ask(
        self,
        request: Message,
        kind: type[_Reply],
        taken: Callable[[_Reply], None],
        failed: OnFailed,
    ) -> Pending:
        def replied(reply: Message, _raw: bytes) -> None:
            if isinstance(reply, kind):
                taken(reply)

        return self._bridge.ask(request, replied, on_failed=failed)

    def _heard(self, message: Message) -> None:
        if isinstance(message, Changed) and "models" in message.kinds:
            self.refresh()
