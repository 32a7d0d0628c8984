"""The window over the real desk and model: a killed model leaves window and words alive."""

import os
import signal

import pytest

from carrel.profile import Profile
from carrel.settings import Settings
from carrel_desktop.app import build, child_maker
from tests.core.fake_core import write_samples

QUESTION = "Who bears the cost of repair of the heating boiler?"
LONG = 120_000  # milliseconds


def workers_of(pid):
    """Process ids and command lines of the direct children of a process."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/children") as file:
            for child in file.read().split():
                with open(f"/proc/{child}/cmdline", "rb") as line:
                    found[int(child)] = line.read().split(b"\0")
    return found


@pytest.mark.engine
@pytest.mark.embedder
@pytest.mark.timeout(300)
def test_a_model_killed_in_mid_answer_leaves_the_window_alive(qtbot, tmp_path):
    profile = Profile.at(tmp_path / "profile")
    profile.create()
    app = build(child_maker(["--profile", str(profile.data)]), Settings(profile.settings))
    try:
        app.window.show()
        app.bridge.start()
        library = app.controllers.library
        app.window.dropped.emit([str(write_samples(tmp_path / "docs"))])
        settled = {"indexed"}
        qtbot.waitUntil(
            lambda: len([d for d in library.documents if d.status in settled]) == 2, timeout=LONG
        )
        ask(app, "Tell me a long story about a lighthouse.", "model")
        turn = app.controllers.ask.turns[-1]
        qtbot.waitUntil(lambda: bool(turn.answer), timeout=LONG)
        os.kill(model_of(app), signal.SIGKILL)
        qtbot.waitUntil(lambda: not app.controllers.ask.busy, timeout=LONG)
        assert turn.stage == "died"
        assert turn.answer
        assert app.window.isVisible()
        app.controllers.ask.ask(QUESTION, "files", written=True)
        again = app.controllers.ask.turns[-1]
        assert again is not turn
        qtbot.waitUntil(lambda: not again.running, timeout=LONG)
        assert again.stage == "complete"
        assert again.citations
    finally:
        app.close()


def ask(app, question, mode):
    app.window.open_page("ask")
    app.controllers.ask.mode = mode
    app.ask.composer.field.setPlainText(question)
    app.ask.composer.send.click()


def model_of(app):
    """The process id of the desk's model worker."""
    (desk,) = (pid for pid, line in workers_of(os.getpid()).items() if b"desk" in line)
    (model,) = (pid for pid, line in workers_of(desk).items() if b"model" in line)
    return model
