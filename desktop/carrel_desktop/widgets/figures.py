"""A table of figures as tall as its rows, to stand among text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from carrel_desktop import theme


def figures_table(name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> QTableWidget:
    """Return a table that only shows: a named row for each figure, a column for each way."""
    table = QTableWidget(len(rows), len(head))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(head))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.verticalHeader().hide()
    height = theme.current().metrics.table_row
    table.verticalHeader().setDefaultSectionSize(height)
    columns = table.horizontalHeader()
    columns.setHighlightSections(False)
    columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    for at, row in enumerate(rows):
        for place, text in enumerate(row):
            table.setItem(at, place, QTableWidgetItem(text))
    table.setFixedHeight(columns.sizeHint().height() + height * len(rows) + 2 * height // 3)
    return table
