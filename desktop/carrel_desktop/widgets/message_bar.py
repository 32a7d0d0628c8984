"""The bar above the pages in which the window says what happened."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QWidget

from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.messages import Messages, Notice
from carrel_desktop.widgets.parts import (
    announce,
    button,
    icon_button,
    label,
    plain_mnemonic,
    row,
    set_role,
)

_INFO_MS = 8000  # good news leaves by itself; anything to act on stays


class MessageBar(QFrame):
    """Shows the newest notice until it is closed, acted on or, for good news, has been read."""

    def __init__(self, messages: Messages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self.setAccessibleName(tr("Message"))
        self._notice: Notice | None = None
        self.text = label("", wrap=True, selectable=True)
        self.action = button(tr("Restart"), self._act)
        self.close_button = icon_button("close", tr("Close this message"), self.hide)
        layout = row(self.text, self.action, self.close_button, gap=metrics.gap)
        layout.setStretch(0, 1)
        layout.setContentsMargins(
            metrics.gap_page, metrics.gap_small, metrics.gap, metrics.gap_small
        )
        self.setLayout(layout)
        self._timer = QTimer(self, singleShot=True, interval=_INFO_MS)
        self._timer.timeout.connect(self.hide)
        messages.posted.connect(self.show_notice)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in place of the one before."""
        self._notice = notice
        set_role(self, f"message-{notice.level}")
        self.text.setText(notice.text)
        self.text.setAccessibleName(notice.text)
        self.action.setVisible(bool(notice.action))
        if notice.action:
            self.action.setText(plain_mnemonic(notice.action))
            self.action.setAccessibleName(notice.action)
        self.show()
        announce(self, notice.text)
        if notice.level == "info":
            self._timer.start()
        else:
            self._timer.stop()

    def _act(self) -> None:
        self.hide()
        if self._notice is not None and self._notice.run is not None:
            self._notice.run()
