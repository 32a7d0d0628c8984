"""The list of conversations under headings of time, and how a row is painted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from carrel.desk.conversation_requests import ConversationRow
from carrel_desktop import theme
from carrel_desktop.i18n import locale, tr

Index = QModelIndex | QPersistentModelIndex
IdRole = Qt.ItemDataRole.UserRole + 1


class ConversationsModel(QAbstractListModel):
    """Rows are conversations (id > 0) and headings (id 0, not selectable)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[int, str]] = []

    def show(self, rows: Sequence[ConversationRow], today: date) -> None:
        """Show conversations, newest first, under headings as of `today`."""
        self.beginResetModel()
        self._rows = []
        heading = ""
        for row in rows:
            when = period(datetime.fromtimestamp(row.updated).date(), today)
            if when != heading:
                heading = when
                self._rows.append((0, heading))
            self._rows.append((row.id, row.title))
        self.endResetModel()

    def row_of(self, conversation_id: int) -> int:
        """Return the row of a conversation, -1 when it is not in the list."""
        ids = [id for id, _ in self._rows]
        return ids.index(conversation_id) if conversation_id in ids else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of rows, headings included."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a row's title or id."""
        id, title = self._rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return title
        return id if role == IdRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings can be neither selected nor entered."""
        if self._rows[index.row()][0] == 0:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class ConversationDelegate(QStyledItemDelegate):
    """Paints headings small and muted, the open conversation on a raised ground."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        metrics = theme.current().metrics
        height = metrics.list_row if index.data(IdRole) else metrics.list_header
        return QSize(metrics.list_min // 2, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        now = theme.current()
        metrics = now.metrics
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = bool(state & QStyle.StateFlag.State_Selected)
        row = rect.adjusted(0, 1, 0, -1)
        if selected or (state & QStyle.StateFlag.State_MouseOver and index.data(IdRole)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.roles.color("surface", 1.0 if selected else 0.5))
            painter.drawRoundedRect(row, metrics.radius, metrics.radius)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(now.roles.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), metrics.radius, metrics.radius)
        self._text(painter, row, index, selected)
        painter.restore()

    def _text(self, painter: QPainter, row: QRect, index: Index, selected: bool) -> None:
        now = theme.current()
        metrics = now.metrics
        heading = not index.data(IdRole)
        bold = QFont.Weight.DemiBold if selected or heading else QFont.Weight.Normal
        painter.setFont(now.font(metrics.font_secondary if heading else metrics.font_small, bold))
        painter.setPen(now.roles.color("muted" if heading else "text"))
        inside = row.adjusted(metrics.gap_small, 0, -metrics.gap_small, 0)
        align = Qt.AlignmentFlag.AlignBottom if heading else Qt.AlignmentFlag.AlignVCenter
        title = str(index.data())
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, inside.width())
        if heading:
            inside.adjust(0, 0, 0, -metrics.gap_tiny)
        painter.drawText(inside, int(align | Qt.AlignmentFlag.AlignLeft), title)


def period(day: date, today: date) -> str:
    """Return the heading that a day stands under, as seen from `today`."""
    if day >= today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    if day > today - timedelta(days=7):
        return tr("This week")
    month = locale().standaloneMonthName(day.month)
    return month if day.year == today.year else f"{month} {day.year}"
