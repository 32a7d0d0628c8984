"""Text in pictures: asked once, quietly, above the documents; the answer is a setting."""

from __future__ import annotations

from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from carrel.desk.library_requests import AskRecognition, RecognitionIs
from carrel.desk.requests import SetSetting
from carrel.events import IndexProgress
from carrel_desktop.app import App
from tests.desktop import samples
from tests.desktop.fake_desk import Desk
from tests.desktop.test_library import shown, words

WAITING = RecognitionIs(setting="ask", installed=True, documents=12, pages=40)


def told(qtbot: QtBot, app: App, world: Desk, state: RecognitionIs) -> None:
    """The desk says that documents changed, and is asked how many wait."""
    world.recognition = state
    with qtbot.waitSignal(app.controllers.recognition.changed):
        world.changed("documents")


def test_nothing_waits_and_nothing_is_asked(app: App, world: Desk) -> None:
    assert app.library.recognition.isHidden()
    assert world.requests(AskRecognition)


def test_the_answer_yes_is_stored_and_the_question_goes(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    told(qtbot, app, world, WAITING)
    bar = app.library.recognition
    assert not bar.isHidden()
    assert bar.text.text().startswith("12 files are pictures or scans. Recognize")
    bar.recognize.click()
    qtbot.waitUntil(lambda: bool(world.requests(SetSetting)))
    assert world.requests(SetSetting) == [SetSetting(name="ocr", value="on")]
    assert bar.isHidden()
    assert app.controllers.settings.text("ocr") == "on"
    told(qtbot, app, world, replace(WAITING, documents=3))
    assert bar.isHidden()  # asked once


def test_never_and_not_now(qtbot: QtBot, app: App, world: Desk) -> None:
    told(qtbot, app, world, replace(WAITING, documents=1))
    bar = app.library.recognition
    assert bar.text.text().startswith("1 file is a picture or a scan.")
    bar.later.click()
    assert bar.isHidden()
    assert world.requests(SetSetting) == []
    told(qtbot, app, world, WAITING)
    assert bar.isHidden()
    bar.never.click()
    qtbot.waitUntil(lambda: bool(world.requests(SetSetting)))
    assert world.requests(SetSetting) == [SetSetting(name="ocr", value="off")]


def test_without_tesseract_the_window_does_not_ask(qtbot: QtBot, app: App, world: Desk) -> None:
    told(qtbot, app, world, replace(WAITING, installed=False))
    assert app.library.recognition.isHidden()


def test_progress_counts_pages(qtbot: QtBot, app: App, world: Desk) -> None:
    progress = IndexProgress(
        collection="Annual reports", stage="recognizing", documents_done=3, documents_total=40,
        passages=0, passages_by_meaning=0, per_second=0.5, seconds_left=74.0,
    )  # fmt: skip
    with qtbot.waitSignal(app.controllers.library.progress_changed):
        world.tell(progress)
    said = words(app, "Annual reports")
    assert "recognizing page 4 of 40 · 0.5 pages/s · 1 min 14 s left" in said
    assert "searchable by words 64 %" in said


def test_the_table_says_that_a_text_was_recognized(qtbot: QtBot, app: App, world: Desk) -> None:
    row = next(one for one in world.documents if one.status == "indexed")
    world.documents = [replace(row, ocr=True, reason="", passages=7)]
    with qtbot.waitSignal(app.controllers.library.documents_changed):
        app.controllers.library.list_documents()
    assert len(shown(app)) == 1
    assert app.library.model.index(0, 2).data() == "OCR text, 7 passages"


def test_the_source_says_so_too(qtbot: QtBot, app: App, world: Desk) -> None:
    view, png = world.sources[samples.LEASE]
    for recognized in (True, False):
        world.sources[samples.LEASE] = (replace(view, ocr=recognized), png)
        app.ask.composer.field.setPlainText(samples.QUESTION)
        app.ask.composer.send.click()
        qtbot.waitUntil(lambda: not app.controllers.ask.busy)
        with qtbot.waitSignal(app.controllers.source.viewing):
            app.ask.conversation.views[-1].answer.cited.emit(1)
        assert app.ask.source._ocr.isHidden() is not recognized
