"""One side of a comparison: which model, with which adapters, in which mode."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QWidget

from carrel.events import Mode
from carrel_desktop import theme
from carrel_desktop.controllers.adapters import AdaptersController
from carrel_desktop.controllers.compare import Side
from carrel_desktop.controllers.models import CHAT, ModelsController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.composer import MODES
from carrel_desktop.widgets.controls import Choice
from carrel_desktop.widgets.parts import column, label
from carrel_desktop.widgets.segments import Segments

Adapters = tuple[tuple[str, float], ...] | None


class SidePicker(QWidget):
    """Three choices; `side()` is what they come to."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.setAccessibleName(title)
        self.model = Choice(tr("{side}: model", side=title))
        self.adapters = Choice(tr("{side}: adapters", side=title))
        self.model.currentIndexChanged.connect(lambda _at: self._show_adapters())
        self.modes = Segments(
            tr("{side}: mode", side=title), [(key, tr(words), tr(tip)) for key, words, tip in MODES]
        )
        self.modes.chosen.connect(self._choose_mode)
        self._mode: Mode = "auto"
        self._shelf: AdaptersController | None = None
        self._offers: list[Adapters] = []
        gap = theme.current().metrics.gap_small
        self.setLayout(
            column(label(title, "strong-sub"), self.model, self.adapters, self.modes, gap=gap)
        )

    def side(self) -> Side:
        """Return what was chosen."""
        return Side(
            str(self.model.currentData() or ""),
            self._offers[self.adapters.currentIndex()] if self._offers else None,
            self._mode,
        )

    def show_choices(self, models: ModelsController, adapters: AdaptersController) -> None:
        """Offer the chat models of the shelf; what was chosen stays chosen."""
        self._shelf = adapters
        chosen = self.model.currentData()
        with QSignalBlocker(self.model):
            self.model.clear()
            for one in sorted(models.models, key=lambda one: not one.in_use):
                if one.kind == CHAT:
                    words = tr("{name} (in use)", name=one.name) if one.in_use else one.name
                    self.model.addItem(words, one.id)
            self.model.setCurrentIndex(max(0, self.model.findData(chosen)))
        self._show_adapters()

    def _show_adapters(self) -> None:
        chosen, model_id = self.adapters.currentText(), str(self.model.currentData() or "")
        titles = [tr("Adapters as they are attached"), tr("No adapter")]
        self._offers = [None, ()]
        if self._shelf is not None:
            for one in self._shelf.for_model(model_id):
                if self._shelf.belongs(one, model_id):
                    titles.append(one.name)
                    self._offers.append(((one.id, 1.0),))
        self.adapters.clear()
        self.adapters.addItems(titles)
        self.adapters.setCurrentIndex(max(0, self.adapters.findText(chosen)))

    def _choose_mode(self, key: str) -> None:
        self._mode = cast("Mode", key)
