"""Comparing: one question to two settings, one after the other, and nothing of it kept."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from carrel.desk.requests import Ask
from carrel.desk.shelf_requests import AdapterChoice
from carrel.errors import UserError
from carrel.events import Token
from carrel_desktop.app import App
from carrel_desktop.windows.compare_page import ComparePage
from tests.desktop import samples
from tests.desktop.fake_desk import Desk
from tests.desktop.test_ask import ask, wait_for_end

OTHER = "Qwen3-4B-Instruct"


def page(app: App) -> ComparePage:
    app.window.open_page("models")
    app.models.compare(samples.QUESTION)
    return app.models.comparing


def choose(found: ComparePage) -> None:
    """Left: the model in use without adapters, from the files; right: the other one, as it is."""
    left, right = found.sides
    left.adapters.setCurrentText("No adapter")
    left.modes._buttons["files"].click()
    right.model.setCurrentIndex(right.model.findData(OTHER))
    right.modes._buttons["model"].click()


def test_both_are_asked_one_after_the_other_without_a_trace(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    found = page(app)
    choose(found)
    QTest.keyClick(found.field, Qt.Key.Key_Return)
    assert found.views[1] is not None
    assert found.views[1].turn.stage == "waiting"
    qtbot.waitUntil(lambda: not app.controllers.compare.busy)
    assert world.requests(Ask) == [
        Ask(
            question=samples.QUESTION,
            mode="files",
            trace=False,
            model=samples.MODEL,
            adapters=[],
            generated="always",
        ),
        Ask(question=samples.QUESTION, mode="model", trace=False, model=OTHER, generated="always"),
    ]
    for view in found.views:
        assert view is not None
        assert view.answer.answer == samples.ANSWER
    assert app.controllers.ask.turns == []


def test_an_adapter_of_its_own_base_can_be_chosen(qtbot: QtBot, app: App, world: Desk) -> None:
    found = page(app)
    left, right = found.sides
    offered = [left.adapters.itemText(at) for at in range(left.adapters.count())]
    assert offered[2:] == ["reader 1.0", "support-intents"]
    left.adapters.setCurrentText("support-intents")
    right.model.setCurrentIndex(right.model.findData(OTHER))
    right.adapters.setCurrentText("qwen-minutes")
    found.ask.click()
    qtbot.waitUntil(lambda: not app.controllers.compare.busy)
    asked = [one.adapters for one in world.requests(Ask)]  # type: ignore[attr-defined]
    assert asked == [[AdapterChoice(id="support-intents")], [AdapterChoice(id="qwen-minutes")]]


def test_stop_ends_both_and_keeps_what_was_written(qtbot: QtBot, app: App, world: Desk) -> None:
    world.script = [*samples.opening(), Token(text="The landlord"), threading.Event()]
    found = page(app)
    found.ask.click()
    left, right = found.views
    assert left is not None
    assert right is not None
    qtbot.waitUntil(lambda: left.answer.answer == "The landlord")
    assert found.stop.isVisible()
    assert app.commands.run("ask.stop")
    qtbot.waitUntil(lambda: not app.controllers.compare.busy)
    assert len(world.requests(Ask)) == 1
    assert (left.turn.stage, right.turn.stage) == ("stopped", "stopped")
    assert left.answer.answer == "The landlord"
    assert found.ask.isVisible()


def test_what_one_cannot_do_does_not_keep_the_other_from_answering(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    answer = world.handlers[Ask]

    def refuse_first(request: Ask, call: object):  # type: ignore[no-untyped-def]
        if request.model == samples.MODEL:
            raise UserError("The file of the model is gone.", "Add it again.", "missing")
        yield from answer(request, call)  # type: ignore[arg-type]

    world.handlers[Ask] = refuse_first
    found = page(app)
    choose(found)
    found.ask.click()
    qtbot.waitUntil(lambda: not app.controllers.compare.busy)
    left, right = found.views
    assert left is not None
    assert right is not None
    assert (left.turn.what, right.turn.stage) == ("The file of the model is gone.", "complete")


def test_the_question_of_an_answer_is_taken_along(qtbot: QtBot, app: App) -> None:
    view = ask(app)
    wait_for_end(qtbot, app)
    view._compare.click()
    assert app.window.page == "models"
    assert app.models.comparing.field.toPlainText() == samples.QUESTION
    app.models.comparing.back.click()
    assert app.models.shelf.isVisible()


def test_without_a_question_nothing_is_asked(app: App, world: Desk) -> None:
    found = page(app)
    found.field.setPlainText("  ")
    found.ask.click()
    assert not app.controllers.compare.busy
    assert world.requests(Ask) == []
