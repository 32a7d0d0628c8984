"""One model on the shelf: what it is, whether it fits, its adapters, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from carrel.desk.shelf_requests import AdapterRow, ModelRow
from carrel_desktop import theme
from carrel_desktop.controllers.adapters import AdaptersController
from carrel_desktop.controllers.models import CHAT
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.adapter_row import AdapterLine
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.model_words import (
    facts,
    fit_words,
    origin,
    pill_words,
    unread_template,
)
from carrel_desktop.widgets.parts import ElidedLabel, button, label, line, row


class ModelCard(Card):
    """`used`, `template` and `details` are what the user asked for; adapters speak to their
    controller themselves, except for `adapter_details`."""

    used = Signal(str)
    template = Signal(str)
    details = Signal(str)
    adapter_details = Signal(str)

    def __init__(
        self, model: ModelRow, adapters: AdaptersController, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, accent=model.in_use)
        self.model = model
        self._adapters = adapters
        metrics = theme.current().metrics
        self.setAccessibleName(tr("Model {name}", name=model.name))
        pills = [label(words, role) for words, role in pill_words(model)]
        corner = label(origin(model), "sub")
        name = ElidedLabel(model.name, "title")
        name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        name.setMinimumWidth(min(metrics.adapter_name, name.sizeHint().width()))
        top = row(name, *pills, None, corner, gap=metrics.gap_small)
        self.content.addLayout(top)
        self.content.addWidget(label(facts(model), "sub", wrap=True))
        numbers = fit_words(model)
        if numbers:
            self.content.addWidget(label(numbers, "sub", wrap=True))
        self.lines: dict[str, AdapterLine] = {}
        self._add_adapters(adapters.for_model(model.id))
        self.content.addStretch(1)
        self.content.addLayout(row(*self._buttons(), None, gap=metrics.gap_small))

    def show_scales(self) -> None:
        """Show which adapters are attached, and how strongly."""
        for id, one in self.lines.items():
            one.show_scale(self._adapters.scale(id) if self.model.in_use else None)

    def _buttons(self) -> list[QWidget]:
        model = self.model
        made: list[QWidget] = []
        if not model.in_use and model.kind == CHAT:
            words = tr("Use with less context") if model.fits == "less context" else tr("Use")
            use = button(words, lambda: self.used.emit(model.id),
                         name=tr("Use {name}", name=model.name))  # fmt: skip
            use.setEnabled(model.fits != "no")
            made.append(use)
        if unread_template(model):
            made.append(button(tr("See template"), lambda: self.template.emit(model.id),
                               name=tr("See the template of {name}", name=model.name)))  # fmt: skip
        made.append(button(tr("Details"), lambda: self.details.emit(model.id),
                           name=tr("Details of {name}", name=model.name)))  # fmt: skip
        return made

    def _add_adapters(self, adapters: Sequence[AdapterRow]) -> None:
        for adapter in adapters:
            fits = self._adapters.belongs(adapter, self.model.id)
            one = AdapterLine(adapter, self.model.in_use, fits)
            one.attached.connect(self._adapters.attach)
            one.scaled.connect(self._adapters.set_scale)
            one.details.connect(self.adapter_details)
            self.lines[adapter.id] = one
            self.content.addWidget(line())
            self.content.addWidget(one)
        self.show_scales()
