"""The list of passages of one answer, below the open source."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QScrollArea, QSizePolicy, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.source import Passage
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import ElidedLabel, box, clear, column, label, row, set_role


class PassageList(QScrollArea):
    """`chosen` carries the index of the passage that the user wants to see."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Passages of this answer"))
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows = column(gap=theme.current().metrics.gap_hair)
        inside = box()
        inside.setLayout(self._rows)
        self.setWidget(inside)
        self._group = QButtonGroup(self)
        self._shown: list[Passage] = []
        self.buttons: list[PassageButton] = []

    def show_passages(self, passages: Sequence[Passage], index: int) -> None:
        """Show passages, the open one marked."""
        if list(passages) != self._shown:
            self._shown = list(passages)
            clear(self._rows)
            self.buttons = [PassageButton(passage) for passage in passages]
            for at, button in enumerate(self.buttons):
                button.clicked.connect(lambda _checked=False, at=at: self.chosen.emit(at))
                self._group.addButton(button)
                self._rows.addWidget(button)
            self._rows.addStretch(1)
        if 0 <= index < len(self.buttons):
            self.buttons[index].setChecked(True)
            self.ensureWidgetVisible(self.buttons[index], 0, 0)


class PassageButton(QPushButton):
    """One passage: its number when it is cited, its file, its page, its first words."""

    def __init__(self, passage: Passage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        page = tr("p. {n}", n=passage.page) if passage.page is not None else ""
        said = tr("Citation {n}, ", n=passage.n) if passage.n else ""
        self.setAccessibleName(f"{said}{passage.name} {page}: {passage.quote}")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_role(self, "passage")
        name = ElidedLabel(passage.name, "strong-sub", middle=True)
        quote = ElidedLabel(passage.quote, "sub")
        number = label(str(passage.n) if passage.n else "–", "number")
        self.toggled.connect(lambda on: set_role(number, "number-on" if on else "number"))
        layout = row(number, name, label(page, "small"), quote, gap=metrics.gap_small)
        layout.setContentsMargins(metrics.gap_small, 0, metrics.gap_small, 0)
        layout.setStretch(3, 1)
        name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        quote.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for child in (number, name, quote):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setLayout(layout)
        self.setFixedHeight(metrics.control)
