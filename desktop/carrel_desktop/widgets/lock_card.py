"""The lock on the Privacy page: how things stand, and what the index shows without the key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QShowEvent

from carrel_desktop import theme
from carrel_desktop.controllers.keyring import KeyringController
from carrel_desktop.controllers.locking import LockController, what_keyring_means
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.parts import button, label, row


class LockCard(Card):
    """`open_dialog` is called with "set", "change", "remove" or "remember"."""

    def __init__(self, controller: LockController, open_dialog: Callable[[str], None]) -> None:
        super().__init__()
        self._c = controller
        self.setAccessibleName(tr("Passphrase"))
        self._state = label("", "sub", wrap=True, selectable=True)
        self._shows = label(_shown_without_key(), "sub", wrap=True, selectable=True)
        self.set = button(tr("Set a passphrase"), lambda: open_dialog("set"), "primary")
        self.lock = button(tr("Lock now"), controller.lock, "primary")
        self.change = button(tr("Change the passphrase"), lambda: open_dialog("change"))
        self.remove = button(tr("Remove it"), lambda: open_dialog("remove"),
                             name=tr("Remove the passphrase"))  # fmt: skip
        self.remember = button(tr("Remember in the keyring"), lambda: open_dialog("remember"),
                               name=tr("Remember the key in the system keyring"))  # fmt: skip
        self.forget = button(tr("Forget the key"), controller.forget_key,
                             name=tr("Take the key out of the system keyring"))  # fmt: skip
        self._keyring = label("", "sub", wrap=True, selectable=True)
        self.content.addWidget(label(tr("Passphrase"), "title"))
        self.content.addWidget(self._state)
        self.content.addWidget(self._shows)
        self.content.addWidget(self._keyring)
        gap = theme.current().metrics.gap_small
        self.content.addLayout(row(self.set, self.lock, self.change, self.remove, None, gap=gap))
        self.content.addLayout(row(self.remember, self.forget, None, gap=gap))
        controller.changed.connect(self.show_state)
        controller.keyring.changed.connect(self.show_state)
        self.show_state()

    def showEvent(self, event: QShowEvent) -> None:
        """Find out whether there is a keyring."""
        super().showEvent(event)
        self._c.keyring.look()

    def show_state(self) -> None:
        """Show how things stand now."""
        state = self._c.state
        self._state.setText(state.words)
        self._state.setAccessibleName(state.words)
        self.set.setVisible(not state.encrypted)
        for one in (self.lock, self.change, self.remove, self._shows, self._keyring):
            one.setVisible(state.encrypted)
        for one in (self.set, self.lock, self.change, self.remove, self.forget):
            one.setEnabled(not self._c.busy)
        keyring = self._c.keyring
        self.remember.setVisible(state.encrypted and not keyring.remembered)
        self.remember.setEnabled(not self._c.busy and keyring.reason == "")
        self.forget.setVisible(state.encrypted and keyring.remembered)
        words = _keyring_words(keyring)
        self._keyring.setText(words)
        self._keyring.setAccessibleName(words)


def _keyring_words(keyring: KeyringController) -> str:
    if keyring.remembered:
        return tr("The system keyring keeps the key. {means}", means=what_keyring_means())
    if keyring.reason:
        return tr("{why} So the passphrase cannot be remembered.", why=keyring.reason)
    return tr("The system keyring can keep the key. {means}", means=what_keyring_means())


def _shown_without_key() -> str:
    return tr(
        "What the index folder still shows without the passphrase: how many passages and documents "
        "there are, which passages share a word (not which word), and which passages are near each "
        "other in meaning (not what they mean). Copies that backups, snapshots or the disk itself "
        "made before are beyond Carrel's reach."
    )
