"""A check box and a list of choices whose signs are drawn in the colours of the theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from carrel_desktop import theme
from carrel_desktop.theme.icons import icon
from carrel_desktop.widgets.parts import plain_mnemonic

_TICK = ((0.24, 0.52), (0.43, 0.71), (0.78, 0.30))  # in the indicator's size


class Check(QCheckBox):
    """The stylesheet draws the box, this class the tick in it."""

    def __init__(self, text: str, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(plain_mnemonic(text), parent)
        self.setAccessibleName(name or text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box and the words, then the tick."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        now, option = theme.current(), QStyleOptionButton()
        self.initStyleOption(option)
        element = QStyle.SubElement.SE_CheckBoxIndicator
        box = QRectF(self.style().subElementRect(element, option, self))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(now.roles.color("on_accent"), now.metrics.underline)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        points = [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in _TICK]
        painter.drawPolyline(points)


class Choice(QComboBox):
    """Gives way when there is little room; shows that it opens."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, then the sign that it opens."""
        super().paintEvent(event)
        now = theme.current()
        side = now.metrics.font_secondary
        edge = now.metrics.gap
        left = self.width() - edge - side
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            left = edge
        place = QRect(left, (self.height() - side) // 2, side, side)
        icon("down", now.roles, side).paint(QPainter(self), place)
