"""The page between a file and the shelf: it says what each file is before anything is added."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.importing import Candidate, ImportController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.candidate_card import CandidateCard
from carrel_desktop.widgets.parts import box, button, column, header, label


class ImportPage(QWidget):
    """`closed` when the user goes back to the shelf, `more` when more files are wanted."""

    closed = Signal()
    more = Signal()

    def __init__(self, controller: ImportController) -> None:
        super().__init__()
        self._c = controller
        metrics = theme.current().metrics
        self.cards: dict[int, CandidateCard] = {}
        self.back = button(tr("Back to the shelf"), self._close)
        self.add_all = button(tr("Add all"), controller.add_all, "primary")
        self.choose = button(tr("Choose files"), self.more.emit)
        title = label(tr("Add models"), "title")
        bar = header(title, None, self.back, self.choose, self.add_all)
        self._list = QVBoxLayout()
        self._list.setSpacing(metrics.radius_bubble)
        self._empty = label(
            tr("Drop .gguf files here, or choose them. Each is read first; none is loaded."),
            "muted", wrap=True,
        )  # fmt: skip
        inside = box()
        holder = column(self._empty, self._list, None)
        holder.setContentsMargins(
            metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap_page
        )
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(tr("Files to add"))
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        page = column(bar, area)
        page.setStretch(1, 1)
        self.setLayout(page)
        controller.changed.connect(self._changed)
        controller.listed.connect(self._listed)
        self._listed()

    def _listed(self) -> None:
        wanted = {id(one): one for one in self._c.candidates}
        for key in [key for key in self.cards if key not in wanted]:
            card = self.cards.pop(key)
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        for key, one in wanted.items():
            if key not in self.cards:
                self.cards[key] = self._card(one)
                self._list.addWidget(self.cards[key])
        self._show_buttons()

    def _card(self, one: Candidate) -> CandidateCard:
        card = CandidateCard(one)
        card.add.connect(lambda: self._c.add(one))
        card.stop.connect(lambda: self._c.stop(one))
        card.leave.connect(lambda: self._c.leave(one))
        return card

    def _changed(self, one: Candidate) -> None:
        card = self.cards.get(id(one))
        if card is None:
            return
        focus = QApplication.focusWidget()
        held = focus is not None and card.isAncestorOf(focus)
        card.show_state()
        self._show_buttons()
        if held and (focus is None or focus.isHidden()):  # the pressed button went away
            self.back.setFocus()

    def _show_buttons(self) -> None:
        addable = sum(one.addable for one in self._c.candidates)
        self.add_all.setVisible(addable > 1)
        self._empty.setVisible(not self._c.candidates)

    def _close(self) -> None:
        self._c.leave_all()
        self.closed.emit()
