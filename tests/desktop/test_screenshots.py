"""Renders the pages, light and dark, into build/screenshots and checks what a program can."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from carrel.desk.library_requests import LeftOutRow, RecognitionIs
from carrel.desk.requests import TextIs
from carrel.events import Thinking, WorkerState
from carrel.process.confine import Attempt
from carrel_desktop import theme
from carrel_desktop.app import App
from carrel_desktop.theme.roles import contrast
from carrel_desktop.windows.found_dialog import FoundDialog, SuggestionsDialog
from carrel_desktop.windows.palette import CommandPalette
from carrel_desktop.windows.preset_dialog import PresetDialog
from carrel_desktop.windows.preview_dialog import PreviewDialog
from carrel_desktop.windows.rules_dialog import RulesDialog
from carrel_desktop.windows.survey_dialog import SurveyDialog
from carrel_desktop.windows.template_dialog import TemplateDialog
from tests.desktop import fake_lab, samples, shelf_samples
from tests.desktop.fake_desk import Desk
from tests.desktop.fake_embedders import OTHER, STARTER, embedder
from tests.desktop.test_library_dialogs import ROWS

FOLDER = Path(__file__).parents[2] / "build" / "screenshots"
SIZE = (1440, 900)
CHOICES: tuple[theme.Choice, ...] = ("light", "dark")


def colors(image: QImage) -> dict[str, int]:
    """How many pixels each colour has."""
    pixels = image.convertToFormat(QImage.Format.Format_RGB32).constBits().cast("I")
    return {f"#{value & 0xFFFFFF:06x}": count for value, count in Counter(pixels).items()}


def settled(app: App) -> QImage:
    """The window once its layout has come to rest: two pictures in a row are the same."""
    before = QImage()
    for _ in range(20):
        QApplication.processEvents()
        image = app.window.grab().toImage()
        if image == before:
            return image
        before = image
    pytest.fail("The window does not come to rest.")


def shoot(app: App, name: str, choice: theme.Choice) -> dict[str, int]:
    image = settled(app)
    FOLDER.mkdir(parents=True, exist_ok=True)
    assert image.save(str(FOLDER / f"{name}-{choice}.png"))
    assert (image.width(), image.height()) == SIZE
    return colors(image)


def check(found: dict[str, int]) -> None:
    """Grounds of the theme fill the picture, text and accent are on it, and it is no blank."""
    roles = theme.current().roles
    whole = sum(found.values())
    grounds = sum(
        found.get(QColor(getattr(roles, one)).name(), 0)
        for one in ("background", "panel", "surface")
    )
    assert grounds > 0.4 * whole
    assert found.get(QColor(roles.accent).name(), 0) > 30
    assert found.get(QColor(roles.text).name(), 0) > 100
    assert len(found) > 100
    darkest = QColor(roles.background)
    assert contrast(darkest, QColor(roles.text)) > 10


@pytest.mark.parametrize("choice", CHOICES)
def test_ask(qtbot: QtBot, app: App, choice: theme.Choice) -> None:
    theme.current().choose(choice)
    app.window.resize(*SIZE)
    app.ask.composer.field.setPlainText(samples.QUESTION)
    app.ask.composer.send.click()
    qtbot.waitUntil(lambda: not app.controllers.ask.busy)
    view = app.ask.conversation.views[-1]
    with qtbot.waitSignal(app.controllers.source.viewing):
        view.answer.cited.emit(1)
    found = shoot(app, "ask", choice)
    check(found)
    roles = theme.current().roles
    assert found.get(QColor(roles.highlight).name(), 0) > 500
    marked = QColor(roles.page)
    marker = QColor(roles.page_highlight)
    product = QColor(
        *(a * b // 255 for a, b in zip(marked.getRgb()[:3], marker.getRgb()[:3], strict=True))
    )  # type: ignore[arg-type]
    near = [name for name in found if _distance(QColor(name), product) <= 3]
    assert sum(found[name] for name in near) > 500


@pytest.mark.parametrize("choice", CHOICES)
def test_conversations(qtbot: QtBot, app: App, world: Desk, choice: theme.Choice) -> None:
    """Sections and found places in the list, a branch that is edited, a no-trace conversation."""
    theme.current().choose(choice)
    app.window.resize(*SIZE)
    world.conversations = samples.filed()
    with qtbot.waitSignal(app.controllers.conversations.changed):
        world.changed("conversations")
    world.opened[5] = samples.branched()
    with qtbot.waitSignal(app.controllers.ask.turn_added):
        app.controllers.ask.open(5)
    qtbot.waitUntil(lambda: app.ask.conversation.views[0].branches.isVisible())
    app.ask.conversation.views[0].edit.emit()
    check(shoot(app, "conversation-branches", choice))
    with qtbot.waitSignal(app.controllers.conversations.changed):
        app.ask.list.search.setText("repair")
    check(shoot(app, "conversation-search", choice))
    app.commands.run("ask.new_no_trace")
    found = shoot(app, "conversation-no-trace", choice)
    assert found.get(QColor(theme.current().roles.warning_soft).name(), 0) > 500


def _distance(one: QColor, other: QColor) -> int:
    return max(abs(a - b) for a, b in zip(one.getRgb(), other.getRgb(), strict=True))  # type: ignore[call-overload]


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("page", ["library", "models", "lab", "privacy", "settings"])
def test_page(
    qtbot: QtBot,
    app: App,
    world: Desk,
    page: str,
    choice: theme.Choice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.lab.listed = ["/home/ada/lab/house", "/home/ada/lab/old"]
    world.lab.runs = {one: fake_lab.shown(one, "report.html") for one in world.lab.listed[:1]}
    tried = Attempt("open a TCP socket (IPv4)", True, False, "refused by the kernel")
    local = Attempt("open a local (AF_UNIX) socket", False, True, "allowed")
    monkeypatch.setattr("carrel.process.confine.probe", lambda: [tried, local])
    theme.current().choose(choice)
    app.window.resize(*SIZE)
    app.window.open_page(page)
    if page == "privacy":
        qtbot.waitUntil(lambda: app.controllers.privacy.report is not None)
        qtbot.waitUntil(lambda: not app.controllers.privacy.checking)
    if page == "lab":
        qtbot.waitUntil(lambda: app.controllers.lab.shown is not None)
    check(shoot(app, page, choice))


@pytest.mark.parametrize("choice", CHOICES)
def test_embedders(qtbot: QtBot, app: App, world: Desk, choice: theme.Choice) -> None:
    rows = [embedder(STARTER, starter=True, in_use=True, source=""),
            embedder(OTHER, preparing=True, languages=["multilingual", "de", "fr", "ja"]),
            embedder("bge-m3", runner="torch", precision="float32", dimensions=1024,
                     max_tokens=8192, mean_cosine=None, languages=[])]  # fmt: skip
    world.embedders.rows = rows
    theme.current().choose(choice)
    app.window.resize(*SIZE)
    app.window.open_page("models")
    app.models.show_embedders()
    qtbot.waitUntil(lambda: bool(app.models.embedders.cards))
    app.controllers.embedders.done, app.controllers.embedders.total = 4_120, 9_806
    app.controllers.embedders.progressed.emit()
    check(shoot(app, "embedders", choice))


def test_narrow_and_empty_windows_look_right(qtbot: QtBot, app: App, world: Desk) -> None:
    """The drawer at 860 pixels, the palette, and a window in which nothing has happened yet."""
    folder = FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    app.ask.composer.field.setPlainText(samples.QUESTION)
    app.ask.composer.send.click()
    qtbot.waitUntil(lambda: not app.controllers.ask.busy)
    app.window.resize(860, 700)
    qtbot.waitUntil(lambda: not app.ask.source.isVisible())
    narrow = settled(app)
    assert narrow.save(str(folder / "ask-narrow.png"))
    with qtbot.waitSignal(app.controllers.source.viewing):
        app.ask.conversation.views[-1].answer.cited.emit(1)
    drawer = settled(app)
    assert drawer.save(str(folder / "ask-drawer.png"))
    assert narrow != drawer
    app.window.resize(*SIZE)
    world.collections, world.documents = [], []
    world.shelf.models, world.shelf.adapters = [], []
    app.controllers.ask.new()
    for controller in (app.controllers.library, app.controllers.models, app.controllers.adapters):
        controller.refresh()
    qtbot.waitUntil(lambda: not app.controllers.library.documents)
    qtbot.waitUntil(lambda: not app.controllers.models.models)
    qtbot.waitUntil(lambda: not app.controllers.adapters.adapters)
    world.tell(WorkerState(worker="reader", state="died", words="The reader was restarted."))
    qtbot.waitUntil(lambda: bool(app.messages.history))
    for page in ("ask", "library", "models", "lab"):
        app.window.open_page(page)
        assert settled(app).save(str(folder / f"{page}-empty.png"))
    assert "Add a folder" in app.library.empty.text()
    assert app.ask.composer.model.text() == "No model yet"
    dialog = CommandPalette(app.commands, app.window)
    assert dialog.grab().save(str(folder / "palette.png"))
    dialog.deleteLater()


def shoot_dialog(app: App, qtbot: QtBot, name: str, choice: theme.Choice) -> None:
    """Grab the dialog that is open, once what it asked for has come, and close it."""
    dialog = app.window.findChild(QDialog)
    before = QImage()
    for _ in range(50):
        QApplication.processEvents()
        image = dialog.grab().toImage()
        if image == before:
            break
        before = image
    assert image.save(str(FOLDER / f"{name}-{choice}.png"))
    found = colors(image)
    assert found.get(QColor(theme.current().roles.text).name(), 0) > 100
    assert len(found) > 50
    dialog.close()
    qtbot.waitUntil(lambda: app.window.findChild(QDialog) is None)


@pytest.mark.parametrize("choice", CHOICES)
def test_places_of_the_models_page(
    qtbot: QtBot, app: App, world: Desk, choice: theme.Choice
) -> None:
    theme.current().choose(choice)
    app.window.resize(*SIZE)
    app.window.open_page("models")
    page, files = app.models, [shelf_samples.NEW, shelf_samples.NEW_ADAPTER, shelf_samples.BROKEN]
    page.shelf.show_model(samples.MODEL)
    check(shoot(app, "models-details", choice))
    page.offer(files)
    qtbot.waitUntil(
        lambda: all(one.state != "reading" for one in app.controllers.importing.candidates)
    )
    check(shoot(app, "models-import", choice))
    page.compare(samples.QUESTION)
    world.script = [*samples.opening(), Thinking(text="Maintenance. " * 40), *samples.closing()]
    page.comparing.ask.click()
    qtbot.waitUntil(lambda: not app.controllers.compare.busy)
    check(shoot(app, "models-compare", choice))
    app.window.resize(700, 700)
    page.show_shelf()
    page.shelf.details.close_pane()
    assert settled(app).save(str(FOLDER / f"models-narrow-{choice}.png"))


@pytest.mark.parametrize("choice", CHOICES)
def test_dialogs_of_the_models_page(qtbot: QtBot, app: App, choice: theme.Choice) -> None:
    theme.current().choose(choice)
    app.dialogs.sure_answer = True  # type: ignore[attr-defined]
    FOLDER.mkdir(parents=True, exist_ok=True)
    app.window.open_page("models")
    page = app.models
    page.edit_template("mistral-small-24b")
    template = app.window.findChild(TemplateDialog)
    qtbot.waitUntil(lambda: template.choice.count() > 0)
    shoot_dialog(app, qtbot, "template", choice)
    page.edit_preset(samples.MODEL)
    preset = app.window.findChild(PresetDialog)
    qtbot.waitUntil(preset.save.isEnabled)
    shoot_dialog(app, qtbot, "preset", choice)
    page.search()
    found = app.window.findChild(FoundDialog)
    qtbot.waitUntil(lambda: found.cards.count() > 0)
    shoot_dialog(app, qtbot, "found", choice)
    page.suggest()
    suggested = app.window.findChild(SuggestionsDialog)
    qtbot.waitUntil(lambda: suggested.cards.count() > 0)
    shoot_dialog(app, qtbot, "suggestions", choice)


@pytest.mark.parametrize("choice", CHOICES)
def test_dialogs_of_the_library_page(
    qtbot: QtBot, app: App, world: Desk, choice: theme.Choice
) -> None:
    theme.current().choose(choice)
    FOLDER.mkdir(parents=True, exist_ok=True)
    app.window.open_page("library")
    page, path = app.library, app.controllers.library.documents[0].path
    world.survey = [*ROWS, *(replace(ROWS[0], document=f"/c/{n}.pdf") for n in range(20))]
    page.open_survey("Who pays for the boiler?")
    survey = app.window.findChild(SurveyDialog)
    survey.ask.click()
    qtbot.waitUntil(lambda: not app.controllers.surveys.busy)
    survey.table.selectRow(0)
    shoot_dialog(app, qtbot, "survey", choice)
    world.left_out = [
        LeftOutRow(path=f"/home/ada/docs/build/{n}.log", code="pattern", collection="Contracts",
                   reason="The rule *.log leaves it out.") for n in range(12)
    ]  # fmt: skip
    page._cards["Contracts"].buttons[1].click()
    rules = app.window.findChild(RulesDialog)
    qtbot.waitUntil(rules.save.isEnabled)
    qtbot.waitUntil(lambda: rules.table.rowCount() == 12)
    shoot_dialog(app, qtbot, "rules", choice)
    world.texts[path] = TextIs(
        document=path, text="The lessor bears the cost of repair of the boiler.\n\n" * 40, pages=[]
    )
    page.table.selectRow(0)
    page.preview.click()
    preview = app.window.findChild(PreviewDialog)
    qtbot.waitUntil(lambda: bool(preview.note.text()))
    shoot_dialog(app, qtbot, "preview", choice)


@pytest.mark.parametrize("choice", CHOICES)
def test_the_lock(qtbot: QtBot, app: App, world: Desk, choice: theme.Choice) -> None:
    theme.current().choose(choice)
    app.window.resize(*SIZE)
    world.passphrase, world.locked = "correct horse battery", True
    app.bridge.started.emit()
    qtbot.waitUntil(lambda: app.window.covered)
    app.controllers.lock.unlock("wrong")
    qtbot.waitUntil(lambda: bool(app.controllers.lock.problem))
    found = shoot(app, "lock", choice)
    assert found.get(QColor(theme.current().roles.accent).name(), 0) > 30


@pytest.mark.parametrize("choice", CHOICES)
def test_the_question_about_pictures(
    qtbot: QtBot, app: App, world: Desk, choice: theme.Choice
) -> None:
    theme.current().choose(choice)
    app.window.resize(*SIZE)
    world.recognition = RecognitionIs(setting="ask", installed=True, documents=12, pages=40)
    rows = world.documents
    world.documents = [replace(one, ocr=one.status == "indexed") for one in rows]
    with qtbot.waitSignals([app.controllers.recognition.changed,
                            app.controllers.library.documents_changed]):  # fmt: skip
        world.changed("documents")
    app.window.open_page("library")
    assert app.library.recognition.isVisible()
    check(shoot(app, "pictures", choice))
