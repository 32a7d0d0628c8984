"""The list of commands: stable ids, one owner per shortcut, and what is off stays off."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from carrel_desktop.app import App
from carrel_desktop.commands import Command, Commands

SHORTCUTS = {
    "ask.new": "Ctrl+N", "help.palette": "Ctrl+K", "help.shortcuts": "F1", "ask.stop": "Esc",
    "ask.search": "Ctrl+F", "view.larger": "Ctrl++", "view.smaller": "Ctrl+-",
    "page.ask": "Ctrl+1", "page.library": "Ctrl+2", "page.models": "Ctrl+3",
    "page.lab": "Ctrl+4",
    "page.privacy": "Ctrl+5",
}  # fmt: skip


def command(id: str, shortcut: str = "", on: bool = True) -> Command:
    return Command(id, id, "test", lambda: ran.append(id), shortcut, enabled=lambda: on)


ran: list[str] = []


def test_a_taken_id_or_shortcut_is_refused() -> None:
    commands = Commands()
    commands.add(command("a", "Ctrl+J"))
    with pytest.raises(ValueError, match="taken"):
        commands.add(command("a"))
    with pytest.raises(ValueError, match="taken"):
        commands.add(command("b", "Ctrl+J"))


def test_what_is_off_does_not_run() -> None:
    ran.clear()
    commands = Commands()
    commands.add(command("off", on=False), command("on"))
    assert not commands.run("off")
    assert commands.run("on")
    assert ran == ["on"]


@pytest.mark.parametrize(("id", "keys"), SHORTCUTS.items())
def test_the_shortcuts_that_people_were_promised(app: App, id: str, keys: str) -> None:
    assert app.commands.get(id).shortcut == keys


def test_the_keys_change_the_page(app: App) -> None:
    app.window.activateWindow()
    for key, page in ((Qt.Key.Key_3, "models"), (Qt.Key.Key_2, "library"), (Qt.Key.Key_1, "ask")):
        QTest.keyClick(app.window, key, Qt.KeyboardModifier.ControlModifier)
        assert app.window.page == page


def test_search_and_new_put_the_focus_where_it_is_needed(app: App) -> None:
    app.window.activateWindow()
    app.window.open_page("models")
    app.commands.run("ask.search")
    assert app.ask.list.search.hasFocus()
    app.commands.run("ask.new")
    assert app.ask.composer.field.hasFocus()


def test_the_menu_holds_every_command(app: App) -> None:
    menu = app.window.rail.menu_button.menu()
    titles = {action.text() for action in menu.actions() if not action.isSeparator()}
    assert titles == {one.title for one in app.commands}
