"""The conversation: turns from top to bottom, following what is written only when at the end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.ask import AskController
from carrel_desktop.controllers.turn import Turn
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import box, label
from carrel_desktop.widgets.turn_view import TurnView

_NEAR = 48  # how close to the end, in pixels, counts as reading the end


class Conversation(QScrollArea):
    """`opened` carries a turn and ("cite", n) or ("quote", index); `compare` and `survey` carry a
    question, `edit` a turn."""

    opened = Signal(object, str, int)
    compare = Signal(str)
    survey = Signal(str)
    edit = Signal(object)

    def __init__(
        self, ask: AskController, name_of: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        """`name_of` turns the id of a model or an adapter into its name."""
        super().__init__(parent)
        self._ask = ask
        self._name_of = name_of
        self.setAccessibleName(tr("Conversation"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        metrics = theme.current().metrics
        inside = box()
        self._layout = QVBoxLayout(inside)
        self._layout.setSpacing(metrics.gap_thread)
        self._empty = label(_welcome(False), "empty", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layout.addStretch(1)
        self._layout.addWidget(self._empty)
        self._layout.addStretch(1)
        self.setWidget(inside)
        self.views: list[TurnView] = []
        self._at_end = True
        self._last = 0
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._moved)
        bar.rangeChanged.connect(self._grown)
        ask.cleared.connect(self.clear)
        ask.turn_added.connect(self._add)
        ask.turn_changed.connect(self._change)
        ask.turns_removed.connect(self._remove)
        ask.turn_wanted.connect(self._look_at)

    def clear(self) -> None:
        """Take every turn away and show the welcome."""
        for view in self.views:
            self._layout.removeWidget(view)
            view.hide()
            view.deleteLater()
        self.views = []
        self._empty.show()
        self._layout.setStretch(0, 1)
        self._at_end = True

    def show_files(self, any_files: bool) -> None:
        """Say in the welcome how to bring files where there are none."""
        self._empty.setText(_welcome(any_files))

    def mark_open(self, turn: Turn | None, n: int) -> None:
        """Show which citation is open in the source pane."""
        for view in self.views:
            view.answer.mark_open(n if view.turn is turn else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines readable: margins take what is beyond the widest text."""
        super().resizeEvent(event)
        metrics = theme.current().metrics
        spare = self.viewport().width() - 2 * metrics.gap_thread - metrics.thread_max
        side = metrics.gap_thread + max(0, spare // 2)
        self._layout.setContentsMargins(side, metrics.gap_page, side, metrics.gap_page)

    def _add(self, turn: Turn) -> None:
        self._empty.hide()
        self._layout.setStretch(0, 0)
        view = TurnView(turn, self._name_of)
        view.cited.connect(lambda n: self.opened.emit(turn, "cite", n))
        view.quoted.connect(lambda index: self.opened.emit(turn, "quote", index))
        view.compare.connect(lambda: self.compare.emit(turn.question))
        view.survey.connect(lambda: self.survey.emit(turn.question))
        view.restart.connect(lambda: self._ask.restart_worker(turn))
        view.edit.connect(lambda: self.edit.emit(turn))
        view.again.connect(lambda: self._ask.again(turn))
        view.branch.connect(self._ask.choose)
        view.ask_model.connect(lambda: self._ask.ask(turn.question, "model"))
        view.write.connect(lambda: self._ask.ask(turn.question, turn.mode, written=True))
        self._layout.insertWidget(self._layout.count() - 1, view)
        self.views.append(view)
        self._at_end = True

    def _remove(self, turns: list[Turn]) -> None:
        for view in [one for one in self.views if one.turn in turns]:
            self.views.remove(view)
            self._layout.removeWidget(view)
            view.hide()
            view.deleteLater()

    def _look_at(self, turn: Turn) -> None:
        """Scroll to a turn that was asked for, once everything has its place."""
        self._at_end = False
        QTimer.singleShot(0, self, lambda: self._scroll_to(turn))

    def _scroll_to(self, turn: Turn) -> None:
        for view in self.views:
            if view.turn is turn:
                self.verticalScrollBar().setValue(view.y() - theme.current().metrics.gap_page)
                view.answer.setFocus()

    def _change(self, turn: Turn, changed: str) -> None:
        for view in self.views:
            if view.turn is turn:
                view.show_change(changed)

    def _moved(self, value: int) -> None:
        bar = self.verticalScrollBar()
        if bar.maximum() == self._last:
            self._at_end = value >= bar.maximum() - _NEAR

    def _grown(self, _low: int, high: int) -> None:
        self._last = high
        if self._at_end:
            self.verticalScrollBar().setValue(high)


def _welcome(any_files: bool) -> str:
    lines = [
        tr("Ask a question about your files."),
        tr("The passages come first, then the model's answer, each sentence with its source."),
    ]
    if not any_files:
        lines.append(tr("No files yet? Drop a folder on this window."))
    return "\n".join(lines)
