"""The shelf: cards, adapters with their sliders, details, removing."""

from __future__ import annotations

import threading

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from carrel.desk.shelf_requests import (
    AdapterChoice,
    AdapterList,
    ChooseAdapters,
    RemoveAdapter,
    RemoveModel,
    UseModel,
)
from carrel.errors import UserError
from carrel_desktop.app import App
from carrel_desktop.widgets.adapter_row import AdapterLine
from tests.desktop import samples, shelf_samples
from tests.desktop.fake_desk import Desk


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def press(app: App, name: str) -> None:
    """Press the button of that accessible name on the Models page, once it is shown."""
    QApplication.processEvents()
    (one,) = [
        one
        for one in app.models.findChildren(QPushButton)
        if one.accessibleName() == name and one.isVisibleTo(app.models)
    ]
    one.click()
    QApplication.processEvents()


def line(app: App, adapter: str, model: str = samples.MODEL) -> AdapterLine:
    return app.models.shelf.cards[model].lines[adapter]


@pytest.fixture
def shelf(app: App) -> App:
    app.window.open_page("models")
    return app


def test_a_model_is_used(qtbot: QtBot, shelf: App, world: Desk) -> None:
    assert shelf.ask.composer.model.accessibleName() == f"Model: {samples.MODEL}"
    with qtbot.waitSignal(shelf.controllers.models.changed):
        press(shelf, "Use Qwen3-4B-Instruct")
    assert world.requests(UseModel) == [UseModel(model_id="Qwen3-4B-Instruct")]
    assert shelf.ask.composer.model.accessibleName() == "Model: Qwen3-4B-Instruct"
    adapters = shelf.controllers.adapters
    qtbot.waitUntil(lambda: adapters.model_id == "Qwen3-4B-Instruct")


def test_a_card_says_what_a_model_is_and_whether_it_fits(shelf: App) -> None:
    said = texts(shelf.models)
    assert "llama · Q4_1 · 98 MB · trained for 8,192 tokens · template known (chatml)" in said
    assert "Needs 3.4 GB of 21.8 GB free at 8,192 tokens · 20 of 36 layers on the GPU" in said
    assert {"fits, less context", "died loading", "embedder", "starter · Apache-2.0"} <= set(said)
    unread = texts(shelf.models.shelf.cards["mistral-small-24b"])
    assert any("template unknown, look before you use it" in one for one in unread)


def test_only_a_chat_model_can_be_used(shelf: App) -> None:
    card = shelf.models.shelf.cards["nomic-embed"]
    assert [one.text() for one in card.findChildren(QPushButton)] == ["Details"]


def test_an_adapter_is_attached_by_keyboard_and_shown_where_one_asks(
    qtbot: QtBot, shelf: App, world: Desk
) -> None:
    assert shelf.ask.composer.adapters.accessibleName() == "Adapters: reader 1.0"
    switch = line(shelf, "support-intents").switch
    switch.setFocus()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(world.requests(ChooseAdapters)) == 1)
    assert world.requests(ChooseAdapters) == [
        ChooseAdapters(
            adapters=[AdapterChoice(id="reader 1.0"), AdapterChoice(id="support-intents")]
        )
    ]
    assert shelf.ask.composer.adapters.text() == "+ 2 adapters"
    line(shelf, "reader 1.0").switch.click()
    qtbot.waitUntil(lambda: len(world.requests(ChooseAdapters)) == 2)
    assert not line(shelf, "reader 1.0").slider.isEnabled()
    assert shelf.ask.composer.adapters.accessibleName() == "Adapters: support-intents"


def test_a_slider_sends_where_it_rests(qtbot: QtBot, shelf: App, world: Desk) -> None:
    slider = line(shelf, "reader 1.0").slider
    slider.setFocus()
    for _ in range(10):
        QTest.keyClick(slider, Qt.Key.Key_Left)
    assert line(shelf, "reader 1.0").value.text() == "0.50"
    assert world.requests(ChooseAdapters) == []
    qtbot.waitUntil(lambda: bool(world.requests(ChooseAdapters)))
    assert world.requests(ChooseAdapters) == [
        ChooseAdapters(adapters=[AdapterChoice(id="reader 1.0", scale=0.5)])
    ]
    qtbot.waitUntil(lambda: world.shelf.adapters[0].scale == 0.5)
    assert line(shelf, "reader 1.0").slider is slider  # nothing was built anew under the hand
    assert QApplication.focusWidget() is slider
    assert shelf.ask.composer.adapters.text() == "+ reader 1.0 × 0.5"
    for key, value in ((Qt.Key.Key_Home, 0), (Qt.Key.Key_End, 200)):
        QTest.keyClick(slider, key)
        assert slider.value() == value
    qtbot.waitUntil(lambda: world.shelf.adapters[0].scale == 2.0)


def test_an_older_list_does_not_undo_a_choice(qtbot: QtBot, shelf: App, world: Desk) -> None:
    adapters, gate = shelf.controllers.adapters, threading.Event()
    plain = world.handlers[ChooseAdapters]

    def slow(request: ChooseAdapters, call: object):  # type: ignore[no-untyped-def]
        gate.wait(30)
        yield from plain(request, call)  # type: ignore[arg-type]

    world.handlers[ChooseAdapters] = slow
    adapters.attach("reader 1.0", False)
    adapters.take(AdapterList(model_id=samples.MODEL, adapters=world.shelf.adapters), 0)
    assert adapters.scale("reader 1.0") is None
    gate.set()
    qtbot.waitUntil(lambda: world.shelf.adapters[0].scale is None)


def test_a_refused_adapter_is_detached_again_and_said(
    qtbot: QtBot, shelf: App, world: Desk
) -> None:
    def refuse(request: object, call: object):  # type: ignore[no-untyped-def]
        raise UserError("The file of support-intents is gone.", "Add it again.", "missing")
        yield

    world.handlers[ChooseAdapters] = refuse
    line(shelf, "support-intents").switch.click()
    qtbot.waitUntil(lambda: bool(shelf.messages.history))
    assert shelf.messages.history[-1].what == "The file of support-intents is gone."
    qtbot.waitUntil(lambda: not line(shelf, "support-intents").switch.isChecked())


def test_an_adapter_for_another_base_says_why_and_has_no_switch(shelf: App) -> None:
    other = line(shelf, "legal-tone-8b")
    assert "needs another base" in texts(other)
    assert any("4,096 wide" in one for one in texts(other))
    assert other.switch.isHidden()
    assert other.slider.isHidden()


def test_an_adapter_stands_under_its_own_base(shelf: App) -> None:
    cards = shelf.models.shelf.cards
    assert list(cards["Qwen3-4B-Instruct"].lines) == ["qwen-minutes"]
    assert "qwen-minutes" not in cards[samples.MODEL].lines
    assert "fits" in texts(line(shelf, "qwen-minutes", "Qwen3-4B-Instruct"))


def test_details_of_a_model_and_of_an_adapter(shelf: App) -> None:
    press(shelf, f"Details of {samples.MODEL}")
    pane = shelf.models.shelf.details
    names = [one.accessibleName() for one in pane.findChildren(QWidget)]
    assert "Based on: SmolLM2-135M" in names
    assert "Comes from: HuggingFaceTB" in names
    assert f"SHA-256: {'ab' * 32}" in names
    press(shelf, "Details of legal-tone-8b")
    names = [one.accessibleName() for one in pane.findChildren(QWidget) if one.isVisibleTo(pane)]
    assert "Base: Llama-3.1-8B" in names
    pane.close_button.click()
    assert not pane.isVisible()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "The file stays where it is: /models/Qwen3-4B-Instruct.gguf"),
        ({"copied": True}, "Carrel's copy /models/Qwen3-4B-Instruct.gguf is deleted."),
    ],
)
def test_removing_asks_and_says_what_goes(
    qtbot: QtBot, shelf: App, world: Desk, changes: dict[str, object], says: str
) -> None:
    world.shelf.models[1] = msgspec.structs.replace(world.shelf.models[1], **changes)
    with qtbot.waitSignal(shelf.controllers.models.changed):
        shelf.controllers.models.refresh()
    press(shelf, "Details of Qwen3-4B-Instruct")
    press(shelf, "Remove: Qwen3-4B-Instruct")
    assert says in shelf.dialogs.asked[-1]  # type: ignore[attr-defined]
    assert world.requests(RemoveModel) == []
    shelf.dialogs.sure_answer = True  # type: ignore[attr-defined]
    press(shelf, "Remove: Qwen3-4B-Instruct")
    qtbot.waitUntil(lambda: "Qwen3-4B-Instruct" not in shelf.models.shelf.cards)
    assert not shelf.models.shelf.details.isVisible()


def test_an_adapter_is_removed(qtbot: QtBot, shelf: App, world: Desk) -> None:
    shelf.dialogs.sure_answer = True  # type: ignore[attr-defined]
    press(shelf, "Details of support-intents")
    press(shelf, "Remove: support-intents")
    qtbot.waitUntil(lambda: "support-intents" not in shelf.models.shelf.cards[samples.MODEL].lines)
    assert world.requests(RemoveAdapter) == [RemoveAdapter(adapter_id="support-intents")]


def test_the_keyboard_stays_where_it_was_when_the_shelf_changes(
    qtbot: QtBot, shelf: App, world: Desk
) -> None:
    name = "Details of mistral-small-24b"
    next(one for one in shelf.models.findChildren(QPushButton) if one.accessibleName() == name
         ).setFocus()  # fmt: skip
    world.shelf.models = [*world.shelf.models, shelf_samples.model("new")]
    world.changed("models")
    qtbot.waitUntil(lambda: "new" in shelf.models.shelf.cards)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus.accessibleName() == name


def test_a_narrow_window_shows_cards_or_details(qtbot: QtBot, shelf: App) -> None:
    page = shelf.models.shelf
    shelf.window.resize(700, 700)
    qtbot.waitUntil(lambda: page.width() < 700)
    page.show_model(samples.MODEL)
    assert not page.add_button.isVisible()
    page.details.close_button.click()
    assert page.add_button.isVisible()
