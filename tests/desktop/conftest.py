"""The window's tests: offscreen, with a scripted desk, and nothing may be left behind."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = os.environ.get("CARREL_TEST_PLATFORM", "offscreen")

import gc
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from carrel.settings import Settings
from carrel_desktop import theme
from carrel_desktop.app import App, build
from carrel_desktop.windows.dialogs import Dialogs
from tests.desktop import samples
from tests.desktop.fake_desk import Desk


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform warns of what it has not: windows in front, hints of size."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))


class Answers(Dialogs):
    """Dialogs that were answered before they were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.folder_answer = ""
        self.files_answer: list[str] = []
        self.models_answer: list[str] = []
        self.preset_answer = ""
        self.asked: list[str] = []
        self.text_answer = ""
        self.sure_answer = False
        self.csv_answer = ""
        self.run_answer = ""
        self.embedder_answer = ""
        self.export_answer = ""
        self.folder_name: str | None = None

    def folder(self) -> str:
        return self.folder_answer

    def files(self) -> list[str]:
        return self.files_answer

    def run_folder(self) -> str:
        return self.run_answer

    def embedder_folder(self) -> str:
        return self.embedder_answer

    def models(self) -> list[str]:
        return self.models_answer

    def preset_to_read(self) -> str:
        return self.preset_answer

    def preset_to_write(self, name: str) -> str:
        return self.preset_answer

    def csv_to_write(self) -> str:
        return self.csv_answer

    def export_to_write(self, name: str, ending: str) -> str:
        self.asked.append(f"{name}.{ending}")
        return self.export_answer

    def choose_folder(self, folders: Sequence[str], now: str) -> str | None:
        self.asked.append(f"{', '.join(folders)} ({now})")
        return self.folder_name

    def text(self, title: str, question: str, value: str) -> str:
        return self.text_answer

    def sure(self, title: str, what: str, action: str) -> bool:
        self.asked.append(what)
        return self.sure_answer


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> None:
    """One theme for all tests; each begins in light at normal size."""
    theme.current().install(qapp, "light")


@pytest.fixture(autouse=True)
def nothing_left(qapp: QApplication, dressed: None) -> Iterator[None]:
    """Fail a test that leaves a thread, a running timer or a top-level widget behind."""
    theme.current().zoom = 1.0
    theme.current().choose("light")
    threads = set(threading.enumerate())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [one.name for one in threading.enumerate() if one not in threads] == []
    assert [type(one).__name__ for one in QApplication.topLevelWidgets() if one.isVisible()] == []
    timers = [one for one in qapp.findChildren(QTimer) if one.isActive()]
    assert timers == []


@pytest.fixture
def world(dressed: None) -> Desk:
    """A desk with a small library, before anybody asked anything."""
    return samples.furnish(Desk())


@pytest.fixture
def app(qtbot: QtBot, world: Desk, tmp_path: Path) -> Iterator[App]:
    """The whole window over the scripted desk, shown and started."""
    made = build(world.make, Settings(tmp_path / "settings.toml"), Answers())
    made.window.show()
    made.ask.composer.field.setFocus()
    with qtbot.waitSignals(
        [
            made.controllers.library.collections_changed,
            made.controllers.library.documents_changed,
            made.controllers.models.changed,
            made.controllers.adapters.changed,
            made.controllers.conversations.changed,
        ]
    ):
        made.bridge.start()
    yield made
    made.close()
