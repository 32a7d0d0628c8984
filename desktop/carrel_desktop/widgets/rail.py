"""The rail at the left edge: one button for each page, and the menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QMenu, QSizePolicy, QToolButton, QWidget

from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.theme.icons import icon
from carrel_desktop.widgets.parts import column, follow_theme, set_role


class Rail(QWidget):
    """`chosen` carries the key of the page that the user wants."""

    chosen = Signal(str)

    def __init__(
        self,
        pages: Sequence[tuple[str, str]],
        low_pages: Sequence[tuple[str, str]],
        menu: QMenu,
        parent: QWidget | None = None,
    ) -> None:
        """Pages are (key, title); `low_pages` stand at the bottom, above the menu."""
        super().__init__(parent)
        metrics = theme.current().metrics
        self.setAccessibleName(tr("Pages"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "rail")
        self.setFixedWidth(metrics.rail)
        self._group = QButtonGroup(self)
        self._buttons = {key: self._page_button(key, title) for key, title in (*pages, *low_pages)}
        self.menu_button = _tool("menu", tr("Menu"))
        self.menu_button.setMenu(menu)
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        layout = column(
            *(self._buttons[key] for key, _ in pages),
            None,
            *(self._buttons[key] for key, _ in low_pages),
            self.menu_button,
            gap=metrics.gap_tiny,
        )
        side = (metrics.rail - metrics.rail_width) // 2
        layout.setContentsMargins(side, metrics.radius_bubble, side, metrics.radius_bubble)
        self.setLayout(layout)

    def choose(self, key: str) -> None:
        """Show which page is open, without reporting it."""
        self._buttons[key].setChecked(True)

    def _page_button(self, key: str, title: str) -> QToolButton:
        button = _tool(key, title)
        button.setCheckable(True)
        button.clicked.connect(lambda _checked=False: self.chosen.emit(key))
        self._group.addButton(button)
        return button


def _tool(icon_name: str, title: str) -> QToolButton:
    button = QToolButton()
    button.setText(title)
    button.setAccessibleName(title)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    set_role(button, "rail")

    def restyle() -> None:
        now = theme.current()
        button.setIcon(icon(icon_name, now.roles, now.metrics.icon))
        button.setIconSize(QSize(now.metrics.icon, now.metrics.icon))
        button.setFixedHeight(now.metrics.rail_button)

    follow_theme(button, restyle)
    return button
