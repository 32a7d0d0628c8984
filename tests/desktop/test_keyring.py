"""The system keyring in the window: it opens at the start alone, and every failure asks instead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from carrel.desk import library_requests as l
from carrel.errors import UserError
from carrel.settings import Settings
from carrel_desktop.app import App, build
from carrel_desktop.windows.lock_page import LockPage
from carrel_desktop.windows.passphrase_dialog import PassphraseDialog
from carrel_desktop.windows.privacy_page import PrivacyPage
from tests.desktop.conftest import Answers
from tests.desktop.fake_desk import Desk

PASS = "correct horse battery"


class Kept:
    """A keyring without a desktop: `key` is what it keeps, `why` why it cannot be used."""

    def __init__(self) -> None:
        self.key: bytes | None = None
        self.why = ""
        self.remembered = False
        self.open = threading.Event()
        self.open.set()

    def reason(self) -> str:
        return self.why

    def keep(self, key: bytes) -> None:
        self._check()
        self.key, self.remembered = key, True

    def fetch(self) -> bytes | None:
        self.open.wait(10)
        self._check()
        return self.key

    def drop(self) -> None:
        self._check()
        self.key, self.remembered = None, False

    def close(self) -> None:
        pass

    def _check(self) -> None:
        if self.why:
            raise UserError(self.why, "Type the passphrase.", "no_keyring")


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def app(world: Desk, kept: Kept, tmp_path: Path) -> Iterator[App]:
    made = build(world.make, Settings(tmp_path / "settings.toml"), Answers(), keyring=kept)
    made.window.show()
    yield made
    made.close()


def remembered(world: Desk, kept: Kept, key: str = PASS) -> None:
    """A locked profile whose key the keyring keeps."""
    world.passphrase, world.locked = PASS, True
    kept.key, kept.remembered = key.encode(), True


def lock_page(app: App) -> LockPage:
    found = app.window.findChild(LockPage)
    assert isinstance(found, LockPage)
    return found


def dialog_for(qtbot: QtBot, app: App, action: str) -> PassphraseDialog:
    app.window.open_page("privacy")
    privacy = app.window.page_of("privacy")
    assert isinstance(privacy, PrivacyPage)
    qtbot.waitUntil(lambda: app.controllers.lock.keyring.reason is not None)
    getattr(privacy.lock_card, action).click()
    return app.window.findChildren(PassphraseDialog)[-1]


def test_the_window_opens_with_the_kept_key_when_it_starts(
    qtbot: QtBot, app: App, world: Desk, kept: Kept
) -> None:
    remembered(world, kept)
    with qtbot.waitSignal(app.controllers.lock.opened):
        app.bridge.start()
    assert not app.window.covered
    assert world.requests(l.UnlockWithKey) == [l.UnlockWithKey(key=PASS.encode().hex())]


def test_a_lock_by_hand_or_idleness_is_not_opened_by_the_keyring(
    qtbot: QtBot, app: App, world: Desk, kept: Kept
) -> None:
    remembered(world, kept)
    with qtbot.waitSignal(app.controllers.lock.opened):
        app.bridge.start()
    qtbot.waitUntil(lambda: not app.controllers.lock.busy)
    with qtbot.waitSignal(app.controllers.lock.closed):
        app.controllers.lock.lock()  # idleness calls the same
    qtbot.waitUntil(lambda: not app.controllers.lock.busy)
    assert app.window.covered
    assert "only when it starts" in lock_page(app)._hint.text()
    app.bridge.restart()  # nor by a new desk
    qtbot.waitUntil(lambda: not app.controllers.lock.busy)
    assert len(world.requests(l.UnlockWithKey)) == 1
    assert app.controllers.lock.state.locked


def test_a_stale_key_is_said_removed_and_the_passphrase_asked_for(
    qtbot: QtBot, app: App, world: Desk, kept: Kept
) -> None:
    remembered(world, kept, "the key of before")
    app.bridge.start()
    qtbot.waitUntil(lambda: not kept.remembered)
    assert app.window.covered
    qtbot.waitUntil(lambda: "opens nothing any more" in lock_page(app)._problem.text())
    lock_page(app).field.setText(PASS)
    with qtbot.waitSignal(app.controllers.lock.opened):
        lock_page(app).unlock.click()


def test_a_keyring_that_does_not_answer_leaves_the_field(
    qtbot: QtBot, app: App, world: Desk, kept: Kept
) -> None:
    remembered(world, kept)
    kept.why = "No program on this computer offers a system keyring."
    app.bridge.start()
    qtbot.waitUntil(lambda: app.window.covered and kept.why in lock_page(app)._problem.text())
    assert kept.remembered


def test_the_passphrase_can_be_typed_while_the_keyring_asks(
    qtbot: QtBot, app: App, world: Desk, kept: Kept
) -> None:
    remembered(world, kept)
    kept.open.clear()  # its own dialog stands
    app.bridge.start()
    qtbot.waitUntil(lambda: app.window.covered and not app.controllers.lock.busy)
    assert "being asked" in lock_page(app)._hint.text()
    lock_page(app).field.setText(PASS)
    with qtbot.waitSignal(app.controllers.lock.opened):
        lock_page(app).unlock.click()
    kept.open.set()
    qtbot.waitUntil(lambda: not app.controllers.lock.waiting)
    assert world.requests(l.UnlockWithKey) == []


def test_setting_a_passphrase_can_remember_it_and_removing_it_forgets(
    qtbot: QtBot, app: App, world: Desk, kept: Kept
) -> None:
    app.bridge.start()
    dialog = dialog_for(qtbot, app, "set")
    qtbot.waitUntil(dialog.remember.isEnabled)
    assert not dialog.remember.isChecked()
    assert "logged in as you" in dialog._means.text()
    dialog.new.setText(PASS)
    dialog.again.setText(PASS)
    dialog.remember.click()
    with qtbot.waitSignal(dialog.accepted):
        dialog.go.click()
    qtbot.waitUntil(lambda: kept.key == PASS.encode())
    changing = dialog_for(qtbot, app, "change")
    assert changing.remember.isChecked()
    changing.old.setText(PASS)
    for field in (changing.new, changing.again):
        field.setText("another passphrase")
    with qtbot.waitSignal(changing.accepted):
        changing.go.click()
    qtbot.waitUntil(lambda: kept.key == b"another passphrase")
    removing = dialog_for(qtbot, app, "remove")
    assert not removing.remember.isVisibleTo(removing)
    removing.old.setText("another passphrase")
    with qtbot.waitSignal(removing.accepted):
        removing.go.click()
    qtbot.waitUntil(lambda: kept.key is None)


def test_without_a_keyring_the_box_is_off_and_says_why(
    qtbot: QtBot, app: App, kept: Kept, world: Desk
) -> None:
    kept.why = "No program on this computer offers a system keyring."
    app.bridge.start()
    dialog = dialog_for(qtbot, app, "set")
    qtbot.waitUntil(lambda: dialog._means.text() == kept.why)
    assert not dialog.remember.isEnabled()
    assert dialog.remember.accessibleDescription() == kept.why
    dialog.reject()


def test_the_key_is_remembered_and_forgotten_later_on(
    qtbot: QtBot, app: App, world: Desk, kept: Kept
) -> None:
    world.passphrase = PASS
    app.bridge.start()
    qtbot.waitUntil(lambda: app.controllers.lock.state.encrypted)
    dialog = dialog_for(qtbot, app, "remember")
    dialog.old.setText("wrong")
    dialog.go.click()
    qtbot.waitUntil(lambda: "not right" in dialog._problem.text())
    dialog.old.setText(PASS)
    with qtbot.waitSignal(dialog.accepted):
        dialog.go.click()
    assert kept.key == PASS.encode()
    privacy = app.window.page_of("privacy")
    assert isinstance(privacy, PrivacyPage)
    assert not privacy.lock_card.remember.isVisible()
    privacy.lock_card.forget.click()
    qtbot.waitUntil(lambda: not kept.remembered and privacy.lock_card.remember.isVisible())
