"""What of a collection's folders is left out: its rules, and each file that is out, with why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QPlainTextEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from carrel.desk.library_requests import LeftOutList, Rules, RulesAre
from carrel_desktop import theme
from carrel_desktop.controllers.keeping import KeepingController
from carrel_desktop.i18n import counted, tr
from carrel_desktop.widgets.controls import Check
from carrel_desktop.widgets.parts import button, column, escaped, label, row, set_role

_LARGEST_MB = 2_000


class RulesDialog(QDialog):
    """The rules above, what they leave out below."""

    def __init__(self, collection: str, keeping: KeepingController, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._collection = collection
        self._c = keeping
        metrics = theme.current().metrics
        title = tr("What is left out of {name}", name=collection)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(metrics.dialog_wide, metrics.dialog_high)
        self.patterns = QPlainTextEdit()
        self.patterns.setAccessibleName(tr("Patterns, one a line, as in .gitignore"))
        self.patterns.setPlaceholderText("*.log\ndrafts/")
        self.patterns.setTabChangesFocus(True)
        set_role(self.patterns, "field")
        self.patterns.setFixedHeight(metrics.text_height)
        self.gitignore = Check(tr("Obey .gitignore files"))
        self.hidden = Check(tr("Take hidden files in"))
        self.largest = QSpinBox(maximum=_LARGEST_MB)
        self.largest.setAccessibleName(tr("Largest file in megabytes; 0 takes the setting"))
        self.largest.setSuffix(" MB")
        self.largest.setSpecialValueText(tr("as in Settings"))
        self._count = label("", "sub", wrap=True)
        self.table = _table()
        self.save = button(tr("Save and bring up to date"), self._save, "primary")
        self.save.setEnabled(False)
        size = row(label(tr("Largest file")), self.largest, None, gap=metrics.gap_small)
        layout = column(
            label(tr("Leave out, one pattern a line, as in .gitignore:"), "sub", wrap=True),
            self.patterns, row(self.gitignore, self.hidden, None, gap=metrics.gap_wide), size,
            self._count, self.table,
            row(None, button(tr("Close"), self.reject), self.save, gap=metrics.gap_small),
            gap=metrics.gap, margins=metrics.gap_wide,
        )  # fmt: skip
        layout.setStretch(5, 1)
        self.setLayout(layout)
        self._asked = [
            keeping.rules(collection, self._show_rules),
            keeping.left_out(collection, self._show_left_out),
        ]

    def done(self, result: int) -> None:
        """Hear nothing more of what was asked."""
        for one in self._asked:
            one.drop()
        super().done(result)

    def rules(self) -> Rules:
        """The rules as they stand in the dialog."""
        lines = self.patterns.toPlainText().splitlines()
        return Rules(
            patterns=[line.strip() for line in lines if line.strip()],
            gitignore=self.gitignore.isChecked(), hidden=self.hidden.isChecked(),
            largest_mb=self.largest.value(),
        )  # fmt: skip

    def _show_rules(self, told: RulesAre) -> None:
        self.patterns.setPlainText("\n".join(told.rules.patterns))
        self.gitignore.setChecked(told.rules.gitignore)
        self.hidden.setChecked(told.rules.hidden)
        self.largest.setValue(told.rules.largest_mb)
        self.save.setEnabled(True)

    def _show_left_out(self, told: LeftOutList) -> None:
        said = counted(told.total, "1 file or folder is left out.",
                       "{n} files and folders are left out.")  # fmt: skip
        if told.total > len(told.rows):
            said += " " + tr("The first {n} are listed.", n=len(told.rows))
        self._count.setText(said if told.total else tr("Nothing is left out."))
        self.table.setRowCount(len(told.rows))
        for at, one in enumerate(told.rows):
            for place, text in enumerate((one.path, one.reason)):
                item = QTableWidgetItem(text)
                item.setToolTip(escaped(text))
                self.table.setItem(at, place, item)
        self.table.setVisible(bool(told.rows))

    def _save(self) -> None:
        self._c.set_rules(self._collection, self.rules())
        self.accept()


def _table() -> QTableWidget:
    metrics = theme.current().metrics
    table = QTableWidget(0, 2)
    table.setAccessibleName(tr("What is left out"))
    table.setHorizontalHeaderLabels([tr("File or folder"), tr("Why")])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # the name is at the end of a path
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(metrics.table_row)
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    return table
