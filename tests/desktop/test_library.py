"""The Library page: adding, progress in words, the table and its filter."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from carrel.desk.requests import AddPaths, ListDocuments
from carrel.desk.shelf_requests import AddModel, DescribeFile
from carrel.errors import UserError
from carrel.events import Added, IndexProgress, SkippedFile
from carrel_desktop.app import App
from carrel_desktop.widgets.collection_card import searchable_words
from carrel_desktop.windows.main_window import local_paths
from tests.desktop import samples
from tests.desktop.fake_desk import Desk

PROGRESS = IndexProgress(
    collection="Annual reports", stage="words", documents_done=1203, documents_total=4000,
    passages=2000, passages_by_meaning=1000, per_second=38.2, seconds_left=74.0,
)  # fmt: skip


def words(app: App, name: str) -> str:
    card = app.library._cards[name]
    return " | ".join(one.text() for one in card.findChildren(QLabel))


def shown(app: App) -> list[str]:
    model = app.library.model
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def drop(app: App, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place, action = QPointF(50, 50), Qt.DropAction.CopyAction
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(place.toPoint(), action, data, left, none)
    app.window.dragEnterEvent(enter)
    assert enter.isAccepted()
    app.window.dropEvent(QDropEvent(place, action, data, left, none))


def test_state_stands_in_words(app: App) -> None:
    assert "in sync" in words(app, "Contracts")
    assert "4 not readable" in words(app, "Contracts")
    assert "searchable by words 64 % · by meaning 30 %" in words(app, "Annual reports")
    assert "away, its index is kept" in words(app, "Archive drive")


def test_progress_says_what_how_many_how_fast_how_long(qtbot: QtBot, app: App, world: Desk) -> None:
    with qtbot.waitSignal(app.controllers.library.progress_changed):
        world.tell(PROGRESS)
    said = words(app, "Annual reports")
    assert "indexing 1,203 of 4,000 · 38.2 documents/s · all words in 1 min 14 s" in said
    assert "searchable by words 30 % · by meaning 15 %" in said


def test_a_folder_is_added_by_the_dialog(qtbot: QtBot, app: App, world: Desk) -> None:
    skipped = [SkippedFile(path="/a/x.pdf", code="empty", reason="No text.")]
    done = Added(
        collection="Notes", documents=3, passages=9, skipped=skipped, seconds=1.5,
        searchable_seconds=0.5,
    )  # fmt: skip
    world.script = [PROGRESS, done]
    app.dialogs.folder_answer = "/home/ana/Notes"  # type: ignore[attr-defined]
    with qtbot.waitSignal(app.messages.posted):
        app.commands.run("library.add_folder")
    assert world.requests(AddPaths) == [AddPaths(paths=["/home/ana/Notes"])]
    said = app.messages.history[-1].text
    assert said == (
        "Notes: 3 documents in 1.5 s."
        " 1 could not be read or were left out; the table and Rules say why."
    )
    qtbot.waitUntil(lambda: len(world.requests(ListDocuments)) == 2)


def test_no_answer_of_the_dialog_adds_nothing(app: App, world: Desk) -> None:
    app.commands.run("library.add_folder")
    app.commands.run("library.add_files")
    assert world.requests(AddPaths) == []


def test_a_refused_folder_is_told(qtbot: QtBot, app: App, world: Desk) -> None:
    def refuse(request: object, call: object):  # type: ignore[no-untyped-def]
        raise UserError("There is no folder called /nowhere.", "Name one that exists.")
        yield

    world.handlers[AddPaths] = refuse
    with qtbot.waitSignal(app.messages.posted):
        app.controllers.library.add(["/nowhere"])
    assert app.messages.history[-1].what == "There is no folder called /nowhere."


def test_folders_and_models_are_dropped(
    qtbot: QtBot, app: App, world: Desk, tmp_path: Path
) -> None:
    world.script = []
    folder, model = tmp_path / "notes", tmp_path / "m.GGUF"
    folder.mkdir()
    model.write_bytes(b"GGUF")
    drop(app, folder, model)
    qtbot.waitUntil(lambda: bool(world.requests(AddPaths)))
    assert world.requests(AddPaths) == [AddPaths(paths=[str(folder)])]
    assert app.window.page == "models"
    qtbot.waitUntil(lambda: world.requests(DescribeFile) == [DescribeFile(path=str(model))])
    assert world.requests(AddModel) == []
    drop(app, folder)
    assert app.window.page == "library"


def test_only_local_existing_paths_can_be_dropped(tmp_path: Path) -> None:
    urls = [QUrl("https://example.org/x"), QUrl.fromLocalFile(str(tmp_path / "gone"))]
    assert local_paths([*urls, QUrl.fromLocalFile(str(tmp_path))]) == [str(tmp_path)]


def test_the_table_is_filtered_by_readability_and_name(qtbot: QtBot, app: App, world: Desk) -> None:
    assert len(shown(app)) == len(samples.DOCUMENTS)
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.library.filters._buttons["unreadable"].click()
    assert shown(app) == [
        "blueprint-lift.pdf", "minutes-draft.docx", "payroll-q4.xlsx", "scan-2019-lease.pdf",
    ]  # fmt: skip
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.library.search.setText("scan")
    assert shown(app) == ["scan-2019-lease.pdf"]
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.library.search.setText("no such file")
    assert "No document matches" in app.library.empty.text()
    assert not app.library.table.isVisible()


def test_the_table_loads_more_when_scrolled(qtbot: QtBot, app: App, world: Desk) -> None:
    world.documents = [samples.document(f"{at:04}.md", "indexed", "") for at in range(1200)]
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.controllers.library.refresh()
    assert app.library.model.rowCount() == 500
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.library.model.fetchMore(app.library.table.rootIndex())
    assert app.library.model.rowCount() == 1000
    assert shown(app)[999] == "0999.md"


def test_many_changes_are_asked_for_once(qtbot: QtBot, app: App, world: Desk) -> None:
    before = len(world.requests(ListDocuments))
    for _ in range(20):
        world.changed("documents")
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        world.changed("collections")
    assert len(world.requests(ListDocuments)) == before + 1


def test_a_language_that_the_embedder_does_not_read_is_told_on_the_card(app: App) -> None:
    card = app.library._cards["Contracts"]
    row = samples.collection("Contracts", "in sync", 10, 1000, 1000)
    note = "Most of this collection is in German, which the embedder mini was not made for."
    card.show_row(msgspec.structs.replace(row, note=note), None)
    (told,) = [one for one in card.findChildren(QLabel) if one.text() == note]
    assert not told.isHidden()
    assert told.wordWrap()
    card.show_row(row, None)
    assert told.isHidden()


def test_what_cannot_be_read_is_not_said_to_be_searchable() -> None:
    row = msgspec.structs.replace(
        samples.collection("A", "synced", 2000, 1966, 1966), unreadable=34
    )
    told = searchable_words(row, 1.0, 1.0, running=False)
    assert told == "2,000 documents · 1,966 searchable by words and meaning · 34 not readable"
    whole = msgspec.structs.replace(row, unreadable=0)
    assert "all searchable" in searchable_words(whole, 1.0, 1.0, running=False)
