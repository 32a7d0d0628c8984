"""Small makers of labels, buttons and layouts, so that every widget has a name and a role."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from carrel_desktop import theme
from carrel_desktop.theme.icons import icon

_PILLS = ("chip", "good", "warn", "bad", "number")
_Box = TypeVar("_Box", bound=QBoxLayout)


def label(
    text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False
) -> QLabel:
    """Return a label that shows its text as it is, never as markup."""
    result = QLabel()
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setText(text)
    result.setWordWrap(wrap)
    if role:
        set_role(result, role)
    if role in _PILLS:
        result.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if selectable:
        result.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        result.setAccessibleName(text)
    return result


def button(
    text: str, run: Callable[[], None], role: str = "", *, name: str = "", tip: str = ""
) -> QPushButton:
    """Return a push button; `name` is what a screen reader says when `text` is not enough."""
    result = QPushButton(plain_mnemonic(text))
    result.setAccessibleName(name or text)
    result.clicked.connect(lambda _checked=False: run())
    result.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if role:
        set_role(result, role)
    if tip:
        set_tip(result, tip)
    return result


def icon_button(icon_name: str, name: str, run: Callable[[], None]) -> QPushButton:
    """Return a button that shows only an icon; its name is its tooltip too."""
    result = button("", run, "icon", name=name, tip=name)

    def restyle() -> None:
        now = theme.current()
        result.setIcon(icon(icon_name, now.roles, now.metrics.icon_small))
        result.setIconSize(QSize(now.metrics.icon_small, now.metrics.icon_small))
        result.setFixedSize(now.metrics.chip, now.metrics.chip)

    follow_theme(result, restyle)
    return result


class _Restyler(QObject):
    """Lives and dies with its widget, and so does its connection to the theme."""

    def __init__(self, widget: QWidget, restyle: Callable[[], None]) -> None:
        super().__init__(widget)
        self._restyle = restyle
        theme.current().changed.connect(self.run)

    @Slot()
    def run(self) -> None:
        self._restyle()


def follow_theme(widget: QWidget, restyle: Callable[[], None]) -> None:
    """Run `restyle` now and at every change of theme, as long as the widget lives."""
    _Restyler(widget, restyle).run()


def plain_mnemonic(text: str) -> str:
    """Return text in which an ampersand is an ampersand."""
    return text.replace("&", "&&")


def set_role(widget: QWidget, role: str) -> None:
    """Say what a widget is; the stylesheet says how that looks."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def announce(widget: QWidget, text: str) -> None:
    """Have a screen reader say what has just appeared."""
    event = QAccessibleAnnouncementEvent(widget, text)
    QAccessible.updateAccessibility(event)


def set_tip(widget: QWidget, text: str) -> None:
    """Set a tooltip whose text can hold no markup."""
    widget.setToolTip(escaped(text))


def escaped(text: str) -> str:
    """Return text for places that guess whether they hold markup (tooltips)."""
    return f"<qt>{html.escape(text)}</qt>" if text else ""


def line() -> QFrame:
    """Return a hairline."""
    result = QFrame()
    set_role(result, "line")
    return result


def box(role: str = "clear", name: str = "") -> QWidget:
    """Return an empty widget that paints the background of its role."""
    result = QWidget()
    result.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    set_role(result, role)
    if name:
        result.setAccessibleName(name)
    return result


def column(*items: QWidget | QLayout | int | None, gap: int = 0, margins: int = 0) -> QVBoxLayout:
    """Return a vertical layout; an int is a space in pixels, None a stretch."""
    layout = QVBoxLayout()
    return _filled(layout, items, gap, margins)


def row(*items: QWidget | QLayout | int | None, gap: int = 0, margins: int = 0) -> QHBoxLayout:
    """Return a horizontal layout; an int is a space in pixels, None a stretch."""
    layout = QHBoxLayout()
    return _filled(layout, items, gap, margins)


def _filled(
    layout: _Box, items: tuple[QWidget | QLayout | int | None, ...], gap: int, margins: int
) -> _Box:
    layout.setSpacing(gap)
    layout.setContentsMargins(margins, margins, margins, margins)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def header(title: QWidget, *items: QWidget | QLayout | int | None) -> QWidget:
    """Return the bar at the top of a page."""
    metrics = theme.current().metrics
    result = box("header")
    layout = row(title, *items, gap=metrics.gap)
    layout.setContentsMargins(metrics.gap_page, 0, metrics.gap_page, 0)
    result.setLayout(layout)
    result.setFixedHeight(metrics.header)
    return result


class ElidedLabel(QLabel):
    """One line of plain text, cut with an ellipsis where it does not fit; its name is whole."""

    def __init__(self, text: str = "", role: str = "", *, middle: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        if role:
            set_role(self, role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show a text, as one line."""
        super().setText(" ".join(text.split()))
        self.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:
        """Narrower than the text: that is the point of it."""
        return QSize(self.fontMetrics().averageCharWidth() * 3, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much of the text as fits."""
        painter = QPainter(self)
        rect = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, rect.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(rect, int(self.alignment()), text)
