"""The Library page's dialogs: rules and what is left out, preview, survey."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from carrel.desk import library_requests as l
from carrel.desk import requests as r
from carrel.events import Started
from carrel_desktop.app import App
from carrel_desktop.windows.preview_dialog import PreviewDialog
from carrel_desktop.windows.rules_dialog import RulesDialog
from carrel_desktop.windows.survey_dialog import SurveyDialog
from tests.desktop import samples
from tests.desktop.fake_desk import Desk
from tests.desktop.test_keeping import asked, said

ROWS = [
    l.SurveyRow(survey_id=1, document="/c/lease.pdf", title="Lease", verdict="found",
                quote="The lessor pays.", page=3, start=10, end=26),
    l.SurveyRow(survey_id=1, document="/c/scan.pdf", title="Scan", verdict="no text",
                reason="2 pages are pictures without text."),
    l.SurveyRow(survey_id=1, document="/c/trip.md", title="Trip", verdict="nothing found"),
]  # fmt: skip


def dialog(app: App, kind: type) -> object:
    (found,) = app.window.findChildren(kind)
    return found


def close(app: App, found: object) -> None:
    found.reject()  # type: ignore[attr-defined]
    found.deleteLater()  # type: ignore[attr-defined]


def test_rules_are_shown_changed_and_what_is_out_says_why(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    world.left_out = [
        l.LeftOutRow(path="/c/x.log", code="pattern", reason="A rule leaves it out: *.log",
                     collection="Contracts")
    ]  # fmt: skip
    app.library._cards["Contracts"].buttons[1].click()
    rules = dialog(app, RulesDialog)
    assert isinstance(rules, RulesDialog)
    qtbot.waitUntil(rules.save.isEnabled)
    qtbot.waitUntil(lambda: rules.table.rowCount() == 1)
    assert rules.patterns.toPlainText() == "*.log"
    assert "*.log" in rules.table.item(0, 1).text()
    assert rules._count.text() == "1 file or folder is left out."
    rules.patterns.setPlainText("*.log\n\n drafts/ ")
    rules.hidden.click()
    rules.largest.setValue(5)
    with qtbot.waitSignal(app.messages.posted):
        rules.save.click()
    (sent,) = world.requests(l.SetRules)
    assert sent.rules == l.Rules(  # type: ignore[attr-defined]
        patterns=["*.log", "drafts/"], gitignore=True, hidden=True, largest_mb=5
    )
    assert said(app)[-1] == "Contracts is being brought up to date."


def test_a_preview_is_the_text_that_is_searched_and_its_summary(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    page = app.library
    path = app.controllers.library.documents[0].path
    world.texts[path] = r.TextIs(
        document=path,
        text="The lessor pays <b>all</b>.",
        pages=[r.PageSpan(page=1, start=0, end=9)],
        unseen=14,
    )
    world.summaries[path] = [
        l.SummaryLine(document=path, headings=["Costs"], text="The lessor\npays.", page=1, start=0,
                      end=16),
        l.SummaryIs(document=path, title="Lease", sections=1, lines=1),
    ]  # fmt: skip
    assert not page.preview.isEnabled()
    page.table.selectRow(0)
    page.preview.click()
    preview = dialog(app, PreviewDialog)
    assert isinstance(preview, PreviewDialog)
    qtbot.waitUntil(lambda: "<b>all</b>" in preview.text.toPlainText())
    assert preview.note.text().startswith("This is what is searched: 27 characters, 1 page. 14")
    assert "14 characters of this document cannot be seen on its pages" in preview.note.text()
    preview.kind.chosen.emit("summary")
    qtbot.waitUntil(lambda: "(p. 1)" in preview.text.toPlainText())
    assert preview.text.toPlainText().splitlines() == ["Costs", "    The lessor pays. (p. 1)"]
    close(app, preview)


def test_a_survey_fills_its_table_and_is_exported(
    qtbot: QtBot, app: App, world: Desk, tmp_path: Path
) -> None:
    world.survey = ROWS
    app.library.survey.click()
    survey = dialog(app, SurveyDialog)
    assert isinstance(survey, SurveyDialog)
    assert survey.focusWidget() is survey.field
    survey.ask.click()
    assert not app.controllers.surveys.busy, "an empty question is not asked"
    survey.field.setPlainText("Who pays?")
    survey.scope.setCurrentIndex(1)
    survey.answers.click()
    survey.ask.click()
    qtbot.waitUntil(lambda: not app.controllers.surveys.busy)
    request = asked(qtbot, world, l.Survey)
    assert request == l.Survey(
        question="Who pays?", collections=[survey.scope.itemText(1)], answers=True
    )
    table = survey.table
    cells = [[table.item(at, c).text() for c in range(4)] for at in range(table.rowCount())]
    assert cells == [
        ["lease.pdf", "found", "The lessor pays.", "3"],
        ["scan.pdf", "no text", "2 pages are pictures without text.", ""],
        ["trip.md", "nothing found", "", ""],
    ]
    assert survey._words.text() == "3 documents asked: 1 found, 0 doubtful."
    table.selectRow(0)
    assert survey.whole.text() == "/c/lease.pdf\n“The lessor pays.”"
    app.dialogs.csv_answer = str(tmp_path / "s.csv")  # type: ignore[attr-defined]
    with qtbot.waitSignal(app.messages.posted):
        survey.export.click()
    assert asked(qtbot, world, l.ExportSurvey) == l.ExportSurvey(
        survey_id=1, path=str(tmp_path / "s.csv")
    )
    close(app, survey)


def test_a_stopped_survey_says_what_is_left_and_goes_on(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    world.survey = ROWS
    world.hold.clear()
    app.library.open_survey("Who pays?")
    survey = dialog(app, SurveyDialog)
    assert isinstance(survey, SurveyDialog)
    survey.ask.click()
    qtbot.waitUntil(lambda: survey.table.rowCount() == 2)
    assert survey.stop.isVisibleTo(survey)
    survey.stop.click()
    qtbot.waitUntil(lambda: not app.controllers.surveys.busy)
    assert survey._words.text().endswith("1 is left.")
    world.hold.set()
    survey.go_on.click()
    qtbot.waitUntil(lambda: survey.table.rowCount() == 3)
    assert [one.survey_id for one in world.requests(l.Survey)] == [0, 1]  # type: ignore[attr-defined]
    close(app, survey)


def test_a_question_about_all_documents_offers_a_survey(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    world.script = [
        replace(one, survey=True) if isinstance(one, Started) else one for one in samples.whole()
    ]
    app.ask.composer.field.setPlainText("Which documents mention boilers?")
    app.ask.composer.send.click()
    qtbot.waitUntil(lambda: not app.controllers.ask.busy)
    view = app.ask.conversation.views[-1]
    assert view._survey.isVisible()
    view._survey.click()
    survey = dialog(app, SurveyDialog)
    assert isinstance(survey, SurveyDialog)
    assert survey.field.toPlainText() == "Which documents mention boilers?"
    close(app, survey)


@pytest.mark.parametrize("kind", ["rules", "survey"])
def test_every_control_has_a_name(qtbot: QtBot, app: App, kind: str) -> None:
    if kind == "rules":
        app.library._cards["Contracts"].buttons[1].click()
        found = dialog(app, RulesDialog)
    else:
        app.library.open_survey()
        found = dialog(app, SurveyDialog)
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QPlainTextEdit, QTableWidget

    for widget_type in (QAbstractButton, QComboBox, QPlainTextEdit, QTableWidget):
        for one in found.findChildren(widget_type):  # type: ignore[attr-defined]
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus:
                assert one.accessibleName(), one
    close(app, found)
