"""Set, change or remove the passphrase, or have the system keyring remember its key."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.locking import (
    LockController,
    reason_for_length,
    what_keyring_means,
)
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.controls import Check
from carrel_desktop.widgets.parts import button, column, label, row

Action = Literal["set", "change", "remove", "remember"]


class PassphraseDialog(QDialog):
    """Asks for the old one where there is one, and twice for a new one."""

    def __init__(self, action: Action, controller: LockController, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._action = action
        self._c = controller
        metrics = theme.current().metrics
        title = {
            "set": tr("Set a passphrase"), "change": tr("Change the passphrase"),
            "remove": tr("Remove the passphrase"), "remember": tr("Remember in the keyring"),
        }[action]  # fmt: skip
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(metrics.dialog_width, 0)
        self.old, self.new, self.again = (
            _field(tr("Passphrase now")), _field(tr("New passphrase")), _field(tr("Once more"))
        )  # fmt: skip
        self.old.setVisible(action != "set")
        for field in (self.new, self.again):
            field.setVisible(action in ("set", "change"))
        self.remember = Check(tr("Remember in the system keyring"))
        self.remember.setChecked(action == "change" and controller.keyring.remembered)
        self.remember.setEnabled(False)
        self._means = label("", "sub", wrap=True)
        for one in (self.remember, self._means):
            one.setVisible(action in ("set", "change"))
        self._problem = label("", "error", wrap=True)
        self._problem.hide()
        self.go = button(title, self._go, "primary")
        buttons = row(None, button(tr("Cancel"), self.reject), self.go, gap=metrics.gap_small)
        self.setLayout(
            column(label(_words(action), "sub", wrap=True), self.old, self.new, self.again,
                   self.remember, self._means, self._problem, buttons,
                   gap=metrics.gap, margins=metrics.gap_wide)
        )  # fmt: skip
        controller.changed.connect(self._show)
        controller.keyring.changed.connect(self._show_keyring)
        self._show_keyring()
        controller.keyring.look()

    def _go(self) -> None:
        if self._action == "remember":
            self._c.remember(self.old.text(), self.accept)
            return
        if self._action != "remove" and self.new.text() != self.again.text():
            self._say(tr("The two are not the same. Type the new one again."))
            self.again.setFocus()
            return
        new = "" if self._action == "remove" else self.new.text()
        if self._action != "remove" and not new:
            self.new.setFocus()
            return
        self._c.set_passphrase(self.old.text(), new, self.accept, self.remember.isChecked())

    def _show(self) -> None:
        self.go.setEnabled(not self._c.busy)
        self._say(self._c.problem or self._work())

    def _work(self) -> str:
        if not self._c.busy or self._action == "remember":
            return ""
        return tr("Writing everything anew.")

    def _show_keyring(self) -> None:
        reason = self._c.keyring.reason
        self.remember.setEnabled(reason == "")
        words = reason or what_keyring_means()
        self._means.setText(words)
        self._fit()
        self.remember.setAccessibleDescription(words)

    def _say(self, words: str) -> None:
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Be high enough for sentences that take several lines."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setMinimumHeight(layout.totalHeightForWidth(self.width()))


def _field(name: str) -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setAccessibleName(name)
    field.setPlaceholderText(name)
    return field


def _words(action: Action) -> str:
    if action == "remember":
        return what_keyring_means()
    if action == "remove":
        return tr("Everything is written anew without encryption.")
    return tr(
        "It encrypts everything that Carrel stores. {why} Nobody can bring a forgotten one back: "
        "your files stay as they are, but conversations would be lost.",
        why=reason_for_length(),
    )
