"""The Library page while a large folder is read: it follows, and nothing slips away."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from carrel.desk.requests import ListDocuments
from carrel.events import IndexProgress
from carrel_desktop.app import App
from tests.desktop import samples
from tests.desktop.fake_desk import Desk
from tests.desktop.test_library import PROGRESS, shown, words


def library(qtbot: QtBot, app: App, world: Desk, count: int) -> None:
    """The Library page with this many documents, every second of them not readable."""
    names = [f"{at:04}.md" for at in range(0, 2 * count, 2)]
    world.documents = [samples.document(name, "indexed", "") for name in names]
    app.window.open_page("library")
    refreshed(qtbot, app)


def refreshed(qtbot: QtBot, app: App) -> None:
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.controllers.library.refresh()


def test_the_lists_follow_while_files_are_read(
    qtbot: QtBot, app: App, world: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.controllers.library._look.setInterval(20)
    library(qtbot, app, world, 3)
    world.documents.append(samples.document("new.md", "indexed", ""))
    world.collections[1] = replace(world.collections[1], documents=77)
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        world.tell(PROGRESS)
    assert "new.md" in shown(app)
    qtbot.waitUntil(lambda: "77 documents" in words(app, world.collections[1].name))


def test_an_empty_table_says_that_documents_are_coming(qtbot: QtBot, app: App, world: Desk) -> None:
    world.documents = []
    app.window.open_page("library")
    refreshed(qtbot, app)
    assert "No documents yet" in app.library.empty.text()
    with qtbot.waitSignal(app.controllers.library.progress_changed):
        world.tell(PROGRESS)
    assert "appear here as they are read" in app.library.empty.text()


def test_the_time_of_the_words_is_not_said_to_be_that_of_the_meaning(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    meaning = IndexProgress(
        collection="Annual reports", stage="meaning", documents_done=4000, documents_total=4000,
        passages=17600, passages_by_meaning=1204, per_second=10.7, seconds_left=1532.0,
    )  # fmt: skip
    with qtbot.waitSignal(app.controllers.library.progress_changed):
        world.tell(meaning)
    said = words(app, "Annual reports")
    assert "indexing meaning, 1,204 of 17,600 passages · 10.7 passages/s · 25 min 32 s left" in said
    assert "documents/s" not in said


def test_selection_and_place_stay_when_rows_come_in_between(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    library(qtbot, app, world, 300)
    table, model = app.library.table, app.library.model
    table.scrollTo(model.index(200, 0), table.ScrollHint.PositionAtTop)
    table.selectRow(205)
    chosen, top = app.library._chosen(), model.path(table.rowAt(0))
    world.documents += [samples.document(f"{at:04}.md", "failed", "no") for at in range(1, 99, 2)]
    world.documents.sort(key=lambda one: one.path)
    refreshed(qtbot, app)
    assert model.rowCount() == 349
    assert app.library._chosen() == chosen
    assert app.library.preview.isEnabled()
    assert model.path(table.rowAt(0)) == top


def test_a_status_that_changes_moves_nothing(qtbot: QtBot, app: App, world: Desk) -> None:
    library(qtbot, app, world, 50)
    app.library.table.selectRow(7)
    resets: list[int] = []
    app.library.model.modelReset.connect(lambda: resets.append(1))
    world.documents[7] = replace(world.documents[7], status="failed", reason="It was cut short.")
    refreshed(qtbot, app)
    assert resets == []
    assert app.library.model.index(7, 1).data() == "failed"
    assert len(app.library._chosen()) == 1


def test_rows_that_were_scrolled_to_stay_loaded(qtbot: QtBot, app: App, world: Desk) -> None:
    library(qtbot, app, world, 1200)
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.controllers.library.more_documents()
    refreshed(qtbot, app)
    assert app.library.model.rowCount() == 1000
    assert world.requests(ListDocuments)[-1].limit == 1000


def test_a_filtered_table_loads_more_too(qtbot: QtBot, app: App, world: Desk) -> None:
    library(qtbot, app, world, 1200)
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.library.filters._buttons["indexed"].click()
    assert (app.library.model.rowCount(), app.controllers.library.total) == (500, 1200)
    for expected in (1000, 1200):
        with qtbot.waitSignal(app.controllers.library.documents_changed):
            app.library.model.fetchMore(app.library.table.rootIndex())
        assert app.library.model.rowCount() == expected


def test_the_focus_on_a_card_outlives_a_refresh(qtbot: QtBot, app: App, world: Desk) -> None:
    library(qtbot, app, world, 3)
    button = app.library._cards[world.collections[0].name].buttons[1]
    button.setFocus()
    with qtbot.waitSignal(app.controllers.library.collections_changed):
        app.controllers.library.refresh()
    assert app.window.focusWidget() is button


def test_the_first_focus_is_on_add_folder_and_later_where_it_was(app: App) -> None:
    app.commands.run("page.library")
    page = app.library
    assert app.window.focusWidget() is page.add_folder
    assert page.add_folder.nextInFocusChain() is page.add_files
    page.search.setFocus()
    app.commands.run("page.ask")
    app.commands.run("page.library")
    assert page.focusWidget() is page.search


def test_looking_for_files_does_not_take_back_what_can_be_searched(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    name = world.collections[0].name
    scan = IndexProgress(
        collection=name, stage="scanning", documents_done=0, documents_total=0, passages=0,
        passages_by_meaning=0, per_second=0.0, seconds_left=None,
    )  # fmt: skip
    for progress in (scan, replace(scan, stage="reading", documents_done=5, documents_total=5)):
        with qtbot.waitSignal(app.controllers.library.progress_changed):
            world.tell(progress)
        assert "searchable by words 100 % · by meaning 100 %" in words(app, name)
