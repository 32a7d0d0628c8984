"""The Privacy page: what each process tried to reach just now, and what the kernel answered."""

from __future__ import annotations

from itertools import groupby
from typing import cast

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.locking import LockController
from carrel_desktop.controllers.privacy import PrivacyController, Try
from carrel_desktop.i18n import size, tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.lock_card import LockCard
from carrel_desktop.widgets.parts import box, button, clear, column, header, label, row, set_role
from carrel_desktop.windows.passphrase_dialog import Action, PassphraseDialog


class PrivacyPage(QWidget):
    """Runs the probe when it is first shown, and again on demand."""

    def __init__(self, controller: PrivacyController, lock: LockController) -> None:
        super().__init__()
        self._c = controller
        self._lock = lock
        metrics = theme.current().metrics
        self.check = button(tr("Check again"), controller.probe, "primary")
        bar = header(label(tr("Privacy"), "title"), None, self.check)
        self._verdict = label("", "warn")
        self._sentence = label("", wrap=True, selectable=True)
        self._data = label("", "sub", wrap=True, selectable=True)
        summary = Card()
        summary.content.addLayout(row(self._verdict, None))
        summary.content.addWidget(self._sentence)
        summary.content.addWidget(self._data)
        self._processes = column(gap=metrics.radius_bubble)
        inside = box()
        self.lock_card = LockCard(lock, self._open_dialog)
        holder = column(summary, self.lock_card, self._processes, None, gap=metrics.radius_bubble)
        holder.setContentsMargins(
            metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap_page
        )
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(tr("What each process can reach"))
        area.setWidgetResizable(True)
        area.setWidget(inside)
        page = column(bar, area)
        page.setStretch(1, 1)
        self.setLayout(page)
        controller.changed.connect(self._show)
        self._show()

    def _open_dialog(self, action: str) -> None:
        PassphraseDialog(cast(Action, action), self._lock, self.window()).open()

    def showEvent(self, event: QShowEvent) -> None:
        """Check when there is nothing to show yet."""
        super().showEvent(event)
        if self._c.report is None:
            self._c.probe()

    def _show(self) -> None:
        report = self._c.report
        self.check.setEnabled(not self._c.checking)
        self._sentence.setText(self._c.sentence)
        self._sentence.setAccessibleName(self._c.sentence)
        if report is None:
            self._verdict.hide()
            self._data.hide()
            return
        self._verdict.setText(tr("closed") if self._c.confined else tr("not closed"))
        set_role(self._verdict, "good" if self._c.confined else "bad")
        self._verdict.show()
        place = tr(
            "Your data: {n} in {folder}", n=size(report.data_bytes), folder=report.data_folder
        )
        self._data.setText(place)
        self._data.setAccessibleName(place)
        self._data.show()
        self._show_rows()

    def _show_rows(self) -> None:
        clear(self._processes)
        for process, rows in groupby(self._c.rows, key=lambda one: one.process):
            self._processes.addWidget(_process_card(process, list(rows)))


def _process_card(process: str, rows: list[Try]) -> Card:
    metrics = theme.current().metrics
    card = Card()
    card.setAccessibleName(tr("The {name} process", name=process))
    card.content.addWidget(label(tr("The {name} process", name=process), "title"))
    grid = QGridLayout()
    grid.setVerticalSpacing(metrics.gap_tiny)
    grid.setHorizontalSpacing(metrics.gap_wide)
    grid.setColumnMinimumWidth(0, metrics.pill_width)
    grid.setColumnMinimumWidth(1, metrics.filter_width)
    for at, one in enumerate(rows):
        words, role = _pill(one)
        grid.addWidget(label(words, role), at, 0)
        grid.addWidget(label(one.attempt), at, 1)
        grid.addWidget(label(one.outcome, "sub", wrap=True), at, 2)
    grid.setColumnStretch(2, 1)
    card.content.addLayout(grid)
    return card


def _pill(one: Try) -> tuple[str, str]:
    if not one.allowed:
        return tr("could not"), "good"
    return (tr("may"), "good") if one.meant else (tr("could"), "bad")
