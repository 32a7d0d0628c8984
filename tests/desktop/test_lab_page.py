"""The Lab page: runs are listed, opened, shown, put into use and taken off the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QTableWidget
from pytestqt.qtbot import QtBot

from carrel.desk.lab_requests import ShowRun, UseRun
from carrel_desktop.app import App
from carrel_desktop.windows.lab_page import LabPage
from tests.desktop.conftest import Answers
from tests.desktop.fake_desk import Desk
from tests.desktop.fake_lab import HEAD, WORDS, shown


def page(qtbot: QtBot, app: App) -> LabPage:
    app.window.open_page("lab")
    found = app.window.page_of("lab")
    assert isinstance(found, LabPage)
    qtbot.waitUntil(lambda: app.controllers.lab.runs is not None)
    return found


def with_run(qtbot: QtBot, app: App, world: Desk, report: str = "") -> LabPage:
    world.lab.runs["/runs/first"] = shown("/runs/first", report)
    world.lab.listed = ["/runs/first", "/runs/gone"]
    found = page(qtbot, app)
    qtbot.waitUntil(lambda: app.controllers.lab.shown is not None)
    return found


def test_without_runs_it_says_how_to_make_one(qtbot: QtBot, app: App) -> None:
    found = page(qtbot, app)
    assert found.empty.isVisible()
    assert not found.list.isVisible()
    assert not found.use.isVisible()


def test_the_last_run_is_shown_with_its_tables(qtbot: QtBot, app: App, world: Desk) -> None:
    found = with_run(qtbot, app, world)
    assert not found.empty.isVisible()
    assert found.words.text() == WORDS
    assert [found.list.item(at).text() for at in range(2)] == [
        "first\n40 questions, 4 ways",
        "gone\ncannot be read",
    ]
    tables = found.findChildren(QTableWidget)
    assert {one.accessibleName() for one in tables} == {"Scores", "What it took"}
    scores = next(one for one in tables if one.accessibleName() == "Scores")
    item = scores.item(0, 4)
    assert item is not None
    assert item.text() == "0.68 (0.55 to 0.80)"
    assert found.ways.currentData() == HEAD[-1]
    assert not found.report.isVisible(), "there is no report yet"


def test_a_run_that_is_gone_says_so_and_can_be_taken_off(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    found = with_run(qtbot, app, world)
    found.list.setCurrentRow(1)
    qtbot.waitUntil(lambda: bool(app.controllers.lab.problem))
    assert "/runs/gone holds no run of the lab." in found.words.text()
    assert not found.use.isVisible()
    found.leave_out.click()
    qtbot.waitUntil(lambda: found.list.count() == 1)
    assert world.lab.listed == ["/runs/first"]
    qtbot.waitUntil(lambda: found.words.text() == WORDS)


def test_a_folder_is_opened_and_listed(qtbot: QtBot, app: App, world: Desk) -> None:
    found, dialogs = page(qtbot, app), app.dialogs
    assert isinstance(dialogs, Answers)
    found.open.click()
    assert not world.requests(ShowRun), "nothing was chosen"
    world.lab.runs["/elsewhere/second"] = shown("/elsewhere/second")
    dialogs.run_answer = "/elsewhere/second"
    found.open.click()
    qtbot.waitUntil(lambda: found.list.count() == 1 and found.words.text() == WORDS)
    assert world.requests(ShowRun) == [ShowRun(folder="/elsewhere/second")]


def test_a_way_is_put_into_use(qtbot: QtBot, app: App, world: Desk) -> None:
    found = with_run(qtbot, app, world)
    found.ways.setCurrentIndex(found.ways.findData("base + files"))
    found.use.click()
    qtbot.waitUntil(lambda: bool(app.messages.history))
    assert world.requests(UseRun) == [UseRun(folder="/runs/first", way="base + files")]
    assert app.messages.history[-1].what == "From now on base + files answers."
    assert app.controllers.settings.text("mode") == "files"


def test_the_report_is_opened_outside(
    qtbot: QtBot, app: App, world: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.html"
    report.write_text("<p>said</p>")
    found = with_run(qtbot, app, world, str(report))
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: not opened.append(url))
    found.report.click()
    assert [one.toLocalFile() for one in opened] == [str(report)]
    report.unlink()
    found.report.click()
    assert app.messages.history[-1].what == "The report is not there any more."


def test_locking_lets_go_of_what_was_shown(qtbot: QtBot, app: App, world: Desk) -> None:
    found = with_run(qtbot, app, world)
    app.controllers.clear()
    assert app.controllers.lab.shown is None
    assert not found.words.text()
    assert found.list.count() == 0
    app.bridge.started.emit()
    qtbot.waitUntil(lambda: found.words.text() == WORDS)
