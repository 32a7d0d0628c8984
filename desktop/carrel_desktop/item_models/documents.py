"""The table of documents: name, status, why, changed; and how a status is painted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from carrel.desk.requests import DocumentRow
from carrel_desktop import theme
from carrel_desktop.i18n import counted, locale, tr
from carrel_desktop.widgets.parts import escaped

Index = QModelIndex | QPersistentModelIndex
STATUS_COLUMN = 1
_LEVELS = {"indexed": "good", "reading": "good", "failed": "bad", "quarantined": "bad"}
_COLORS = {
    "good": ("accent", "accent_soft"),
    "warn": ("warning", "warning_soft"),
    "bad": ("error", "error_soft"),
}


class DocumentsModel(QAbstractTableModel):
    """Rows of the desk; `wants_more` when the view has come to the end of the loaded rows."""

    wants_more = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[DocumentRow] = ()
        self._total = 0

    def show(self, rows: Sequence[DocumentRow], total: int) -> None:
        """Show rows; `total` is how many there are to load."""
        if list(rows) == list(self._rows) and total == self._total:
            return
        if [row.path for row in rows] == [row.path for row in self._rows]:
            self._rows, self._total = list(rows), total
            if rows:
                last = self.index(len(rows) - 1, self.columnCount() - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        grown = len(rows) > len(self._rows) and list(rows[: len(self._rows)]) == list(self._rows)
        if grown and self._rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(rows) - 1)
            self._rows, self._total = list(rows), total
            self.endInsertRows()
            return
        self.beginResetModel()
        self._rows, self._total = list(rows), total
        self.endResetModel()

    def path(self, row: int) -> str:
        """The path of a loaded document."""
        return self._rows[row].path

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of loaded documents."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_headers())

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's title."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _headers()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's text, or its tooltip without markup."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return escaped(row.path if index.column() == 0 else _cell(row, index.column()))
        return None

    def canFetchMore(self, parent: Index) -> bool:
        """Whether the desk has more rows than are loaded."""
        return not parent.isValid() and len(self._rows) < self._total

    def fetchMore(self, parent: Index) -> None:
        """Ask for more rows; they come by `show`."""
        self.wants_more.emit()


class StatusDelegate(QStyledItemDelegate):
    """Paints a status as a word on a coloured pill."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one status."""
        now = theme.current()
        metrics = now.metrics
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        word = str(index.data())
        ink, ground = _COLORS[_LEVELS.get(word, "warn")]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, now.roles.color("accent_soft"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, now.roles.color("line"))
        painter.setFont(now.font(metrics.font_secondary, QFont.Weight.DemiBold))
        width = painter.fontMetrics().horizontalAdvance(word) + 2 * metrics.gap_small
        height = metrics.small_line + metrics.gap_hair
        pill = QRect(rect.left() + metrics.gap_small, 0, width, height)
        pill.moveTop(rect.center().y() - height // 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.roles.color(ground))
        painter.drawRoundedRect(pill, metrics.radius_pill, metrics.radius_pill)
        painter.setPen(now.roles.color(ink))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), word)
        painter.restore()


def _headers() -> tuple[str, ...]:
    return (tr("Document"), tr("Status"), tr("Why"), tr("Changed"))


def _cell(row: DocumentRow, column: int) -> str:
    if column == 0:
        return PurePath(row.path).name
    if column == STATUS_COLUMN:
        return row.status.replace("keyword_only", "words only").replace("_", " ")
    if column == 2:
        found = counted(row.passages, "1 passage", "{n} passages") if row.passages else ""
        if row.ocr and not row.reason:
            found = tr("OCR text, {passages}", passages=found)
        return row.reason or found
    when = QDateTime.fromSecsSinceEpoch(int(row.modified))
    return locale().toString(when, tr("d MMM yyyy"))
