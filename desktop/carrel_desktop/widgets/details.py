"""The pane beside the shelf: everything that is known of one model or adapter, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.facts import fact_grid
from carrel_desktop.widgets.parts import (
    ElidedLabel,
    box,
    button,
    clear,
    column,
    header,
    icon_button,
    label,
    row,
)

_WIDEST = 16777215  # QWIDGETSIZE_MAX, which PySide6 does not export
Action = tuple[str, Callable[[], None]]


class DetailsPane(QWidget):
    """Shows one thing of the shelf by name and id; hidden until something is shown."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.shown = ("", "")
        self._title = ElidedLabel("", "title")
        self.close_button = icon_button("close", tr("Close the details"), self.close_pane)
        self._content = column(gap=metrics.gap)
        inside = box("panel")
        holder = column(self._content, None)
        holder.setContentsMargins(metrics.gap_wide, metrics.gap, metrics.gap_wide, metrics.gap)
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(tr("Details"))
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        panel = box("panel")
        whole = column(header(self._title, self.close_button), area)
        whole.setStretch(1, 1)
        panel.setLayout(whole)
        self.setLayout(column(panel))
        self.set_narrow(False)
        self.hide()

    def show_thing(
        self,
        key: tuple[str, str],
        title: str,
        facts: Sequence[tuple[str, str]],
        actions: Sequence[Action],
    ) -> None:
        """Show a thing; `key` is its kind and id, `actions` become buttons below its facts."""
        metrics = theme.current().metrics
        self.shown = key
        self._title.setText(title)
        self.setAccessibleName(tr("Details of {name}", name=title))
        clear(self._content)
        card = Card()
        card.content.addLayout(fact_grid(facts))
        self._content.addWidget(label(tr("What it is"), "sub"))
        self._content.addWidget(card)
        buttons = [button(words, run, name=f"{words}: {title}") for words, run in actions]
        self._content.addLayout(row(*buttons, None, gap=metrics.gap_small))
        self.show()

    def set_narrow(self, narrow: bool) -> None:
        """Take the whole page where there is no room for two."""
        metrics = theme.current().metrics
        self.setMinimumWidth(0 if narrow else metrics.details_width)
        self.setMaximumWidth(_WIDEST if narrow else metrics.details_width)

    def close_pane(self) -> None:
        """Hide the pane."""
        self.shown = ("", "")
        self.hide()
        self.closed.emit()
