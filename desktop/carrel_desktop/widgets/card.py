"""A raised card with a hairline and one soft shadow, or a dashed place to drop things on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from carrel_desktop import theme

_SHADOWS = ((1.0, 0.030), (2.0, 0.022), (3.5, 0.014), (5.0, 0.008))  # (offset and spread, alpha)


class Card(QWidget):
    """`content` is its layout. `accent` colours the line, `dashed` makes it a place to drop on."""

    def __init__(
        self, parent: QWidget | None = None, *, dashed: bool = False, accent: bool = False
    ) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.dashed = dashed
        self.accent = accent
        self.content = QVBoxLayout(self)
        self.content.setSpacing(metrics.gap_small)
        self.set_padding(metrics.gap_wide, metrics.radius_bubble)

    def set_padding(self, across: int, down: int) -> None:
        """Set the space inside the line, in pixels."""
        edge = theme.current().metrics.shadow
        self.content.setContentsMargins(across, down, across, down + edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the shadow, the surface and the line."""
        now = theme.current()
        radius = now.metrics.radius_card
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5 - now.metrics.shadow)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.dashed and not now.roles.dark:
            painter.setPen(Qt.PenStyle.NoPen)
            for spread, alpha in _SHADOWS:
                painter.setBrush(now.roles.color("shadow", alpha))
                painter.drawRoundedRect(
                    frame.adjusted(0, spread, 0, spread), radius + spread / 2, radius + spread / 2
                )
        path = QPainterPath()
        path.addRoundedRect(frame, radius, radius)
        painter.fillPath(path, now.roles.color("background" if self.dashed else "surface"))
        role = "accent" if self.accent else "line"
        style = Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine
        painter.strokePath(path, QPen(now.roles.color(role), 1, style))


class Bar(QWidget):
    """A thin bar of progress in parts: fractions of the whole, each with the role of its colour."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._parts: tuple[tuple[float, str], ...] = ()
        self.setFixedHeight(theme.current().metrics.bar)

    def show_parts(self, *parts: tuple[float, str]) -> None:
        """Show (fraction in [0, 1], role) from left to right."""
        self._parts = parts
        words = ", ".join(f"{fraction:.0%}" for fraction, _ in parts)
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the parts over the empty bar."""
        roles = theme.current().roles
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        whole = QRectF(self.rect())
        path.addRoundedRect(whole, whole.height() / 2, whole.height() / 2)
        painter.setClipPath(path)
        painter.fillRect(whole, roles.color("line"))
        left = 0.0
        for fraction, role in self._parts:
            width = whole.width() * min(1.0, max(0.0, fraction))
            painter.fillRect(QRectF(left, 0, width, whole.height()), roles.color(role))
            left += width
