"""The shelf: a card for every model with its adapters, details beside it, a place to drop more."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from carrel.desk.shelf_requests import ModelRow
from carrel_desktop import theme
from carrel_desktop.controllers import Controllers
from carrel_desktop.controllers.models import CHAT
from carrel_desktop.i18n import counted, tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.details import Action, DetailsPane
from carrel_desktop.widgets.focus import give_back, held_name
from carrel_desktop.widgets.model_card import ModelCard
from carrel_desktop.widgets.model_words import adapter_facts, model_facts
from carrel_desktop.widgets.parts import (
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
_HAND_MS = 300  # how long a slider that is held puts off a change of the shelf


class ShelfPage(QWidget):
    """Signals name what the user asked for; a model or an adapter is given by its id."""

    add = Signal()
    compare = Signal()
    search = Signal()
    suggest = Signal()
    template = Signal(str)
    preset = Signal(str)
    embedders = Signal()

    def __init__(self, controllers: Controllers, dialogs: Dialogs) -> None:
        super().__init__()
        self._c = controllers
        self._dialogs = dialogs
        metrics = theme.current().metrics
        self._columns = _COLUMNS
        self.cards: dict[str, ModelCard] = {}
        self._grid = QGridLayout()
        self._grid.setSpacing(metrics.radius_bubble)
        self.details = DetailsPane()
        self.details.closed.connect(self._arrange)
        shelf = column(self._bar(), self._area())
        shelf.setStretch(1, 1)
        self._shelf = box()
        self._shelf.setLayout(shelf)
        whole = row(self._shelf, self.details)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self._known: object = None
        self._later = QTimer(self, singleShot=True, interval=_HAND_MS)
        self._later.timeout.connect(self._show)
        controllers.models.changed.connect(self._show)
        controllers.adapters.changed.connect(self._show)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the cards into one column where two have no room."""
        super().resizeEvent(event)
        self._arrange()

    def show_model(self, model_id: str) -> None:
        """Show everything about a model beside the shelf."""
        model = self._c.models.get(model_id)
        if model is None:
            return
        actions: list[Action] = []
        if model.kind == CHAT:
            actions += [
                (tr("Template"), lambda: self.template.emit(model_id)),
                (tr("Preset"), lambda: self.preset.emit(model_id)),
            ]
        actions.append((tr("Remove"), lambda: self._remove_model(model)))
        self.details.show_thing(("model", model_id), model.name, model_facts(model), actions)
        self._arrange()

    def show_adapter(self, adapter_id: str) -> None:
        """Show everything about an adapter beside the shelf."""
        adapter = self._c.adapters.get(adapter_id)
        if adapter is None:
            return
        actions = [(tr("Remove"), lambda: self._remove_adapter(adapter_id))]
        key = ("adapter", adapter_id)
        self.details.show_thing(key, adapter.name, adapter_facts(adapter), actions)
        self._arrange()

    def _bar(self) -> QWidget:
        self._models = label("", "chip")
        self._adapters = label("", "chip")
        self.compare_button = button(tr("Compare"), self.compare.emit)
        self.embedders_button = button(tr("Embedders"), self.embedders.emit)
        self.add_button = button(tr("Add model"), self.add.emit, "primary")
        return header(
            label(tr("Models"), "title"), self._models, self._adapters, None,
            self.embedders_button, self.compare_button, self.add_button,
        )  # fmt: skip

    def _area(self) -> QScrollArea:
        metrics = theme.current().metrics
        inside = box()
        holder = column(self._grid, None)
        holder.setContentsMargins(
            metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap_page
        )
        inside.setLayout(holder)
        self._scroll = QScrollArea()
        self._scroll.setAccessibleName(tr("Models"))
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        return self._scroll

    def _show(self) -> None:
        models, adapters = self._c.models.models, self._c.adapters
        unscaled = [replace(one, scale=None) for one in adapters.adapters]
        known = (list(models), unscaled, adapters.model_id)
        if known == self._known:  # only a scale moved: nothing is built again under the user's hand
            for card in self.cards.values():
                card.show_scales()
            return
        if any(one.slider.isSliderDown() for card in self.cards.values()
               for one in card.lines.values()):  # fmt: skip
            self._later.start()
            return
        self._known = known
        held = held_name(self)
        self._build(models)
        give_back(held, self.cards.values())
        self._models.setText(counted(len(models), "1 model", "{n} models"))
        count = len(adapters.adapters)
        self._adapters.setText(counted(count, "1 adapter", "{n} adapters"))
        self.compare_button.setEnabled(any(one.kind == CHAT for one in models))
        self._show_details()

    def _build(self, models: list[ModelRow]) -> None:
        clear(self._grid)
        self.cards = {}
        for model in sorted(models, key=lambda one: not one.in_use):
            card = ModelCard(model, self._c.adapters)
            card.used.connect(self._c.models.use)
            card.template.connect(self.template)
            card.details.connect(self.show_model)
            card.adapter_details.connect(self.show_adapter)
            self.cards[model.id] = card
        self._zone = self._drop_zone(bool(models))
        self._place()

    def _arrange(self) -> None:
        metrics = theme.current().metrics
        beside = metrics.details_width if self.details.shown[0] else 0
        narrow = bool(beside) and self.width() < metrics.card_min + beside
        self.details.set_narrow(narrow)
        self._shelf.setHidden(narrow)
        room = self.width() - beside - 2 * metrics.gap_page
        columns = _COLUMNS if room >= _COLUMNS * metrics.card_min else 1
        if columns != self._columns:
            self._columns = columns
            self._place()

    def _drop_zone(self, any_model: bool) -> Card:
        zone = Card(dashed=True)
        words = tr(
            "Drop a .gguf model or adapter anywhere. It is read before it is loaded, and stays in "
            "its place."
        )
        if not any_model:
            words = tr("No model yet. Choose Add model, or find one on this disk.") + "\n" + words
        text = label(words, "muted", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        find = button(
            tr("Find on this disk"), self.search.emit, name=tr("Find models on this disk")
        )
        suggest = button(tr("Models worth having"), self.suggest.emit)
        gap = theme.current().metrics.gap_small
        zone.content.addWidget(text)
        zone.content.addLayout(row(None, find, suggest, None, gap=gap))
        zone.setMinimumHeight(theme.current().metrics.drop_height)
        return zone

    def _place(self) -> None:
        """Lay the cards out: the one in use over the whole width, the others side by side."""
        place = 0
        for card in self.cards.values():
            self._grid.removeWidget(card)
        self._grid.removeWidget(self._zone)
        for at in range(_COLUMNS):
            self._grid.setColumnStretch(at, 1 if at < self._columns else 0)
        for card in self.cards.values():
            whole = card.model.in_use
            if whole and place % self._columns:
                place += 1
            line, at = divmod(place, self._columns)
            self._grid.addWidget(card, line, at, 1, self._columns if whole else 1)
            card.show()  # now, not at the next turn of the event loop: it may get the keyboard
            place += self._columns if whole else 1
        line = -(-place // self._columns)
        self._grid.addWidget(self._zone, line, 0, 1, self._columns)

    def _show_details(self) -> None:
        kind, id = self.details.shown
        if kind == "model" and self._c.models.get(id) is not None:
            self.show_model(id)
        elif kind == "adapter" and self._c.adapters.get(id) is not None:
            self.show_adapter(id)
        elif kind:
            self.details.close_pane()

    def _remove_model(self, model: ModelRow) -> None:
        words = removal(model.name, model.path, model.copied, model.starter)
        if self._dialogs.sure(tr("Remove the model?"), words, tr("Remove")):
            self._c.models.remove(model)

    def _remove_adapter(self, adapter_id: str) -> None:
        adapter = self._c.adapters.get(adapter_id)
        if adapter is None:
            return
        words = removal(adapter.name, adapter.path, adapter.copied, False)
        if self._dialogs.sure(tr("Remove the adapter?"), words, tr("Remove")):
            self._c.adapters.remove(adapter)


def removal(name: str, path: str, copied: bool, starter: bool) -> str:
    """Say exactly what removing takes away."""
    if copied:
        return tr(
            "“{name}” leaves the shelf, and Carrel's copy {path} is deleted. The file it was "
            "copied from stays.",
            name=name, path=path,
        )  # fmt: skip
    if starter:
        return tr(
            "“{name}” leaves the shelf. Its file came with Carrel and stays: {path}",
            name=name, path=path,
        )  # fmt: skip
    return tr(
        "“{name}” leaves the shelf. The file stays where it is: {path}",
        name=name, path=path,
    )  # fmt: skip
