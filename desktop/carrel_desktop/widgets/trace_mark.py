"""Whether the open conversation leaves a trace: the switch, the mark while it does not, Keep."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import button, label, row, set_tip


class TraceMark(QWidget):
    """`toggled` wants an empty conversation without or with a trace, `keep` this one saved."""

    toggled = Signal(bool)
    keep = Signal()

    def __init__(self, keys: str, parent: QWidget | None = None) -> None:
        """`keys` is the shortcut of a no-trace conversation."""
        super().__init__(parent)
        tip = tr("Ask without saving anything: in memory only ({keys})", keys=keys)
        self.begin = button(tr("Ask without a trace"), lambda: self.toggled.emit(True), "link",
                            tip=tip)  # fmt: skip
        self.mark = label(tr("No trace: in memory only"), "warn")
        set_tip(self.mark, tr("Nothing of this conversation is in any file. It ends with Carrel."))
        words = tr("Save this conversation from now on")
        self.keep_button = button(tr("Keep"), self.keep.emit, name=words, tip=words)
        words = tr("Save this conversation as others are")
        self.back = button(
            tr("With trace"), lambda: self.toggled.emit(False), "link", name=words, tip=words
        )
        gap = theme.current().metrics.gap_small
        self.setLayout(row(self.mark, self.back, self.keep_button, None, self.begin, gap=gap))

    def show_state(self, *, no_trace: bool, empty: bool) -> None:
        """The switch is for an empty conversation, Keep for one that has something to keep."""
        self.setVisible(no_trace or empty)
        self.mark.setVisible(no_trace)
        self.begin.setVisible(empty and not no_trace)
        self.back.setVisible(empty and no_trace)
        self.keep_button.setVisible(no_trace and not empty)
