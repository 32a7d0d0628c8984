"""The window stays fluent while the real desk reads hostile and good files, and the desk lives."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from carrel.profile import Profile
from carrel.settings import Settings
from carrel_desktop.app import App, build, child_maker
from tests.core.hostile import good
from tests.core.hostile.everything import HEAVY, corpus, lay_out
from tests.desktop.frames import LATE_MS, FrameGaps, percentile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the corpus has Linux's pipes")

EVERY = 16  # of the corpus in the everyday run, each sixteenth file


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Hostile files with the good ones among them; the whole corpus when the parameter says so."""
    made = tmp_path / "files"
    made.mkdir()
    if request.param == "whole":
        lay_out(made, heavy=True)
    else:
        light = [one for one in corpus() if one.name not in HEAVY]
        for one in light[::EVERY]:
            path = made / one.name
            path.parent.mkdir(parents=True, exist_ok=True)
            one.make(path)
    for name, (data, _) in good.files().items():
        (made / name).write_bytes(data)
    yield made
    shut = made / "places" / "shut-folder"
    if shut.exists():
        os.chmod(shut, 0o700)
    shutil.rmtree(made)


@pytest.fixture
def app(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[App]:
    """The real window over the real desk, with a scripted embedder."""
    profile = Profile.at(tmp_path / "profile")
    profile.create()
    desk = child_maker(["--profile", str(profile.data), "--fakes"])
    made = build(desk, Settings(profile.settings))
    made.window.resize(1440, 900)
    made.window.show()
    yield made
    made.close()


def add_and_watch(qtbot: QtBot, app: App, folder: Path, seconds: int) -> FrameGaps:
    """Add the folder with the Library page open; the gaps from then until everything is settled."""
    library, gaps, lost = app.controllers.library, FrameGaps(), list[str]()
    app.bridge.lost.connect(lost.append)
    with qtbot.waitSignal(library.documents_changed, timeout=30_000):
        app.bridge.start()
    app.window.open_page("library")
    qtbot.waitExposed(app.window)
    gaps.start()
    app.window.dropped.emit([str(folder)])
    qtbot.waitUntil(lambda: bool(library.progress), timeout=30_000)
    qtbot.waitUntil(
        lambda: any("could not be read" in one.text for one in app.messages.history),
        timeout=seconds * 1000,
    )
    # The sentence comes with the last file; the table behind it is asked for a moment later.
    qtbot.waitUntil(
        lambda: not any(one.status == "reading" for one in library.documents), timeout=30_000
    )
    gaps.stop()
    assert lost == []
    indexed = {one.path for one in library.documents if one.status == "indexed"}
    assert {str(folder / name) for name in good.files()} <= indexed
    return gaps


@pytest.mark.parametrize(
    ("folder", "seconds"),
    [("some", 240), pytest.param("whole", 1500, marks=pytest.mark.heavy)],
    indirect=["folder"],
)
@pytest.mark.timeout(1800)
def test_frames_keep_coming_while_hostile_files_are_read(
    qtbot: QtBot, app: App, folder: Path, seconds: int, tmp_path: Path
) -> None:
    gaps = add_and_watch(qtbot, app, folder, seconds)
    sys.stdout.write(gaps.words() + "\n")
    assert percentile(gaps.own, 0.99) < LATE_MS, gaps.words()
    assert list((tmp_path / "profile" / "logs").glob("*")) == []


def test_a_blocked_main_thread_is_seen(qtbot: QtBot) -> None:
    gaps = FrameGaps()
    spun: list[bool] = []
    blocker = QTimer(interval=400)
    blocker.timeout.connect(lambda: spun.append(_spin(0.15)))
    gaps.start()
    blocker.start()
    qtbot.waitUntil(lambda: len(spun) > 2, timeout=30_000)
    blocker.stop()
    gaps.stop()
    assert percentile(gaps.own, 0.99) > LATE_MS, gaps.words()


def _spin(seconds: float) -> bool:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return True
