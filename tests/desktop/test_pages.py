"""Models, privacy, settings, the source pane, and the palette."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from carrel.desk.requests import SetSetting, ViewSource
from carrel.errors import UserError
from carrel.process.confine import Attempt
from carrel_desktop import theme
from carrel_desktop.app import App
from carrel_desktop.controllers.source import Passage
from carrel_desktop.windows.palette import CommandPalette, ShortcutsDialog
from tests.desktop import samples
from tests.desktop.fake_desk import Desk

LEASE = Passage(samples.LEASE, 14, 1000, 1100, samples.COST, 1)
INVOICE = Passage(samples.INVOICE, None, 120, 180, samples.REPLACED)


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


@pytest.mark.parametrize(("leak", "verdict"), [(False, "closed"), (True, "not closed")])
def test_privacy_says_what_the_window_can_reach_too(
    qtbot: QtBot, app: App, monkeypatch: pytest.MonkeyPatch, leak: bool, verdict: str
) -> None:
    tried = [
        Attempt("open a TCP socket (IPv4)", True, leak, "allowed" if leak else "refused"),
        Attempt("open a local (AF_UNIX) socket", False, True, "allowed"),
    ]
    monkeypatch.setattr("carrel.process.confine.probe", lambda: tried)
    app.window.open_page("privacy")
    qtbot.waitUntil(lambda: "may" in texts(app.window.stack.currentWidget()))
    said = texts(app.window.stack.currentWidget())
    assert verdict in said
    assert ("could" in said) == leak
    assert "The model process" in said


def test_settings_change_at_once_and_back_when_refused(qtbot: QtBot, app: App, world: Desk) -> None:
    page = app.settings
    page.fields["theme"]._buttons["dark"].click()  # type: ignore[union-attr]
    assert theme.current().roles.dark
    qtbot.waitUntil(lambda: SetSetting(name="theme", value="dark") in world.asked)
    page.fields["mode"]._buttons["files"].click()  # type: ignore[union-attr]
    assert app.controllers.ask.mode == "files"
    qtbot.waitUntil(lambda: SetSetting(name="mode", value="files") in world.asked)

    def refuse(request: object, call: object):  # type: ignore[no-untyped-def]
        raise UserError("reply_tokens must be between 16 and 8000, not 1.")
        yield

    world.handlers[SetSetting] = refuse
    field = page.fields["reply_tokens"]
    field.setText("1")  # type: ignore[union-attr]
    with qtbot.waitSignal(app.messages.posted):
        field.editingFinished.emit()  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: field.text() == "320")  # type: ignore[union-attr]


def test_zoom_steps_and_comes_back(qtbot: QtBot, app: App, world: Desk) -> None:
    before = app.ask.composer.field.fontInfo().pixelSize()
    assert app.commands.run("view.larger")
    assert app.ask.composer.field.fontInfo().pixelSize() > before
    for _ in range(20):
        app.commands.run("view.larger")
    assert theme.current().zoom == 2.0
    app.commands.run("view.normal")
    assert app.ask.composer.field.fontInfo().pixelSize() == before
    qtbot.waitUntil(lambda: SetSetting(name="zoom", value="1.0") in world.asked)


def show(qtbot: QtBot, app: App, index: int) -> None:
    with qtbot.waitSignal(app.controllers.source.viewing):
        app.controllers.source.show([LEASE, INVOICE], index)


def test_a_page_is_highlighted_and_in_view(qtbot: QtBot, app: App) -> None:
    show(qtbot, app, 0)
    pane = app.ask.source
    assert pane.stack.currentWidget() is pane.page
    assert pane._page_chip.text() == "page 14 of 38"
    box = pane.page.box_on_screen(0)
    assert 0 <= box.top() < pane.page.height()
    image = pane.page.grab().toImage()
    inside = image.pixelColor(int(box.left()) + 1, int(box.top()) + 1)
    outside = image.pixelColor(int(box.left()) - 6, int(box.top()) + 1)
    assert inside.name().lower() == theme.current().roles.page_highlight.lower()
    assert outside.name().lower() == theme.current().roles.page.lower()


def test_pages_are_turned_without_a_quote_check(qtbot: QtBot, app: App, world: Desk) -> None:
    show(qtbot, app, 0)
    with qtbot.waitSignal(app.controllers.source.viewing):
        assert app.commands.run("source.next_page")
    assert [one.page for one in world.requests(ViewSource)] == [0, 15]  # type: ignore[attr-defined]


def test_text_is_marked_and_its_note_shown(qtbot: QtBot, app: App) -> None:
    show(qtbot, app, 1)
    pane = app.ask.source
    assert pane.stack.currentWidget() is pane.text
    assert pane.note.isVisibleTo(pane)
    assert "has changed" in pane.note.text()
    rects = pane.text.marked_rects("highlight")
    top = pane.text.verticalScrollBar().value()
    assert rects
    assert top <= rects[0].top() <= top + pane.text.viewport().height()
    assert not app.commands.run("source.next_page")


def test_the_newest_passage_wins(qtbot: QtBot, app: App) -> None:
    source = app.controllers.source
    source.show([LEASE, INVOICE], 0)
    show(qtbot, app, 1)
    view = source.view
    assert view is not None
    assert view.document == samples.INVOICE
    app.commands.run("source.previous")
    qtbot.waitUntil(lambda: source.view is not None and source.view.document == samples.LEASE)


def test_a_source_that_cannot_be_shown_is_said_in_the_pane(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    world.sources = {samples.LEASE: (world.sources[samples.LEASE][0], b"no picture")}
    show(qtbot, app, 0)
    assert "did not arrive" in app.ask.source.empty.text()
    with qtbot.waitSignal(app.controllers.source.failed):
        app.controllers.source.step(1)
    assert app.ask.source.stack.currentWidget() is app.ask.source.empty


def test_only_an_existing_local_file_is_opened_outside(
    qtbot: QtBot, app: App, world: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "carrel_desktop.widgets.source_pane.QDesktopServices.openUrl",
        lambda url: bool(opened.append(url.toString())) or True,
    )
    show(qtbot, app, 0)
    app.commands.run("source.outside")
    assert opened == []
    assert app.messages.history[-1].what == "The file is not there any more."
    file = tmp_path / "a b.md"
    file.write_text("x")
    world.sources[str(file)] = world.sources[samples.INVOICE]
    with qtbot.waitSignal(app.controllers.source.viewing):
        app.controllers.source.show([Passage(str(file), None, 0, 1, "x")], 0)
    app.commands.run("source.outside")
    assert opened == [f"file://{tmp_path}/a b.md"]


def test_below_the_drawer_width_the_source_lies_over_the_conversation(
    qtbot: QtBot, app: App
) -> None:
    app.window.resize(800, 700)
    qtbot.waitUntil(lambda: not app.ask.source.isVisible())
    assert app.ask._toggle.isVisible()
    app.commands.run("source.toggle")
    assert app.ask.drawer_open
    assert app.ask.source.geometry().right() == app.ask.rect().right()
    app.window.resize(1440, 900)
    qtbot.waitUntil(lambda: app.ask.splitter.indexOf(app.ask.source) == 2)
    assert app.ask.source.isVisible()


@pytest.mark.parametrize(
    ("room", "size"), [((1280, 740), (1280, 740)), ((1920, 1080), (1440, 900)), ((300, 200), None)]
)
def test_the_window_is_no_larger_than_the_screen_but_for_its_least_size(
    app: App, room: tuple[int, int], size: tuple[int, int] | None
) -> None:
    app.window.resize(1440, 900)
    app.window.fit(QSize(*room))
    assert app.window.size() == (QSize(*size) if size else app.window.minimumSize())


def test_the_palette_finds_and_runs_a_command(qtbot: QtBot, app: App) -> None:
    app.commands.run("help.palette")
    palette = app.window.findChild(CommandPalette)
    QTest.keyClicks(palette.field, "go to mod")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert app.window.page == "models"
    qtbot.waitUntil(lambda: app.window.findChild(CommandPalette) is None)


def test_f1_lists_every_shortcut(qtbot: QtBot, app: App) -> None:
    app.commands.run("help.shortcuts")
    dialog = app.window.findChild(ShortcutsDialog)
    lines = [
        str(dialog.list.model().index(at, 0).data()) for at in range(dialog.list.model().rowCount())
    ]
    for command in app.commands:
        if command.shortcut:
            assert any(command.keys in line and command.title in line for line in lines)
    dialog.close()
    qtbot.waitUntil(lambda: app.window.findChild(ShortcutsDialog) is None)


def test_a_message_can_be_acted_on_and_closed(qtbot: QtBot, app: App, world: Desk) -> None:
    world.made[-1].die()
    qtbot.waitUntil(lambda: bool(app.messages.history))
    from carrel_desktop.widgets.message_bar import MessageBar

    bar = app.window.findChild(MessageBar)
    assert bar.isVisible()
    with qtbot.waitSignal(app.bridge.started, timeout=30_000):
        bar.action.click()
    assert not bar.isVisible()
    qtbot.waitUntil(lambda: app.bridge.running)
