"""The lock: the Privacy page sets it, a locked window shows nothing but a field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from carrel.desk import library_requests as l
from carrel_desktop.app import App
from carrel_desktop.windows.lock_page import LockPage
from carrel_desktop.windows.passphrase_dialog import PassphraseDialog
from carrel_desktop.windows.privacy_page import PrivacyPage
from tests.desktop.fake_desk import Desk

PASS = "correct horse battery"


def page(app: App) -> LockPage:
    found = app.window.findChild(LockPage)
    assert isinstance(found, LockPage)
    return found


def locked(qtbot: QtBot, app: App, world: Desk) -> LockPage:
    world.passphrase = PASS
    with qtbot.waitSignal(app.controllers.lock.changed):
        app.controllers.lock.ask()
    qtbot.waitUntil(lambda: app.controllers.lock.state.encrypted)
    with qtbot.waitSignal(app.controllers.lock.closed):
        app.controllers.lock.lock()
    qtbot.waitUntil(lambda: not app.controllers.lock.busy)
    return page(app)


def test_locking_shows_nothing_and_lets_go_of_what_was_shown(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    assert app.controllers.library.documents
    found = locked(qtbot, app, world)
    assert app.window.covered
    assert found.isVisible()
    assert not app.ask.isVisible()
    controllers = app.controllers
    assert (controllers.library.documents, controllers.conversations.rows) == ([], [])
    assert controllers.ask.turns == []


def test_a_wrong_passphrase_is_one_sentence_and_the_right_one_opens(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    found = locked(qtbot, app, world)
    found.field.setText("wrong")
    qtbot.keyClick(found.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(found._problem.text()))
    assert found._problem.text() == "The passphrase is not right. Type it again."
    assert found.field.text() == ""
    found.field.setText(PASS)
    with qtbot.waitSignals(
        [app.controllers.lock.opened, app.controllers.library.documents_changed]
    ):
        found.unlock.click()
    assert not app.window.covered
    assert app.controllers.library.documents


def test_a_profile_that_is_locked_at_the_start_shows_the_field_and_no_errors(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    world.passphrase, world.locked = PASS, True
    before = list(app.messages.history)
    app.bridge.started.emit()
    qtbot.waitUntil(lambda: app.window.covered)
    assert page(app).field.echoMode() == page(app).field.EchoMode.Password
    assert list(app.messages.history) == before


def test_the_passphrase_is_set_changed_and_removed(qtbot: QtBot, app: App, world: Desk) -> None:
    app.window.open_page("privacy")
    privacy = app.window.page_of("privacy")
    assert isinstance(privacy, PrivacyPage)
    card = privacy.lock_card
    assert card.set.isVisible()
    assert not card.remove.isVisible()
    card.set.click()
    (dialog,) = app.window.findChildren(PassphraseDialog)
    dialog.new.setText(PASS)
    dialog.again.setText("another one")
    dialog.go.click()
    assert "not the same" in dialog._problem.text()
    dialog.again.setText(PASS)
    with qtbot.waitSignal(dialog.accepted):
        dialog.go.click()
    assert world.requests(l.SetPassphrase) == [l.SetPassphrase(old="", new=PASS)]
    qtbot.waitUntil(lambda: not card.set.isVisible())
    assert card.remove.isVisible()
    assert "near each" in card._shows.text()
    card.remove.click()
    dialog = app.window.findChildren(PassphraseDialog)[-1]
    assert not dialog.new.isVisibleTo(dialog)
    dialog.old.setText("wrong")
    dialog.go.click()
    qtbot.waitUntil(lambda: "not right" in dialog._problem.text())
    dialog.old.setText(PASS)
    with qtbot.waitSignal(dialog.accepted):
        dialog.go.click()
    assert world.passphrase == ""


def test_it_locks_when_nobody_touches_the_window(
    qtbot: QtBot, app: App, world: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carrel_desktop.controllers.locking._MINUTE_MS", 40)
    world.passphrase = PASS
    app.controllers.lock.ask()
    qtbot.waitUntil(lambda: app.controllers.lock.state.encrypted)
    with qtbot.waitSignal(app.controllers.lock.closed, timeout=5000):
        app.controllers.settings.set("lock_after_minutes", "2")
    assert app.window.covered
    app.controllers.settings.set("lock_after_minutes", "0")


def test_a_sign_of_life_puts_it_off(qtbot: QtBot, app: App) -> None:
    lock = app.controllers.lock
    lock.lock_when_idle(60)
    started = []
    lock._idle.timeout.connect(lambda: started.append(1))
    lock._idle.stop()
    qtbot.keyClick(app.ask.composer.field, "x")
    assert lock._idle.isActive()
    lock.lock_when_idle(0)
    assert not lock._idle.isActive()
