"""The active theme: light or dark as the system says, at the zoom the user chose."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from carrel_desktop.theme.metrics import ZOOMS, Metrics
from carrel_desktop.theme.palette import palette
from carrel_desktop.theme.roles import DARK, LIGHT, Roles
from carrel_desktop.theme.stylesheet import stylesheet

Choice = Literal["system", "light", "dark"]
SANS = ("Inter", "Inter Variable", "Segoe UI Variable", "SF Pro Text", "Cantarell", "Noto Sans")


class Theme(QObject):
    """Roles and metrics in force; `changed` tells those who paint by themselves."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.roles: Roles = LIGHT
        self.metrics = Metrics()
        self.choice: Choice = "system"
        self.zoom = 1.0
        self._sheet = True

    def install(
        self,
        app: QApplication,
        choice: Choice = "system",
        zoom: float = 1.0,
        *,
        sheet: bool = True,
    ) -> None:
        """Dress the application and follow the system from now on.

        Without `sheet` the stylesheet waits for `complete`: every widget that is put into another
        is styled anew, so that building a window under a stylesheet takes twice as long.
        """
        app.setStyle("Fusion")
        self._sheet = sheet
        self.zoom = min(ZOOMS, key=lambda one: abs(one - zoom))
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self.choose(choice)

    def complete(self) -> None:
        """Put on the stylesheet that `install` left out."""
        if not self._sheet:
            self._sheet = True
            self._apply()

    def choose(self, choice: Choice) -> None:
        """Use light or dark, or follow the system."""
        self.choice = choice
        self._apply()

    def zoom_after(self, steps: int) -> float:
        """Return the zoom so many levels away; 0 is the normal size."""
        index = ZOOMS.index(self.zoom) + steps if steps else ZOOMS.index(1.0)
        return ZOOMS[max(0, min(len(ZOOMS) - 1, index))]

    def set_zoom(self, zoom: float) -> None:
        """Use the zoom level nearest to `zoom`."""
        self.zoom = min(ZOOMS, key=lambda one: abs(one - zoom))
        self._apply()

    def font(self, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return the interface face at a size of the metrics."""
        font = QFont(QApplication.font())
        font.setPixelSize(pixels)
        font.setWeight(weight)
        return font

    def _system_changed(self) -> None:
        if self.choice == "system":
            self._apply()

    def _apply(self) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("A theme needs a QApplication.")
        dark = self.choice == "dark" or (
            self.choice == "system" and app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        )
        self.roles = DARK if dark else LIGHT
        self.metrics = Metrics().scaled(self.zoom)
        font = QFont(app.font())
        font.setFamilies([*SANS, *QFont().defaultFamily().split("\0")])
        font.setPixelSize(self.metrics.font)
        app.setFont(font)
        app.setPalette(palette(self.roles))
        if self._sheet:
            app.setStyleSheet(stylesheet(self.roles, self.metrics))
        self.changed.emit()


_theme = Theme()


def current() -> Theme:
    """Return the one theme of this process."""
    return _theme
