"""Adding models: what a file is comes first; links, copies, progress, refusals, other programs."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from carrel.desk.shelf_requests import AddModel, DescribeFile, FindModels, UseModel
from carrel_desktop.app import App
from carrel_desktop.controllers.importing import Candidate
from carrel_desktop.widgets.candidate_card import CandidateCard
from carrel_desktop.widgets.facts import Value
from carrel_desktop.windows.found_dialog import FoundDialog, SuggestionsDialog
from tests.desktop import shelf_samples
from tests.desktop.fake_desk import Desk

NEW, TONE, BROKEN = shelf_samples.NEW, shelf_samples.NEW_ADAPTER, shelf_samples.BROKEN


def candidate(app: App, path: str) -> Candidate:
    return next(one for one in app.controllers.importing.candidates if one.path == path)


def card(app: App, path: str) -> CandidateCard:
    return app.models.importing.cards[id(candidate(app, path))]


def offer(qtbot: QtBot, app: App, *paths: str) -> None:
    app.window.open_page("models")
    app.models.offer(paths)
    qtbot.waitUntil(lambda: all(candidate(app, one).state != "reading" for one in paths))


def said(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def values(widget: QWidget) -> list[str]:
    return [one.accessibleName() for one in widget.findChildren(Value) if one.isVisibleTo(widget)]


def test_a_file_is_described_before_it_is_added(qtbot: QtBot, app: App, world: Desk) -> None:
    app.dialogs.models_answer = [NEW, TONE]  # type: ignore[attr-defined]
    app.window.open_page("models")
    app.commands.run("models.add")
    qtbot.waitUntil(lambda: candidate(app, TONE).state == "known")
    qtbot.waitUntil(lambda: candidate(app, NEW).state == "known")
    asked = {one.path for one in world.requests(DescribeFile)}  # type: ignore[attr-defined]
    assert asked == {NEW, TONE}
    model, adapter = card(app, NEW), card(app, TONE)
    qtbot.waitUntil(lambda: {"chat model", "fits"} <= set(said(model)))
    wanted = {
        "Licence: Gemma",
        "Size: 2.5 GB",
        "Template: template unknown, look before you use it",
    }
    assert wanted <= set(values(model))
    qtbot.waitUntil(lambda: {"LoRA adapter", "fits the model in use"} <= set(said(adapter)))
    assert world.requests(AddModel) == []


def test_it_is_linked_in_place_unless_a_copy_is_chosen(qtbot: QtBot, app: App, world: Desk) -> None:
    offer(qtbot, app, NEW, TONE)
    card(app, TONE).keep._buttons["copy"].click()
    app.models.importing.add_all.click()
    qtbot.waitUntil(lambda: candidate(app, NEW).state == candidate(app, TONE).state == "added")
    asked = sorted(world.requests(AddModel), key=lambda one: one.path)  # type: ignore[attr-defined]
    assert asked == [AddModel(path=NEW), AddModel(path=TONE, copy=True)]
    assert world.requests(UseModel) == []  # nothing is loaded by being added
    app.models.importing.back.click()
    assert app.models.places.currentWidget() is app.models.shelf
    assert app.controllers.importing.candidates == []
    assert "gemma-3-4b-it" in app.models.shelf.cards
    qtbot.waitUntil(lambda: "tone" in app.models.shelf.cards[shelf_samples.MODEL].lines)


def test_copying_shows_how_far_it_is_and_can_be_stopped(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    world.shelf.gate = threading.Event()
    offer(qtbot, app, NEW)
    one = card(app, NEW)
    one.add_button.setFocus()
    QTest.keyClick(one.add_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Copying, 40 %" in said(one))
    one.stop_button.click()
    qtbot.waitUntil(lambda: candidate(app, NEW).state == "known")
    assert "Stopped; nothing was added." in said(one)
    assert one.add_button.isVisible()
    assert QApplication.focusWidget() is not None
    world.shelf.gate = None
    one.add_button.click()
    qtbot.waitUntil(lambda: candidate(app, NEW).state == "added")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (BROKEN, "page.gguf is a web page, not a model. Download the file itself, not the page "
         "about it."),
        ("/gone.gguf", "There is no file /gone.gguf. Check the path."),
        ("/models/old.gguf", "This file is on the shelf already."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_added_says_why(
    qtbot: QtBot, app: App, path: str, sentence: str
) -> None:
    offer(qtbot, app, path)
    assert sentence in said(card(app, path))
    assert not card(app, path).add_button.isVisible()
    card(app, path).leave_button.click()
    assert app.models.importing.cards == {}


def test_the_same_file_twice_is_one_card(qtbot: QtBot, app: App) -> None:
    offer(qtbot, app, NEW)
    offer(qtbot, app, NEW, BROKEN)
    assert len(app.models.importing.cards) == 2


def test_models_of_other_programs_are_looked_for_after_asking(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    app.window.open_page("models")
    app.models.search()
    question = app.dialogs.asked[-1]  # type: ignore[attr-defined]
    assert "LM Studio, Ollama, GPT4All and Jan" in question
    assert "Downloads" in question
    assert world.requests(FindModels) == []
    app.dialogs.sure_answer = True  # type: ignore[attr-defined]
    app.models.search()
    dialog = app.window.findChild(FoundDialog)
    qtbot.waitUntil(lambda: dialog.cards.count() == 2)
    assert dialog.lead.text() == "2 models found. Looked in: ~/.ollama/models, ~/Downloads."
    name = "Add llama3.2:1b, linked in place"
    add = next(one for one in dialog.findChildren(QPushButton) if one.accessibleName() == name)
    add.click()
    qtbot.waitUntil(lambda: "On the shelf, linked in place." in said(dialog))
    assert world.requests(AddModel) == [AddModel(path=shelf_samples.FOUND[0].path)]
    dialog.close()
    qtbot.waitUntil(lambda: app.window.findChild(FoundDialog) is None)


def test_models_worth_having_are_text_to_copy(qtbot: QtBot, app: App) -> None:
    app.window.open_page("models")
    app.models.suggest()
    dialog = app.window.findChild(SuggestionsDialog)
    qtbot.waitUntil(lambda: dialog.cards.count() == 2)
    assert "Carrel downloads nothing" in dialog.lead.text()
    hashes = [one for one in dialog.findChildren(Value) if one.value == "c0" * 32]
    hashes[0].selectAll()
    assert hashes[0].textCursor().selectedText() == "c0" * 32
    dialog.close()
    qtbot.waitUntil(lambda: app.window.findChild(SuggestionsDialog) is None)
