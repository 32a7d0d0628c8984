"""The embedders on the Models page: listed, added, prepared while the old one serves, removed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from carrel.desk.shelf_requests import AddEmbedder, RemoveEmbedder, UseEmbedder
from carrel.events import Changed, IndexProgress
from carrel_desktop.app import App
from carrel_desktop.windows.embedders_page import EmbeddersPage
from tests.desktop.conftest import Answers
from tests.desktop.fake_desk import Desk
from tests.desktop.fake_embedders import BAD, OTHER, STARTER


def page(qtbot: QtBot, app: App) -> EmbeddersPage:
    app.window.open_page("models")
    app.models.shelf.embedders_button.click()
    qtbot.waitUntil(lambda: app.controllers.embedders.embedders is not None)
    return app.models.embedders


def answers(app: App) -> Answers:
    assert isinstance(app.dialogs, Answers)
    return app.dialogs


def with_other(qtbot: QtBot, app: App) -> EmbeddersPage:
    found = page(qtbot, app)
    answers(app).embedder_answer = f"/models/{OTHER}"
    found.add.click()
    qtbot.waitUntil(lambda: OTHER in found.cards)
    return found


def progress(done: int, total: int) -> IndexProgress:
    return IndexProgress(
        collection="", stage="meaning", documents_done=0, documents_total=0, passages=total,
        passages_by_meaning=done, per_second=90.0, seconds_left=9.0,
    )  # fmt: skip


def test_the_starter_serves_and_cannot_be_removed(qtbot: QtBot, app: App) -> None:
    found = page(qtbot, app)
    assert list(found.cards) == [STARTER]
    card = found.cards[STARTER]
    assert not card.use_button.isVisible()
    assert not card.remove_button.isVisible()
    assert not card.bar.isVisible()
    assert QApplication.focusWidget() is found.back
    found.back.click()
    assert app.models.places.currentWidget() is app.models.shelf


def test_a_folder_is_added_once(qtbot: QtBot, app: App, world: Desk) -> None:
    found = page(qtbot, app)
    found.add.click()
    assert not world.requests(AddEmbedder), "nothing was chosen"
    found = with_other(qtbot, app)
    qtbot.waitUntil(found.add.isEnabled)
    assert world.requests(AddEmbedder) == [AddEmbedder(path=f"/models/{OTHER}")]
    assert app.messages.history[-1].what == f"{OTHER} is prepared and can be used."
    found.add.click()
    assert not found.add.isEnabled(), "one at a time"
    qtbot.waitUntil(found.add.isEnabled)
    assert app.messages.history[-1].what == f"{OTHER} is on the shelf already."
    assert list(found.cards) == [STARTER, OTHER]


def test_a_folder_that_holds_none_is_one_sentence(qtbot: QtBot, app: App) -> None:
    found = page(qtbot, app)
    answers(app).embedder_answer = BAD
    found.add.click()
    qtbot.waitUntil(lambda: bool(app.messages.history))
    assert app.messages.history[-1].what == f"{BAD} holds no model."
    assert found.add.isEnabled()


def test_another_is_prepared_while_the_first_serves(qtbot: QtBot, app: App, world: Desk) -> None:
    found = with_other(qtbot, app)
    found.cards[OTHER].use_button.click()
    assert not world.requests(UseEmbedder), "the user was not sure"
    answers(app).sure_answer = True
    found.cards[OTHER].use_button.setFocus()
    qtbot.keyClick(found.cards[OTHER].use_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: found.cards[OTHER].bar.isVisible())
    assert world.requests(UseEmbedder) == [UseEmbedder(embedder_id=OTHER)]
    assert found.cards[OTHER].progress.text() == (
        f"Its vectors are made next. Until all are there, {STARTER} serves."
    )
    world.tell(progress(300, 1200))
    qtbot.waitUntil(lambda: app.controllers.embedders.total > 0)
    assert found.cards[OTHER].progress.text().startswith("300 of 1,200 passages have their vector.")
    assert found.cards[OTHER].bar.accessibleDescription() == "25%"
    assert found.cards[STARTER].use_button.text() == "Keep"
    assert found.cards[STARTER].use_button.isVisible()
    assert not found.cards[OTHER].remove_button.isVisible()
    world.embedders.serve()
    world.tell(Changed(kinds=["collections"]))
    qtbot.waitUntil(lambda: found.cards[OTHER].embedder.in_use)
    assert not found.cards[OTHER].bar.isVisible()


def test_the_first_is_kept_after_all(qtbot: QtBot, app: App, world: Desk) -> None:
    found = with_other(qtbot, app)
    answers(app).sure_answer = True
    found.cards[OTHER].use_button.click()
    qtbot.waitUntil(lambda: found.cards[OTHER].bar.isVisible())
    answers(app).sure_answer = False  # nobody is asked: nothing is made anew
    found.cards[STARTER].use_button.click()
    qtbot.waitUntil(lambda: not found.cards[OTHER].bar.isVisible())
    assert world.requests(UseEmbedder)[-1] == UseEmbedder(embedder_id=STARTER)


def test_one_that_is_not_used_is_removed(qtbot: QtBot, app: App, world: Desk) -> None:
    found = with_other(qtbot, app)
    found.cards[OTHER].remove_button.click()
    assert not world.requests(RemoveEmbedder)
    answers(app).sure_answer = True
    found.cards[OTHER].remove_button.click()
    qtbot.waitUntil(lambda: list(found.cards) == [STARTER])
    assert world.requests(RemoveEmbedder) == [RemoveEmbedder(embedder_id=OTHER)]


def test_a_new_desk_is_asked_anew(qtbot: QtBot, app: App, world: Desk) -> None:
    found = with_other(qtbot, app)
    app.controllers.clear()
    assert not found.cards
    app.controllers.embedders.refresh()
    qtbot.waitUntil(lambda: OTHER in found.cards)
    world.embedders.rows = world.embedders.rows[:1]
    app.bridge.started.emit()
    qtbot.waitUntil(lambda: list(found.cards) == [STARTER])
