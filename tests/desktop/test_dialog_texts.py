"""Dialogs show their texts whole: nothing cut off, no command of the terminal, no stray icon."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from carrel.desk import requests as desk
from carrel.errors import UserError
from carrel_desktop.app import App
from carrel_desktop.windows.dialogs import Dialogs
from carrel_desktop.windows.passphrase_dialog import PassphraseDialog
from carrel_desktop.windows.preview_dialog import PreviewDialog
from carrel_desktop.windows.rules_dialog import RulesDialog
from tests.desktop.fake_desk import Desk


def cut(dialog: QWidget) -> list[str]:
    """Texts of several lines that have less room than they need."""
    return [
        one.text()
        for one in dialog.findChildren(QLabel)
        if one.isVisible() and one.wordWrap() and one.height() < one.heightForWidth(one.width())
    ]


def test_the_sentences_of_the_passphrase_dialog_are_whole(qtbot: QtBot, app: App) -> None:
    for action in ("set", "change", "remove", "remember"):
        dialog = PassphraseDialog(action, app.controllers.lock, app.window)  # type: ignore[arg-type]
        dialog.open()
        qtbot.waitExposed(dialog)
        qtbot.waitUntil(lambda: app.controllers.lock.keyring.reason is not None)
        dialog._say("The two are not the same. Type the new one again, and once more below it.")
        QApplication.processEvents()
        assert cut(dialog) == []
        dialog.reject()


def test_a_preview_of_what_was_not_read_says_why_and_names_no_command(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    def refuse(request: object, call: object):  # type: ignore[no-untyped-def]
        raise UserError("x.docx has no text: it is damaged.", "See carrel documents.", "no_text")
        yield

    world.handlers[desk.ReadText] = refuse
    dialog = PreviewDialog("/a/x.docx", app.controllers.keeping, app.window)
    dialog.open()
    qtbot.waitUntil(lambda: bool(dialog.note.text()))
    assert dialog.note.text() == "x.docx has no text: it is damaged."
    assert not dialog.text.isVisible()
    dialog.reject()


def test_the_size_of_the_largest_file_can_be_read(qtbot: QtBot, app: App) -> None:
    dialog = RulesDialog("Contracts", app.controllers.keeping, app.window)
    dialog.open()
    qtbot.waitExposed(dialog)
    field = dialog.largest.lineEdit()
    assert field.width() > field.fontMetrics().horizontalAdvance(dialog.largest.text())
    dialog.reject()


def test_a_question_before_forgetting_has_no_buttons_that_a_style_decorates(app: App) -> None:
    seen: list[QMessageBox.StandardButton] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.extend(box.standardButton(one) for one in box.buttons())
        box.close()

    dialogs = Dialogs()
    dialogs.parent = app.window
    QTimer.singleShot(50, look)
    assert not dialogs.sure("Forget", "Carrel forgets 3 documents.", "Forget")
    assert seen == [QMessageBox.StandardButton.NoButton] * 2
