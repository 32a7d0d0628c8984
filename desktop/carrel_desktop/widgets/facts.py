"""A table of facts about a file: titles on the left, values that can be selected on the right."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from carrel_desktop import theme
from carrel_desktop.widgets.parts import follow_theme, label
from carrel_desktop.widgets.safe_text import SafeText, Style


class Value(SafeText):
    """A value that wraps anywhere, so that a path or a hash needs no room, and can be copied."""

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.value = text
        follow_theme(self, self._write)

    def _write(self) -> None:
        metrics = theme.current().metrics
        cursor = self.begin(metrics.small_line)
        self.write(cursor, self.value, Style(size=metrics.font_secondary))


def fact_grid(facts: Iterable[tuple[str, str]]) -> QGridLayout:
    """Return (title, value) rows as a grid; values wrap and can be copied."""
    metrics = theme.current().metrics
    grid = QGridLayout()
    grid.setVerticalSpacing(metrics.gap_tiny)
    grid.setHorizontalSpacing(metrics.gap)
    grid.setColumnMinimumWidth(0, metrics.fact_title)
    grid.setColumnStretch(1, 1)
    for at, (title, value) in enumerate(facts):
        name = label(title, "sub")
        name.setContentsMargins(0, metrics.gap_hair, 0, 0)
        name.setAlignment(Qt.AlignmentFlag.AlignTop)
        grid.addWidget(name, at, 0)
        grid.addWidget(Value(f"{title}: {value}", value), at, 1)
    return grid
