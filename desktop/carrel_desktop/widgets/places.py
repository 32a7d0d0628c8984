"""Keeps selection and place of a table while its rows change under the reader's eyes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from PySide6.QtCore import QItemSelection, QItemSelectionModel
from PySide6.QtWidgets import QAbstractItemView, QTableView

from carrel_desktop.item_models.documents import DocumentsModel

_ROWS = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows


@contextlib.contextmanager
def kept_place(table: QTableView, model: DocumentsModel) -> Iterator[None]:
    """What was selected, current and at the top is so afterwards, where it is still there."""
    selection = table.selectionModel()
    chosen = {model.path(one.row()) for one in selection.selectedRows()}
    current = table.currentIndex()
    now = (model.path(current.row()), current.column()) if current.isValid() else None
    scrolled = table.verticalScrollBar().value() > 0
    first = table.rowAt(0)
    top = model.path(first) if scrolled and 0 <= first < model.rowCount() else None
    resets: list[bool] = []
    connection = model.modelReset.connect(lambda: resets.append(True))
    yield
    model.modelReset.disconnect(connection)
    if not resets:
        return  # rows that only changed or were added below keep their place by themselves
    rows = {model.path(row): row for row in range(model.rowCount())}
    if now is not None and now[0] in rows:
        at = model.index(rows[now[0]], now[1])
        selection.setCurrentIndex(at, QItemSelectionModel.SelectionFlag.NoUpdate)
    again = QItemSelection()
    for path in chosen & rows.keys():
        index = model.index(rows[path], 0)
        again.select(index, index)
    selection.select(again, _ROWS)
    if top in rows:
        hint = QAbstractItemView.ScrollHint.PositionAtTop
        table.scrollTo(model.index(rows[top], 0), hint)
