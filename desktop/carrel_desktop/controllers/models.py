"""The shelf of models: list, add a file, use one; and what the model worker is doing."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from carrel.desk.shelf_requests import AddModel, ListModels, ModelList, ModelRow, UseModel
from carrel.events import Changed, Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages


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

    def name_of(self, model_id: str) -> str:
        """Return the name of a model, its id when it is not on the shelf any more."""
        return next((one.name for one in self.models if one.id == model_id), model_id)

    def refresh(self) -> None:
        """Ask for the list again."""
        self._bridge.ask(ListModels(), self._listed)

    def add(self, path: str) -> None:
        """Put a .gguf file on the shelf; it is read, not copied and not loaded."""
        before = {model.id for model in self.models}

        def listed(reply: Message, raw: bytes) -> None:
            self._listed(reply, raw)
            for model in self.models:
                if model.id not in before:
                    self._messages.info(tr("{name} is on the shelf.", name=model.name))

        self._bridge.ask(AddModel(path=path), listed)

    def use(self, model_id: str) -> None:
        """Answer with this model from the next question on."""
        self._bridge.ask(UseModel(model_id=model_id), self._listed)

    def _listed(self, reply: Message, _raw: bytes) -> None:
        if isinstance(reply, ModelList):
            self.models = reply.models
            self.changed.emit()

    def _heard(self, message: Message) -> None:
        if isinstance(message, Changed) and "models" in message.kinds:
            self.refresh()
