"""One question to two settings side by side: two models, two adapters, two modes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers import Controllers
from carrel_desktop.controllers.compare import CompareController
from carrel_desktop.controllers.turn import Turn
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.compare_side import SidePicker
from carrel_desktop.widgets.composer import QuestionField
from carrel_desktop.widgets.parts import box, button, clear, column, header, label, line, row
from carrel_desktop.widgets.turn_view import TurnView


class ComparePage(QWidget):
    """The question above, two columns below; the left one answers first. Nothing is saved."""

    closed = Signal()

    def __init__(self, controllers: Controllers, compare: CompareController) -> None:
        super().__init__()
        self._controllers = controllers
        self._c = compare
        metrics = theme.current().metrics
        self.back = button(tr("Back to the shelf"), self.closed.emit)
        bar = header(label(tr("Compare"), "title"), None, self.back)
        self.sides = (SidePicker(tr("Left")), SidePicker(tr("Right")))
        self.views: list[TurnView | None] = [None, None]
        self._columns = [QVBoxLayout(), QVBoxLayout()]
        columns = row(*(self._column(at) for at in range(len(self.sides))), gap=metrics.gap)
        body = column(self._question(), columns, gap=metrics.gap)
        body.setStretch(1, 1)
        body.setContentsMargins(metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap)
        page = column(bar, body)
        page.setStretch(1, 1)
        self.setLayout(page)
        compare.began.connect(self._began)
        compare.turn_changed.connect(self._changed)
        compare.busy_changed.connect(self._busy)
        controllers.models.changed.connect(self._show_choices)
        controllers.adapters.changed.connect(self._show_choices)
        self._show_choices()
        self._busy(False)

    def begin(self, question: str) -> None:
        """Take a question over, ready to be asked."""
        if question and not self._c.busy:
            self.field.setPlainText(question)
        self.field.setFocus()

    def _question(self) -> QWidget:
        card = Card()
        self.field = QuestionField()
        self.field.setAccessibleName(tr("The question for both"))
        self.field.setPlaceholderText(tr("One question for both"))
        self.field.entered.connect(self._ask)
        self.ask = button(tr("Ask both"), self._ask, "primary", tip=tr("Enter"))
        self.stop = button(tr("Stop"), self._c.stop, "primary")
        note = label(tr("One after the other, the left one first. Nothing of it is saved."), "sub")
        card.content.addWidget(self.field)
        card.content.addLayout(row(note, None, self.stop, self.ask))
        return card

    def _column(self, at: int) -> QWidget:
        metrics = theme.current().metrics
        card = Card()
        card.setAccessibleName(self.sides[at].title)
        inside = box()
        holder = column(self._columns[at], None)
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(tr("Answer of {side}", side=self.sides[at].title))
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        card.content.addWidget(self.sides[at])
        card.content.addWidget(line())
        card.content.addSpacing(metrics.gap_tiny)
        card.content.addWidget(area, 1)
        return card

    def _ask(self) -> None:
        left, right = self.sides
        if not self._c.ask(self.field.toPlainText(), (left.side(), right.side())):
            self.field.setFocus()

    def _began(self, at: int, turn: Turn) -> None:
        clear(self._columns[at])
        view = TurnView(turn, self._controllers.name_of, alone=True)
        self.views[at] = view
        self._columns[at].addWidget(view)

    def _changed(self, turn: Turn, changed: str) -> None:
        for view in self.views:
            if view is not None and view.turn is turn:
                view.show_change(changed)

    def _busy(self, busy: bool) -> None:
        had_focus = self.stop.hasFocus()
        self.stop.setVisible(busy)
        self.ask.setVisible(not busy)
        for side in self.sides:
            side.setEnabled(not busy)
        if had_focus and not busy:
            self.field.setFocus()

    def _show_choices(self) -> None:
        for side in self.sides:
            side.show_choices(self._controllers.models, self._controllers.adapters)
