"""What a locked window shows: a field for the passphrase, and nothing else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.locking import LockController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.parts import announce, box, button, column, label, row


class LockPage(QWidget):
    """Covers the window until the passphrase is right."""

    def __init__(self, controller: LockController) -> None:
        super().__init__()
        self._c = controller
        metrics = theme.current().metrics
        card = Card()
        card.setAccessibleName(tr("Carrel is locked"))
        card.setFixedWidth(metrics.details_width)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(tr("Passphrase"))
        self.field.setPlaceholderText(tr("Passphrase"))
        self.field.returnPressed.connect(self._unlock)
        self.unlock = button(tr("Unlock"), self._unlock, "primary")
        self._problem = label("", "error", wrap=True)
        self._hint = label("", "muted", wrap=True)
        words = tr("Everything that Carrel stored is encrypted. The passphrase opens it.")
        card.content.addWidget(label(tr("Carrel is locked"), "title"))
        card.content.addWidget(label(words, "muted", wrap=True))
        card.content.addWidget(self._hint)
        card.content.addWidget(self.field)
        card.content.addWidget(self._problem)
        card.content.addLayout(row(None, self.unlock))
        holder = box("page")
        holder.setLayout(column(None, row(None, card, None), None))
        whole = column(holder)
        self.setLayout(whole)
        controller.changed.connect(self._show)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Be ready for typing."""
        super().showEvent(event)
        self.field.clear()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _unlock(self) -> None:
        if self.field.text() and not self._c.busy:
            self._c.unlock(self.field.text())
            self.field.clear()

    def _show(self) -> None:
        self.unlock.setEnabled(not self._c.busy)
        hint = self._keyring_words()
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._problem.setText(self._c.problem)
        self._problem.setVisible(bool(self._c.problem))
        if self._c.problem and self.isVisible():
            announce(self, self._c.problem)
            self.field.setFocus()

    def _keyring_words(self) -> str:
        if self._c.waiting:
            return tr("The system keyring is being asked for the key. You can type as well.")
        if self._c.keyring.remembered and not self._c.problem:
            return tr("The system keyring opens Carrel only when it starts.")
        return ""
