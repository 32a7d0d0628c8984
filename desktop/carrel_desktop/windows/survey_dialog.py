"""The survey: one question to every document, as a table that fills itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from carrel.desk.library_requests import SurveyRow
from carrel_desktop import theme
from carrel_desktop.controllers.surveying import SurveyController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.composer import QuestionField
from carrel_desktop.widgets.controls import Check, Choice
from carrel_desktop.widgets.parts import (
    announce,
    button,
    column,
    escaped,
    label,
    plain_mnemonic,
    row,
)
from carrel_desktop.windows.dialogs import Dialogs

_QUOTE_COLUMN = 2


class SurveyDialog(QDialog):
    """The question above, a row for each document below; the chosen row in full at the end.
    `collections` says how many documents each has."""

    def __init__(
        self, controller: SurveyController, collections: Mapping[str, int], dialogs: Dialogs,
        parent: QWidget, question: str = "",
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._c = controller
        self._counts = collections
        self._dialogs = dialogs
        metrics = theme.current().metrics
        title = tr("Survey: one question to every document")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(metrics.window_min_width + metrics.details_width, metrics.dialog_high)
        self.field = QuestionField()
        self.field.setAccessibleName(tr("The question for every document"))
        self.field.setPlaceholderText(tr("What do you want to know of each document?"))
        self.field.setPlainText(question)
        self.field.entered.connect(self._ask)
        self.scope = Choice(tr("Which documents are asked"))
        self.scope.addItem(tr("All collections"), "")
        for name in collections:
            self.scope.addItem(plain_mnemonic(name), name)
        self.scope.setFixedWidth(metrics.field_width)
        self.answers = Check(tr("A line by the model too (slower)"))
        self.ask = button(tr("Ask every document"), self._ask, "primary")
        self.stop = button(tr("Stop"), controller.stop, "primary")
        self.saved = Choice(tr("Saved surveys"))
        self.saved.setFixedWidth(metrics.field_width)
        self.saved.activated.connect(self._take_up)
        for choice in (self.scope, self.saved):
            choice.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._words = label("", "sub", wrap=True)
        self.table = self._table()
        self.whole = label("", wrap=True, selectable=True)
        self.whole.setMinimumHeight(metrics.text_height)
        self.export = button(tr("Export as CSV"), self._export)
        self.go_on = button(tr("Go on"), self._go_on)
        close = button(tr("Close"), self.reject)
        question_card = Card()
        question_card.content.addWidget(self.field)
        layout = column(
            question_card, row(self.scope, self.answers, None, self.saved, self.stop, self.ask,
                            gap=metrics.gap_small),
            self._words, self.table, self.whole,
            row(self.export, self.go_on, None, close, gap=metrics.gap_small),
            gap=metrics.gap, margins=metrics.gap_wide,
        )  # fmt: skip
        layout.setStretch(3, 1)
        self.setLayout(layout)
        controller.row_added.connect(self._add)
        controller.changed.connect(self._show_state)
        controller.listed.connect(self._show_saved)
        for one in controller.rows:
            self._add(one)
        self._show_state()
        controller.list_surveys()
        self.field.setFocus()

    def _table(self) -> QTableWidget:
        metrics = theme.current().metrics
        titles = [tr("Document"), tr("Result"), tr("What it says"), tr("Page")]
        table = QTableWidget(0, len(titles))
        table.setAccessibleName(tr("What each document says"))
        table.setHorizontalHeaderLabels(titles)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(metrics.table_row)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        head.setSectionResizeMode(_QUOTE_COLUMN, QHeaderView.ResizeMode.Stretch)
        table.setColumnWidth(0, metrics.field_width)
        table.setColumnWidth(1, metrics.status_width)
        table.setColumnWidth(3, metrics.pill_width)
        table.itemSelectionChanged.connect(self._show_whole)
        return table

    def _ask(self) -> None:
        collection = str(self.scope.currentData() or "")
        expected = self._counts.get(collection, 0) if collection else sum(self._counts.values())
        if self._c.ask(self.field.toPlainText(), collection, answers=self.answers.isChecked(),
                       expected=expected):  # fmt: skip
            self.stop.setFocus()
        else:
            self.field.setFocus()

    def _take_up(self, at: int) -> None:
        if at > 0:
            one = self._c.surveys[at - 1]
            self.field.setPlainText(one.question)
            self._c.go_on(one.id)

    def _go_on(self) -> None:
        if self._c.state is not None:
            self._c.go_on(self._c.state.id)

    def _export(self) -> None:
        self._c.export(self._dialogs.csv_to_write())

    def _add(self, row: SurveyRow) -> None:
        at = self.table.rowCount()
        self.table.insertRow(at)
        page = "" if row.page is None else str(row.page)
        said = row.answer or row.quote or row.reason
        for column_number, text in enumerate(
            (PurePath(row.document).name, verdict_words(row.verdict), " ".join(said.split()), page)
        ):
            item = QTableWidgetItem(text)
            item.setToolTip(escaped(row.document if column_number == 0 else said))
            self.table.setItem(at, column_number, item)
        self._words.setText(self._c.words)

    def _show_whole(self) -> None:
        chosen = self.table.selectionModel().selectedRows()
        if not chosen:
            self.whole.setText("")
            return
        one = self._c.rows[chosen[0].row()]
        parts = [one.document, f"“{one.quote}”" if one.quote else "", one.answer, one.reason]
        text = "\n".join(part for part in parts if part)
        self.whole.setText(text)
        self.whole.setAccessibleName(text)

    def _show_state(self) -> None:
        busy, state = self._c.busy, self._c.state
        if not self._c.rows:
            self.table.setRowCount(0)
            self.whole.setText("")
        self.stop.setVisible(busy)
        self.ask.setVisible(not busy)
        self.saved.setEnabled(not busy)
        self.export.setEnabled(not busy and state is not None and state.id > 0)
        self.go_on.setVisible(not busy and state is not None and not state.complete)
        self._words.setText(self._c.words)
        if not busy and self._c.rows:
            announce(self, self._c.words)

    def _show_saved(self) -> None:
        self.saved.clear()
        self.saved.addItem(tr("Saved surveys"))
        for one in self._c.surveys:
            self.saved.addItem(plain_mnemonic(f"{one.question} ({one.done}/{one.documents})"))
        self.saved.setVisible(bool(self._c.surveys))


def verdict_words(verdict: str) -> str:
    """What became of the question in a document."""
    return {
        "found": tr("found"), "doubtful": tr("doubtful"), "nothing found": tr("nothing found"),
        "no text": tr("no text"),
    }[verdict]  # fmt: skip
