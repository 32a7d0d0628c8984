"""The preset and the template of a model: read, changed, saved, exported, imported, approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from carrel.desk.shelf_requests import ExportPreset, ImportPreset, Preset, SavePreset
from carrel_desktop.app import App
from carrel_desktop.windows.preset_dialog import PresetDialog
from carrel_desktop.windows.template_dialog import TemplateDialog
from tests.desktop import samples
from tests.desktop.fake_desk import Desk
from tests.desktop.fake_shelf import SAMPLE

UNREAD = "mistral-small-24b"


@pytest.fixture
def preset(qtbot: QtBot, app: App, world: Desk) -> Iterator[PresetDialog]:
    world.shelf.presets[samples.MODEL] = Preset(top_k=20, gpu_layers=-1, template="llama3")
    app.window.open_page("models")
    app.models.edit_preset(samples.MODEL)
    dialog = app.window.findChild(PresetDialog)
    qtbot.waitUntil(dialog.save.isEnabled)
    yield dialog
    gone(qtbot, app)


def gone(qtbot: QtBot, app: App) -> None:
    for dialog in app.window.findChildren(QDialog):
        dialog.close()
    qtbot.waitUntil(lambda: app.window.findChild(QDialog) is None)


def test_defaults_stand_in_the_empty_fields(preset: PresetDialog) -> None:
    shown = {name: (one.text(), one.placeholderText()) for name, one in preset.fields.items()}
    assert shown["temperature"] == ("", "0.6, from the model's file")
    assert shown["min_p"] == ("", "0.05")
    assert shown["top_k"] == ("20", "40")
    assert shown["reply_tokens"] == ("", "320")
    assert shown["gpu_layers"] == ("", "chosen by Carrel")
    assert preset._vendor.text() == "From the model's file: Temperature, Top p."


def test_what_is_written_is_saved_and_the_rest_is_kept(
    qtbot: QtBot, preset: PresetDialog, world: Desk
) -> None:
    preset.fields["temperature"].setText("0,2")
    preset.fields["top_k"].setText("")
    preset.fields["context"].setText("4096")
    preset.roles["user"].setText("Tenant")
    preset.system.setPlainText("Be brief.\n")
    preset.think.setChecked(True)
    with qtbot.waitSignal(preset.finished):
        preset.save.click()
    wanted = Preset(temperature=0.2, context=4096, role_names={"user": "Tenant"},
                    system="Be brief.", think=True, template="llama3")  # fmt: skip
    assert world.requests(SavePreset) == [SavePreset(model_id=samples.MODEL, preset=wanted)]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("temperature", "warm", "Temperature must be a number, not “warm”."),
        ("top_k", "1.5", "Top k must be a whole number, not “1.5”."),
    ],
)
def test_a_word_where_a_number_belongs_is_said_and_nothing_is_saved(
    preset: PresetDialog, world: Desk, name: str, text: str, says: str
) -> None:
    preset.fields[name].setText(text)
    preset.save.click()
    assert preset.error.text().startswith(says)
    assert preset.isVisible()
    assert world.requests(SavePreset) == []


def test_a_preset_goes_to_a_file_and_comes_from_one(
    qtbot: QtBot, app: App, preset: PresetDialog, world: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "reader.toml"
    app.dialogs.preset_answer = str(file)  # type: ignore[attr-defined]
    preset.import_button.click()
    qtbot.waitUntil(lambda: preset.error.isVisible())
    assert "is no preset." in preset.error.text()
    preset.export_button.click()
    qtbot.waitUntil(file.exists)
    world.shelf.unknown = ["mirostat"]
    preset.import_button.click()
    qtbot.waitUntil(lambda: preset.fields["temperature"].text() == "0.1")
    assert preset.system.toPlainText() == "Be brief."
    assert not preset.error.isVisible()
    assert preset.note.text() == "Left out of the file, unknown here: mirostat."
    path = str(file)
    assert world.requests(ExportPreset) == [ExportPreset(model_id=samples.MODEL, path=path)]
    assert len(world.requests(ImportPreset)) == 2


@pytest.fixture
def template(qtbot: QtBot, app: App) -> Iterator[TemplateDialog]:
    app.window.open_page("models")
    app.models.shelf.cards[UNREAD].template.emit(UNREAD)
    dialog = app.window.findChild(TemplateDialog)
    qtbot.waitUntil(lambda: dialog.choice.count() > 0)
    yield dialog
    gone(qtbot, app)


def pick(qtbot: QtBot, dialog: TemplateDialog, at: int) -> None:
    dialog.choice.setCurrentIndex(at)
    dialog.choice.activated.emit(at)
    qtbot.waitUntil(lambda: dialog._asked is not None and dialog._asked.finished)


def test_an_unread_template_is_shown_and_approved(
    qtbot: QtBot, template: TemplateDialog, world: Desk
) -> None:
    assert "Nobody has read this model's own template yet." in template._state.text()
    assert template.text.toPlainText() == SAMPLE
    assert not template.use.isEnabled()
    pick(qtbot, template, 1)
    assert template.use.text() == "Approve and use"
    with qtbot.waitSignal(template.finished):
        template.use.click()
    wanted = SavePreset(model_id=UNREAD, preset=Preset(template="own"))
    assert world.requests(SavePreset) == [wanted]


def test_a_template_that_cannot_be_rendered_says_why_and_is_not_used(
    qtbot: QtBot, template: TemplateDialog, world: Desk
) -> None:
    world.shelf.preview = msgspec.structs.replace(
        world.shelf.preview, text="", problem="Rendering it took longer than 2 s."
    )
    pick(qtbot, template, 1)
    assert template._note.text() == "Rendering it took longer than 2 s."
    assert not template.use.isEnabled()


def test_what_a_template_does_with_a_system_text_is_said(
    qtbot: QtBot, template: TemplateDialog, world: Desk
) -> None:
    world.shelf.preview = msgspec.structs.replace(
        world.shelf.preview, merges_system=True, thinks=True
    )
    pick(qtbot, template, 2)
    assert template._note.text() == (
        "It refuses a system role: system text goes before the question. "
        "It lets the model think aloud first."
    )
    assert template.use.text() == "Use this template"
    assert template.use.isEnabled()
