"""The adapters of the shelf: which are attached to the model in use, and how strongly."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from carrel.desk.shelf_requests import (
    AdapterChoice,
    AdapterList,
    AdapterRow,
    ChooseAdapters,
    ListAdapters,
    RemoveAdapter,
)
from carrel.errors import UserError
from carrel.events import Changed, Message
from carrel_desktop.bridge import Bridge
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages

SCALE_MAX = 2.0
_SETTLE_MS = 250  # a slider that is still moving attaches nothing


class AdaptersController(QObject):
    """`changed` comes when `adapters` or a scale is new. What the user chose is shown at once and
    sent when the slider rests; a list that is older than the choice does not undo it."""

    changed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        messages: Messages,
        models: ModelsController,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._messages = messages
        self._models = models
        self.adapters: list[AdapterRow] = []
        self.model_id = ""
        self._scales: dict[str, float] = {}
        self._sent = 0
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._send)
        bridge.unasked.connect(self._heard)
        bridge.started.connect(self.refresh)
        models.changed.connect(self._models_changed)

    @property
    def attached(self) -> list[tuple[AdapterRow, float]]:
        """The adapters that count from the next question on, with their scales."""
        return [(one, self._scales[one.id]) for one in self.adapters if one.id in self._scales]

    def scale(self, adapter_id: str) -> float | None:
        """Return the scale of an attached adapter, None for one that is not."""
        return self._scales.get(adapter_id)

    def get(self, adapter_id: str) -> AdapterRow | None:
        """Return an adapter of the shelf, None when it is not there any more."""
        return next((one for one in self.adapters if one.id == adapter_id), None)

    def name_of(self, adapter_id: str) -> str:
        """Return the name of an adapter, its id when it is not on the shelf any more."""
        adapter = self.get(adapter_id)
        return adapter.name if adapter is not None else adapter_id

    def for_model(self, model_id: str) -> list[AdapterRow]:
        """The adapters that belong under a model; under the one in use also those that belong
        nowhere, so that the reason can be read."""
        here = [one for one in self.adapters if self.belongs(one, model_id)]
        if model_id != self.model_id:
            return here
        known = {one.id for one in self._models.models}
        lost = [one for one in self.adapters if one not in here and not known & set(one.bases)]
        return [*here, *lost]

    def belongs(self, adapter: AdapterRow, model_id: str) -> bool:
        """Whether an adapter fits a model."""
        return model_id in adapter.bases or (adapter.fits and model_id == self.model_id)

    def refresh(self) -> None:
        """Ask for the list again."""
        sent = self._sent
        self._bridge.ask(ListAdapters(), lambda reply, _raw: self.take(reply, sent))

    def attach(self, adapter_id: str, wanted: bool) -> None:
        """Attach an adapter at scale 1, or detach it."""
        if wanted:
            self._scales.setdefault(adapter_id, 1.0)
        else:
            self._scales.pop(adapter_id, None)
        self.changed.emit()
        self._send()

    def set_scale(self, adapter_id: str, scale: float) -> None:
        """Count an attached adapter so strongly, in [0, 2]; sent when the slider rests."""
        if adapter_id in self._scales:
            self._scales[adapter_id] = min(SCALE_MAX, max(0.0, scale))
            self.changed.emit()
            self._settle.start()

    def remove(self, adapter: AdapterRow) -> None:
        """Take an adapter off the shelf; a linked file stays where it is."""
        self._sent += 1
        sent = self._sent

        def gone() -> None:
            self._messages.info(tr("{name} is off the shelf.", name=adapter.name))

        request = RemoveAdapter(adapter_id=adapter.id)
        self._bridge.ask(request, lambda reply, _raw: self.take(reply, sent), gone)

    def take(self, reply: Message, sent: int = -1) -> None:
        """Take in a list of adapters; `sent` tells how many choices it knows of, -1 all."""
        if not isinstance(reply, AdapterList):
            return
        newest = sent in (-1, self._sent) and not self._settle.isActive()
        other = reply.model_id != self.model_id
        self.adapters, self.model_id = reply.adapters, reply.model_id
        if newest or other:
            self._scales = {one.id: one.scale for one in reply.adapters if one.scale is not None}
        self.changed.emit()

    def _send(self) -> None:
        self._settle.stop()
        self._sent += 1
        sent = self._sent
        choices = [AdapterChoice(id=id, scale=scale) for id, scale in self._scales.items()]
        self._bridge.ask(
            ChooseAdapters(adapters=choices),
            lambda reply, _raw: self.take(reply, sent),
            on_failed=self._refused,
        )

    def _refused(self, error: UserError) -> None:
        self._messages.error(error)
        self.refresh()

    def _models_changed(self) -> None:
        used = self._models.in_use
        if used is not None and used.id != self.model_id:
            self._settle.stop()
            self.refresh()
        else:
            self.changed.emit()

    def _heard(self, message: Message) -> None:
        if isinstance(message, Changed) and {"models", "adapters"} & set(message.kinds):
            self.refresh()
