"""The lock on the Privacy page: how things stand, and what the index shows without the key."""

from __future__ import annotations

from collections.abc import Callable

from carrel_desktop import theme
from carrel_desktop.controllers.locking import LockController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.parts import button, label, row


class LockCard(Card):
    """`open_dialog` is called with "set", "change" or "remove"."""

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
        self.content.addWidget(label(tr("Passphrase"), "title"))
        self.content.addWidget(self._state)
        self.content.addWidget(self._shows)
        gap = theme.current().metrics.gap_small
        self.content.addLayout(row(self.set, self.lock, self.change, self.remove, None, gap=gap))
        controller.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Show how things stand now."""
        state = self._c.state
        self._state.setText(state.words)
        self._state.setAccessibleName(state.words)
        self.set.setVisible(not state.encrypted)
        for one in (self.lock, self.change, self.remove, self._shows):
            one.setVisible(state.encrypted)
        for one in (self.set, self.lock, self.change, self.remove):
            one.setEnabled(not self._c.busy)


def _shown_without_key() -> str:
    return tr(
        "What the index folder still shows without the passphrase: how many passages and documents "
        "there are, which passages share a word (not which word), and which passages are near each "
        "other in meaning (not what they mean). Copies that backups, snapshots or the disk itself "
        "made before are beyond Carrel's reach."
    )
