"""Which branch of a turn is read, and the way to the others: "‹ 2/3 ›"."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import icon_button, label, row


class BranchSwitch(QWidget):
    """`chosen` carries the id of the turn to read instead; hidden where there is one branch."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._branches: list[int] = []
        self._at = 0
        self.previous = icon_button("previous", tr("Previous branch"), lambda: self._step(-1))
        self.next = icon_button("next", tr("Next branch"), lambda: self._step(1))
        self.words = label("", "sub")
        self.setLayout(row(self.previous, self.words, self.next))
        self.hide()

    def show_branches(self, branches: Sequence[int], turn: int, enabled: bool) -> None:
        """Show which of the branches `turn` is; without `enabled` it cannot be changed now."""
        self._branches = list(branches)
        self._at = self._branches.index(turn) if turn in self._branches else 0
        count = len(self._branches)
        self.setVisible(count > 1)
        self.words.setText(f"{self._at + 1}/{count}")
        self.words.setAccessibleName(tr("Branch {n} of {count}", n=self._at + 1, count=count))
        self.previous.setEnabled(enabled and self._at > 0)
        self.next.setEnabled(enabled and self._at < count - 1)

    def _step(self, by: int) -> None:
        self.chosen.emit(self._branches[self._at + by])
