"""The Lab page: the runs there are, and which way of one wins for what."""

from __future__ import annotations

from pathlib import Path, PurePath

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from carrel.desk.lab_requests import RunRow
from carrel_desktop import theme
from carrel_desktop.controllers.lab import LabController
from carrel_desktop.i18n import counted, tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.controls import Choice
from carrel_desktop.widgets.figures import figures_table
from carrel_desktop.widgets.parts import (
    announce,
    box,
    button,
    clear,
    column,
    escaped,
    header,
    label,
    plain_mnemonic,
    row,
    set_role,
)
from carrel_desktop.windows.dialogs import Dialogs

COMMANDS = (
    "carrel lab draft --out questions.csv",
    "carrel lab run questions.csv --out DIR",
)


class LabPage(QWidget):
    """A list of runs at the left, the chosen one at the right."""

    def __init__(self, controller: LabController, dialogs: Dialogs) -> None:
        super().__init__()
        self._c = controller
        self._dialogs = dialogs
        metrics = theme.current().metrics
        self.open = button(tr("Open a run…"), self._open, "primary")
        bar = header(label(tr("Lab"), "title"), None, self.open)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Runs of the lab"))
        set_role(self.list, "choices")
        self.list.setFixedWidth(metrics.field_width)
        self.list.currentItemChanged.connect(self._choose)
        self.empty = _how_to_begin()
        self.words = label("", wrap=True, selectable=True)
        self.ways = Choice(tr("The way to answer from now on"))
        self.ways.setFixedWidth(metrics.field_width)
        self.ways.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.use = button(tr("Answer this way from now on"), self._use)
        self.report = button(tr("Open the report"), self._open_report)
        self.leave_out = button(tr("Take off the list"), controller.leave_out)
        self._acts = box()
        self._acts.setLayout(
            row(self.ways, self.use, self.report, None, self.leave_out, gap=metrics.gap_small)
        )
        self._tables = QVBoxLayout()
        self._tables.setSpacing(metrics.gap)
        self.notes = label("", "sub", wrap=True, selectable=True)
        area = QScrollArea()
        area.setAccessibleName(tr("What came of the run"))
        area.setWidgetResizable(True)
        inside = box()
        inside.setLayout(
            column(self.empty, self.words, self._acts, self._tables, self.notes, None,
                   gap=metrics.gap)
        )  # fmt: skip
        area.setWidget(inside)
        middle = row(self.list, area, gap=metrics.gap_wide)
        middle.setContentsMargins(
            metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap_page
        )
        page = column(bar, middle)
        page.setStretch(1, 1)
        self.setLayout(page)
        controller.listed.connect(self._show_runs)
        controller.changed.connect(self._show_run)
        self._show_runs()
        self._show_run()

    def showEvent(self, event: QShowEvent) -> None:
        """Look which runs there are: a command may have made one."""
        super().showEvent(event)
        self._c.list_runs()

    def _open(self) -> None:
        self._c.open(self._dialogs.run_folder())

    def _choose(self, item: QListWidgetItem | None) -> None:
        folder = str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""
        if folder != self._c.chosen:
            self._c.show(folder)

    def _use(self) -> None:
        self._c.use(self.ways.currentData())

    def _open_report(self) -> None:
        shown = self._c.shown
        if shown is None:
            return
        if not Path(shown.report).is_file():
            self._c.warn(tr("The report is not there any more."), shown.report)
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(shown.report)):
            self._c.warn(tr("No application of this system opens this file."))

    def _show_runs(self) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._c.runs or []:
            item = QListWidgetItem(f"{PurePath(one.folder).name}\n{_state(one)}")
            item.setData(Qt.ItemDataRole.UserRole, one.folder)
            item.setToolTip(escaped(one.folder))
            self.list.addItem(item)
            if one.folder == self._c.chosen:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self.list.setVisible(bool(self._c.runs))
        if self._c.runs and not self._c.chosen:
            self.list.setCurrentRow(0)
        self._show_run()

    def _show_run(self) -> None:
        shown = self._c.shown
        self.empty.setVisible(not self._c.runs and not self._c.chosen)
        words = shown.words if shown is not None else self._c.problem
        self.words.setText(words)
        self.words.setAccessibleName(words)
        self._acts.setVisible(bool(self._c.chosen))
        self.leave_out.setVisible(any(one.folder == self._c.chosen for one in self._c.runs or []))
        self.ways.clear()
        for way in shown.ways if shown is not None else []:
            self.ways.addItem(plain_mnemonic(way), way)
        for widget in (self.ways, self.use):
            widget.setVisible(self.ways.count() > 0)
        self.report.setVisible(shown is not None and bool(shown.report))
        clear(self._tables)
        self.notes.setText("\n".join(shown.notes) if shown is not None else "")
        if shown is None:
            return
        self.ways.setCurrentIndex(max(self.ways.findData(shown.best), 0))
        for one in shown.tables:
            if one.rows:
                self._tables.addWidget(label(tr(one.title), "title"))
                self._tables.addWidget(figures_table(tr(one.title), one.head, one.rows))
        announce(self, words)


def _state(one: RunRow) -> str:
    if one.problem:
        return tr("cannot be read")
    questions = counted(one.questions, "1 question", "{n} questions")
    ways = counted(one.ways, "1 way", "{n} ways")
    state = "" if one.complete else tr(", not complete")
    return f"{questions}, {ways}{state}"


def _how_to_begin() -> QWidget:
    card = Card(dashed=True)
    for text, role in (
        (tr("Retrieval, a tuned model, or both?"), "title"),
        (tr("The lab asks your own questions with and without your files, with any models and "
            "adapters, and says which way wins for what. Runs are made by two commands, and shown "
            "here:"), ""),
        ("\n".join(COMMANDS), "sub"),
    ):  # fmt: skip
        card.content.addWidget(label(text, role, wrap=True, selectable=True))
    return card
