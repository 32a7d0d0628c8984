"""The embedders: what searches by meaning, and changing it while the old one goes on serving."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.embedders import EmbeddersController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.embedder_card import EmbedderCard
from carrel_desktop.widgets.focus import give_back, held_name
from carrel_desktop.widgets.parts import announce, box, button, clear, column, header, label
from carrel_desktop.windows.dialogs import Dialogs


class EmbeddersPage(QWidget):
    """A card for each; the one that is being prepared says how far it is."""

    closed = Signal()

    def __init__(self, controller: EmbeddersController, dialogs: Dialogs) -> None:
        super().__init__()
        self._c = controller
        self._dialogs = dialogs
        self.cards: dict[str, EmbedderCard] = {}
        metrics = theme.current().metrics
        self.add = button(tr("Add a model folder…"), self._add, "primary")
        self.back = button(tr("Back to the shelf"), self.closed.emit)
        self._state = label("", "sub", wrap=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(metrics.radius_bubble)
        inside = box()
        holder = column(self._state, self._list, _what_they_are(), None, gap=metrics.gap)
        holder.setContentsMargins(
            metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap_page
        )
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(tr("Embedders"))
        area.setWidgetResizable(True)
        area.setWidget(inside)
        page = column(header(label(tr("Embedders"), "title"), None, self.back, self.add), area)
        page.setStretch(1, 1)
        self.setLayout(page)
        controller.changed.connect(self._show)
        controller.progressed.connect(self._progress)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Look what is on the shelf: a command may have changed it."""
        super().showEvent(event)
        self._c.refresh()

    def _add(self) -> None:
        self._c.add(self._dialogs.embedder_folder())

    def _show(self) -> None:
        held = held_name(self)
        clear(self._list)
        self.cards = {}
        for one in self._c.embedders or []:
            card = EmbedderCard(one, leaving=self._c.preparing is not None)
            card.used.connect(self._use)
            card.removed.connect(self._remove)
            self.cards[one.id] = card
            self._list.addWidget(card)
        self.add.setEnabled(not self._c.adding)
        state = ""
        if self._c.adding:
            state = tr(
                "{folder} is being prepared: exported for this machine and compared with the "
                "original. That takes some twenty seconds.",
                folder=self._c.adding,
            )
        if state != self._state.text():
            self._state.setText(state)
            if state:
                announce(self, state)
        self._state.setVisible(bool(state))
        self._progress()
        give_back(held, self.cards.values())

    def _progress(self) -> None:
        preparing, serving = self._c.preparing, self._c.in_use
        if preparing is not None and preparing.id in self.cards:
            name = serving.id if serving is not None else ""
            self.cards[preparing.id].show_progress(self._c.done, self._c.total, name)

    def _use(self, embedder_id: str) -> None:
        words = tr(
            "Vectors of “{name}” are made for everything in the library, in the background. The "
            "embedder that serves now goes on until all are there; you can go back at any time.",
            name=embedder_id,
        )
        back = self._c.in_use is not None and embedder_id == self._c.in_use.id
        if back or self._dialogs.sure(tr("Search with this embedder?"), words, tr("Use it")):
            self._c.use(embedder_id)

    def _remove(self, embedder_id: str) -> None:
        words = tr(
            "What was prepared of “{name}” is deleted. The folder it was added from stays.",
            name=embedder_id,
        )
        if self._dialogs.sure(tr("Remove the embedder?"), words, tr("Remove")):
            self._c.remove(embedder_id)


def _what_they_are() -> QWidget:
    card = Card(dashed=True)
    text = tr(
        "An embedder turns passages and questions into vectors, so that what means the same is "
        "found in other words. Any sentence-transformers folder with safetensors weights can be "
        "added, a multilingual one for files in other languages."
    )
    card.content.addWidget(label(text, "muted", wrap=True))
    return card
