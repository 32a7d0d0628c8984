"""The Models page: a card for every model, the one in use first, and a place to drop another."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from carrel.desk.shelf_requests import ModelRow
from carrel_desktop import theme
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.i18n import counted, number, size, tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.parts import (
    ElidedLabel,
    box,
    button,
    clear,
    column,
    header,
    label,
    row,
)
from carrel_desktop.windows.dialogs import Dialogs

_COLUMNS = 2


class ModelsPage(QWidget):
    """Cards in two columns."""

    def __init__(self, controller: ModelsController, dialogs: Dialogs) -> None:
        super().__init__()
        self._c = controller
        self._dialogs = dialogs
        metrics = theme.current().metrics
        self._count = label("", "chip")
        self.add_button = button(tr("Add model"), self.choose, "primary")
        bar = header(label(tr("Models"), "title"), self._count, None, self.add_button)
        self._grid = QGridLayout()
        self._grid.setSpacing(metrics.radius_bubble)
        for at in range(_COLUMNS):
            self._grid.setColumnStretch(at, 1)
        inside = box()
        holder = column(self._grid, None)
        holder.setContentsMargins(
            metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap_page
        )
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(tr("Models"))
        area.setWidgetResizable(True)
        area.setWidget(inside)
        page = column(bar, area)
        page.setStretch(1, 1)
        self.setLayout(page)
        controller.changed.connect(self._show)
        self._show()

    def choose(self) -> None:
        """Let the user choose a model file and put it on the shelf."""
        path = self._dialogs.model()
        if path:
            self._c.add(path)

    def _show(self) -> None:
        clear(self._grid)
        used = [one for one in self._c.models if one.in_use]
        others = [one for one in self._c.models if not one.in_use]
        for at, model in enumerate(used):
            self._grid.addWidget(self._card(model), at, 0, 1, _COLUMNS)
        for at, model in enumerate(others):
            place = len(used) + at // _COLUMNS
            self._grid.addWidget(self._card(model), place, at % _COLUMNS)
        self._grid.addWidget(self._drop_zone(), self._grid.rowCount(), 0, 1, _COLUMNS)
        self._count.setText(counted(len(self._c.models), "1 model", "{n} models"))

    def _card(self, model: ModelRow) -> Card:
        metrics = theme.current().metrics
        card = Card(accent=model.in_use)
        card.setAccessibleName(tr("Model {name}", name=model.name))
        pills = [label(words, role) for words, role in pill_words(model)]
        origin = " · ".join(
            [
                *([tr("starter")] if model.starter else []),
                *([model.licence] if model.licence else []),
            ]
        )
        top = row(
            ElidedLabel(model.name, "title"),
            *pills,
            None,
            label(origin, "sub"),
            gap=metrics.gap_small,
        )
        card.content.addLayout(top)
        card.content.addWidget(label(facts(model), "sub", wrap=True))
        if model.fit_reason:
            card.content.addWidget(label(model.fit_reason, "sub", wrap=True))
        card.content.addStretch(1)
        if not model.in_use:
            use = button(
                tr("Use"), lambda: self._c.use(model.id), name=tr("Use {name}", name=model.name)
            )
            use.setEnabled(model.fits != "no")
            card.content.addLayout(row(use, None))
        return card

    def _drop_zone(self) -> QWidget:
        zone = Card(dashed=True)
        words = tr(
            "Drop a .gguf model here. It is read before it is loaded, and stays in its place."
        )
        text = label(words, "muted", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        zone.content.addWidget(text)
        zone.setMinimumHeight(theme.current().metrics.drop_height)
        return zone


def pill_words(model: ModelRow) -> list[tuple[str, str]]:
    """Return the words on a card's pills, each with the role of its colour."""
    pills = [(tr("in use"), "good")] if model.in_use else []
    fits = {
        "yes": (tr("fits"), "good"),
        "less context": (tr("fits with less context"), "warn"),
        "slow": (tr("slow"), "warn"),
        "no": (tr("too large"), "bad"),
        "unknown": (tr("fit unknown"), "warn"),
    }[model.fits]
    pills.append(fits)
    if model.suspect:
        pills.append((tr("died while loading"), "bad"))
    return pills


def facts(model: ModelRow) -> str:
    """Return what a model is: "llama · Q4_1 · 98 MB · trained for 8,192 tokens"."""
    parts = [model.architecture, model.quantization, size(model.size)]
    if model.trained_context:
        parts.append(tr("trained for {n} tokens", n=number(model.trained_context)))
    if model.template:
        parts.append(tr("template {name}", name=model.template))
    return " · ".join(part for part in parts if part)
