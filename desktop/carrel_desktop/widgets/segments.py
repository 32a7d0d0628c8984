"""A row of choices of which one holds, such as the answer's mode."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from carrel_desktop import theme
from carrel_desktop.widgets.parts import follow_theme, plain_mnemonic, set_role, set_tip


class Segments(QWidget):
    """`chosen` carries the key of the choice that the user made."""

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        """Choices are (key, title, help); the first one holds at the start."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "segments")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        edge = theme.current().metrics.gap_hair
        layout.setContentsMargins(edge, edge, edge, edge)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for key, title, help in choices:
            button = QPushButton(plain_mnemonic(title))
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {title}")
            button.clicked.connect(lambda _checked=False, key=key: self.chosen.emit(key))
            set_role(button, "segment")
            set_tip(button, help)
            self._group.addButton(button)
            self._buttons[key] = button
            layout.addWidget(button)
        self.choose(choices[0][0])
        follow_theme(self, self._widen)

    def choose(self, key: str) -> None:
        """Show which choice holds, without reporting it."""
        self._buttons[key].setChecked(True)

    def retitle(self, key: str, title: str) -> None:
        """Give a choice another title."""
        button = self._buttons[key]
        button.setText(plain_mnemonic(title))
        button.setAccessibleName(f"{self.accessibleName()}: {title}")
        self._widen()

    def _widen(self) -> None:
        """Give every choice the room that it needs in bold, which its own hint leaves out."""
        now = theme.current()
        size = now.metrics.font_secondary
        plain = QFontMetrics(now.font(size))
        bold = QFontMetrics(now.font(size, QFont.Weight.DemiBold))
        for button in self._buttons.values():
            words = button.text()
            more = bold.horizontalAdvance(words) - plain.horizontalAdvance(words)
            button.setMinimumWidth(button.sizeHint().width() + max(0, more))
