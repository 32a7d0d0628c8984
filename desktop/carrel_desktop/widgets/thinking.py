"""What the model thought aloud: folded, apart from the answer, and read only by who wants to."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from carrel_desktop import theme
from carrel_desktop.i18n import counted, tr
from carrel_desktop.theme.icons import icon
from carrel_desktop.widgets.parts import (
    box,
    button,
    column,
    follow_theme,
    plain_mnemonic,
    row,
)
from carrel_desktop.widgets.safe_text import SafeText, Style


class ThinkingFold(QWidget):
    """A line that opens and closes the text; closed until it is asked for. The text is made when it
    is first opened: most answers have none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.thinking = ""
        self._running = False
        self.text: SafeText | None = None
        self.head = button("", self.toggle, "link")
        self._holder = box("thinking")
        self._inside = column(margins=metrics.gap)
        self._holder.setLayout(self._inside)
        self._holder.hide()
        self.setLayout(column(row(self.head, None), self._holder, gap=metrics.gap_tiny))
        follow_theme(self, self._restyle)

    @property
    def open(self) -> bool:
        """Whether the text is shown."""
        return not self._holder.isHidden()

    def toggle(self) -> None:
        """Open the text when it is closed, close it when it is open."""
        if self.text is None:
            self.text = SafeText(tr("What the model thought"))
            self._inside.addWidget(self.text)
        self._holder.setHidden(self.open)
        self._restyle()

    def show_thinking(self, thinking: str, running: bool) -> None:
        """Show what was thought so far; `running` while more may come."""
        before, self.thinking, self._running = self.thinking, thinking, running
        self.setVisible(bool(thinking))
        self._retitle()
        if self.text is None or not self.open:
            return
        if before and thinking.startswith(before):
            cursor = QTextCursor(self.text.document())
            cursor.movePosition(QTextCursor.MoveOperation.End)
            self.text.write(cursor, thinking[len(before) :], self._style())
        elif thinking != before:
            self._write()

    def _restyle(self) -> None:
        now = theme.current()
        name = "down" if self.open else "next"
        self.head.setIcon(icon(name, now.roles, now.metrics.font_secondary))
        self._retitle()
        if self.open:
            self._write()

    def _retitle(self) -> None:
        words = len(self.thinking.split())
        title = tr("Thinking") if self._running else tr("Thought first")
        count = counted(words, "1 word", "{n} words")
        self.head.setText(plain_mnemonic(f"{title} · {count}"))
        state = tr("open, press to close") if self.open else tr("closed, press to read")
        self.head.setAccessibleName(f"{title}, {count}, {state}")

    def _write(self) -> None:
        if self.text is not None:
            cursor = self.text.begin(theme.current().metrics.small_line)
            self.text.write(cursor, self.thinking, self._style())

    def _style(self) -> Style:
        return Style(role="muted", size=theme.current().metrics.font_secondary)
