"""The list of conversations under headings of time, and how a row is painted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

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

from carrel.desk.conversation_requests import ConversationHit, ConversationRow
from carrel_desktop import theme
from carrel_desktop.item_models.conversation_rows import Line, lines

Index = QModelIndex | QPersistentModelIndex
IdRole = Qt.ItemDataRole.UserRole + 1
FoundRole = Qt.ItemDataRole.UserRole + 2


class ConversationsModel(QAbstractListModel):
    """Rows are conversations and headings (id 0, not selectable)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []

    def show(self, rows: Sequence[ConversationRow], today: date, searching: bool = False) -> None:
        """Show conversations, newest first, under headings as of `today`."""
        self.beginResetModel()
        self._lines = lines(rows, today, searching)
        self.endResetModel()

    def row_of(self, conversation_id: int) -> int:
        """Return the row of a conversation, -1 when it is not in the list."""
        for at, line in enumerate(self._lines):
            if line.row is not None and line.row.id == conversation_id:
                return at
        return -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return the number of rows, headings included."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a row's title, id, conversation, or the place that a search found."""
        title, row = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{title}. {row.found.snippet}" if row is not None and row.found else title
        if role == IdRole:
            return row.id if row is not None else 0
        if role == FoundRole:
            return row.found if row is not None else None
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings can be neither selected nor entered."""
        if self._lines[index.row()].row is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class ConversationDelegate(QStyledItemDelegate):
    """Paints headings small and muted, the open conversation on a raised ground."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        metrics = theme.current().metrics
        height = metrics.list_row if index.data(IdRole) else metrics.list_header
        if _snippet(index) is not None:
            height += metrics.list_snippet
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
        found = _snippet(index)
        if found is not None:
            below = inside.adjusted(0, metrics.list_row - metrics.gap_small, 0, 0)
            _paint_snippet(painter, below, found)
            painter.setFont(now.font(metrics.font_small, bold))
            painter.setPen(now.roles.color("text"))
            inside.setHeight(metrics.list_row)
        title = str(index.data())
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, inside.width())
        if heading:
            inside.adjust(0, 0, 0, -metrics.gap_tiny)
        painter.drawText(inside, int(align | Qt.AlignmentFlag.AlignLeft), title)


def _snippet(index: Index) -> ConversationHit | None:
    """The place that a search found in a turn; a title is seen as it is."""
    found = index.data(FoundRole)
    return found if isinstance(found, ConversationHit) and found.part != "title" else None


def _paint_snippet(painter: QPainter, room: QRect, found: ConversationHit) -> None:
    """Paint one line that begins shortly before what was found, which is in bold."""
    now = theme.current()
    plain = now.font(now.metrics.font_secondary)
    bold = now.font(now.metrics.font_secondary, QFont.Weight.DemiBold)
    x, right = room.left(), room.right()
    for text, marked in parts(found):
        painter.setFont(bold if marked else plain)
        painter.setPen(now.roles.color("text" if marked else "muted"))
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, right - x)
        painter.drawText(QRect(x, room.top(), right - x, metrics.height()), 0, shown)
        x += metrics.horizontalAdvance(text)
        if x >= right:
            return


_LEAD = 12  # characters shown before what was found: the list is narrow


def parts(found: ConversationHit) -> list[tuple[str, bool]]:
    """A snippet in parts, each with whether it was searched for."""
    first = found.marks[0][0] if found.marks else 0
    begin = max(0, first - _LEAD)
    text: list[tuple[str, bool]] = [("…", False)] if begin or found.snippet_start else []
    at = begin
    for start, end in found.marks:
        text += [(found.snippet[at:start], False), (found.snippet[start:end], True)]
        at = end
    text.append((found.snippet[at:], False))
    return [one for one in text if one[0]]
