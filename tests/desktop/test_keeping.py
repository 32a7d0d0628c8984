"""The Library page keeps the library: pause, bring up to date, read again, forget."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from carrel.desk import library_requests as l
from carrel.events import Message
from carrel_desktop.app import App
from tests.desktop.fake_desk import Desk

SYNCED = l.Synced(
    new=2, changed=1, moved=0, missing=0, unchanged=9, documents=12, passages=99, seconds=0.4,
    away=["Archive drive"],
)  # fmt: skip
PLAN = l.ForgetPlan(documents=1, passages=7, conversations=0, quotes=2, words="Carrel forgets it.")
DONE = l.Forgotten(documents=1, passages=7, conversations=0, quotes=2, seconds=0.1)


def asked(qtbot: QtBot, world: Desk, kind: type[Message]) -> Message:
    """The one request of a kind, once it has come."""
    qtbot.waitUntil(lambda: bool(world.requests(kind)))
    (request,) = world.requests(kind)
    return request


def said(app: App) -> list[str]:
    return [one.text for one in app.messages.history]


def test_indexing_is_paused_and_goes_on(qtbot: QtBot, app: App, world: Desk) -> None:
    page = app.library
    assert page.pause.text() == "Pause indexing"
    with qtbot.waitSignal(app.controllers.keeping.state_changed):
        page.pause.click()
    assert page.pause.text() == page.pause.accessibleName() == "Go on indexing"
    assert page._waiting.text() == "Indexing is paused."
    with qtbot.waitSignal(app.controllers.keeping.state_changed):
        page.pause.click()
    assert page.pause.text() == "Pause indexing"
    assert [one.paused for one in world.requests(l.Pause)] == [True, False]  # type: ignore[attr-defined]


def test_why_indexing_waits_is_told_by_the_desk(qtbot: QtBot, app: App, world: Desk) -> None:
    words = "Indexing waits for mains power; a setting changes that."
    with qtbot.waitSignal(app.controllers.keeping.state_changed):
        world.tell(l.IndexingIs(paused=False, waiting="battery", words=words))
    assert app.library._waiting.text() == words
    assert not app.library._waiting.isHidden()


def test_a_collection_is_brought_up_to_date(qtbot: QtBot, app: App, world: Desk) -> None:
    world.synced = SYNCED
    update, *_ = app.library._cards["Contracts"].buttons
    assert update.accessibleName() == "Bring up to date: Contracts"
    with qtbot.waitSignals([app.messages.posted, app.messages.posted]):
        update.click()
    assert asked(qtbot, world, l.Sync) == l.Sync(collections=["Contracts"])
    assert said(app)[-2] == "2 new, 1 changed, 0 moved, 0 missing."
    assert "Archive drive is away" in said(app)[-1]


def test_selected_documents_are_read_again(qtbot: QtBot, app: App, world: Desk) -> None:
    world.synced = SYNCED
    page = app.library
    assert not page.read_again.isEnabled()
    page.table.selectRow(0)
    assert page.read_again.isEnabled()
    page.read_again.click()
    first = app.controllers.library.documents[0].path
    assert asked(qtbot, world, l.Retry) == l.Retry(documents=[first])


def test_forgetting_says_what_it_would_be_and_asks(qtbot: QtBot, app: App, world: Desk) -> None:
    world.plan, world.forgotten = PLAN, DONE
    page, dialogs = app.library, app.dialogs
    page.table.selectRow(1)
    page.forget_chosen.click()
    qtbot.waitUntil(lambda: bool(dialogs.asked))  # type: ignore[attr-defined]
    assert dialogs.asked == ["Carrel forgets it."]  # type: ignore[attr-defined]
    assert world.requests(l.Forget) == []  # the answer was no
    dialogs.sure_answer = True  # type: ignore[attr-defined]
    with qtbot.waitSignal(app.messages.posted):
        page.forget_chosen.click()
    second = app.controllers.library.documents[1].path
    assert asked(qtbot, world, l.Forget) == l.Forget(paths=[second])
    assert said(app)[-1] == "Forgotten: 1 document."


def test_a_collection_is_forgotten_from_its_card(qtbot: QtBot, app: App, world: Desk) -> None:
    world.plan, world.forgotten = PLAN, DONE
    app.dialogs.sure_answer = True  # type: ignore[attr-defined]
    app.library._cards["Contracts"].buttons[2].click()
    assert asked(qtbot, world, l.Forget) == l.Forget(collection="Contracts")
