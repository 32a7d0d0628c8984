"""Asking in the window: order of what appears, stop, crash and restart, saved conversations."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from carrel.desk.conversation_requests import (
    ConversationIs,
    DeleteConversation,
    RenameConversation,
    TurnRow,
)
from carrel.desk.requests import Ask, RestartModel
from carrel.events import (
    Answer,
    Answered,
    Evidence,
    Interrupted,
    Quoted,
    Started,
    Token,
    Verbatim,
)
from carrel_desktop.app import App
from carrel_desktop.controllers.source import passages_of
from carrel_desktop.controllers.turn import Turn
from carrel_desktop.widgets.quotes import Quote, QuotesCard
from carrel_desktop.widgets.turn_view import TurnView, ending
from tests.desktop import samples
from tests.desktop.fake_desk import Desk


def ask(app: App, question: str = samples.QUESTION) -> TurnView:
    app.ask.composer.field.setPlainText(question)
    QTest.keyClick(app.ask.composer.field, Qt.Key.Key_Return)
    return app.ask.conversation.views[-1]


def wait_for_end(qtbot: QtBot, app: App) -> None:
    qtbot.waitUntil(lambda: not app.controllers.ask.busy)


def test_quotes_stand_before_the_model_speaks(qtbot: QtBot, app: App, world: Desk) -> None:
    gate = threading.Event()
    world.script = [*samples.opening(), gate, *samples.tokens(), *samples.closing()]
    view = ask(app)
    qtbot.waitUntil(lambda: view.quotes.isVisible())
    assert view.turn.answer == ""
    assert app.ask.composer.stop.isVisible()
    assert not app.ask.composer.send.isVisible()
    assert app.ask.composer.field.toPlainText() == ""
    gate.set()
    wait_for_end(qtbot, app)
    assert view.answer.answer == samples.ANSWER
    assert app.ask.composer.send.isVisible()


def test_the_finished_answer_shows_chips_marks_and_origin(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    view = ask(app)
    wait_for_end(qtbot, app)
    text = view.answer.toPlainText()
    assert "not found in your files" in text
    assert text.count("not found in your files") == 1
    assert len(view.answer.marked_rects("chip")) == 2
    assert view.answer.marked_rects("unsupported")
    assert view._origin.text() == "From your files"
    assert view._facts.text() == "SmolLM2-135M-Instruct · first word 1.1 s · 94 tok/s"
    assert app.ask.composer.percent.text() == "31 %"


def test_a_citation_is_reached_and_opened_by_keyboard(qtbot: QtBot, app: App, world: Desk) -> None:
    view = ask(app)
    wait_for_end(qtbot, app)
    app.window.activateWindow()
    view.answer.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(view.answer, Qt.Key.Key_Tab)
    with qtbot.waitSignal(app.controllers.source.viewing):
        QTest.keyClick(view.answer, Qt.Key.Key_Return)
    current = app.controllers.source.current
    assert current is not None
    assert (current.document, current.n) in {(samples.LEASE, 1), (samples.LEASE, 2)}
    assert len(view.answer.marked_rects("chip-on")) == 1


def test_a_quoted_sentence_opens_its_place(qtbot: QtBot, app: App, world: Desk) -> None:
    view = ask(app)
    wait_for_end(qtbot, app)
    with qtbot.waitSignal(app.controllers.source.viewing):
        view.quotes.opened.emit(1)
    current = app.controllers.source.current
    assert current is not None
    assert current.quote == samples.TIMES


def test_escape_stops_and_keeps_what_was_written(qtbot: QtBot, app: App, world: Desk) -> None:
    world.script = [*samples.opening(), *samples.tokens("The landlord"), threading.Event()]
    view = ask(app)
    qtbot.waitUntil(lambda: view.turn.answer == "The landlord")
    assert app.commands.run("ask.stop")
    wait_for_end(qtbot, app)
    assert view.turn.stage == "stopped"
    assert view.answer.answer == "The landlord"
    assert "kept" in view._note.text()
    assert not app.commands.run("ask.stop")
    assert app.messages.history == []


def test_a_dead_model_is_a_line_with_restart(qtbot: QtBot, app: App, world: Desk) -> None:
    partial = Answer(answer="The landlord pays", origin="files", verdict="answered")
    died = Interrupted(
        turn_id=70, why="died", what="The model process was killed.", what_to_do="", partial=partial
    )
    world.script = [*samples.opening(), *samples.tokens("The landlord pays"), died]
    view = ask(app)
    wait_for_end(qtbot, app)
    assert view.answer.answer == "The landlord pays"
    assert "was killed" in view._note.text()
    assert "kept" in view._note.text()
    assert view._restart.isVisible()
    world.script = samples.whole()
    view._restart.click()
    qtbot.waitUntil(lambda: len(app.controllers.ask.turns) == 2)
    wait_for_end(qtbot, app)
    assert len(world.requests(RestartModel)) == 1
    assert app.controllers.ask.turns[-1].answer == samples.ANSWER


def test_a_dead_desk_is_told_and_restarted(qtbot: QtBot, app: App, world: Desk) -> None:
    world.script = [*samples.opening(), *samples.tokens("Half"), threading.Event()]
    view = ask(app)
    qtbot.waitUntil(lambda: view.turn.answer == "Half")
    world.made[-1].die()
    wait_for_end(qtbot, app)
    qtbot.waitUntil(lambda: bool(app.messages.history))
    assert (view.turn.stage, view.turn.desk_lost, view.answer.answer) == ("died", True, "Half")
    assert app.messages.history[-1].action == "Restart"
    world.script = samples.whole()
    view._restart.click()
    qtbot.waitUntil(lambda: len(app.controllers.ask.turns) == 2)
    wait_for_end(qtbot, app)
    assert app.controllers.ask.turns[-1].answer == samples.ANSWER
    assert len(world.made) == 2


def test_not_found_is_an_answer(qtbot: QtBot, app: App, world: Desk) -> None:
    nothing = Answer(answer="", origin="none", verdict="not_found")
    reason = "The closest passage is about keys."
    world.script = [
        Started(conversation_id=8, turn_id=80, question="?"),
        Evidence(found="no", closest=0.1, mode="files", reason=reason),
        Quoted(verbatim=[], milliseconds=1),
        Answered(turn_id=80, result=nothing),
    ]
    view = ask(app, "How high is the Eiffel tower?")
    wait_for_end(qtbot, app)
    assert view._origin.text() == "Not in your files"
    assert reason in view._note.text()
    assert not view.answer.isVisible()
    world.script = samples.whole()
    view._ask_model.click()
    wait_for_end(qtbot, app)
    assert [one.mode for one in world.requests(Ask)] == ["auto", "model"]  # type: ignore[attr-defined]


def test_the_mode_goes_with_the_question(qtbot: QtBot, app: App, world: Desk) -> None:
    app.ask.composer.modes._buttons["both"].click()
    ask(app)
    wait_for_end(qtbot, app)
    assert world.requests(Ask)[0].mode == "both"  # type: ignore[attr-defined]


def test_the_second_question_stays_in_the_conversation(qtbot: QtBot, app: App, world: Desk) -> None:
    ask(app)
    wait_for_end(qtbot, app)
    ask(app, "And the lift?")
    wait_for_end(qtbot, app)
    ids = [one.conversation_id for one in world.requests(Ask)]  # type: ignore[attr-defined]
    assert ids == [0, 7]
    app.commands.run("ask.new")
    assert (app.controllers.ask.turns, app.controllers.ask.conversation_id) == ([], 0)
    assert app.ask.conversation._empty.isVisible()


def saved(id: int, title: str) -> ConversationIs:
    row = TurnRow(
        id=1, question="Saved?", mode="files", state="died", note="The model process was killed.",
        asked=0.0, result=samples.RESULT,
    )  # fmt: skip
    return ConversationIs(id=id, title=title, turns=[row])


def test_a_saved_conversation_opens_from_the_list(qtbot: QtBot, app: App, world: Desk) -> None:
    world.opened[5] = saved(5, "Compare supplier contracts")
    model = app.ask.list.model
    index = model.index(model.row_of(5), 0)
    with qtbot.waitSignal(app.controllers.ask.turn_added):
        app.ask.list.list.activated.emit(index)
    view = app.ask.conversation.views[0]
    assert view.answer.answer == samples.ANSWER
    assert "was killed" in view._note.text()
    assert app.ask._title.text() == "Compare supplier contracts"


def test_an_answer_goes_on_while_another_conversation_is_read(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    gate = threading.Event()
    world.opened[5] = saved(5, "Other")
    world.opened[7] = ConversationIs(id=7, title="Lease", turns=[])
    world.script = [*samples.opening(), gate, *samples.tokens(), *samples.closing()]
    turn = ask(app).turn
    qtbot.waitUntil(lambda: app.controllers.ask.conversation_id == 7)
    with qtbot.waitSignal(app.controllers.ask.turn_added):
        app.controllers.ask.open(5)
    with qtbot.waitSignal(app.controllers.ask.turn_added):
        app.controllers.ask.open(7)
    assert app.controllers.ask.turns == [turn]
    gate.set()
    wait_for_end(qtbot, app)
    assert app.ask.conversation.views[-1].answer.answer == samples.ANSWER


def test_conversations_are_searched_renamed_and_deleted(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    with qtbot.waitSignal(app.controllers.conversations.changed):
        app.ask.list.search.setText("audit")
    assert [one.title for one in app.controllers.conversations.rows] == [
        "Summary of the 2024 audit"
    ]
    app.dialogs.text_answer = "Audit 2024"  # type: ignore[attr-defined]
    with qtbot.waitSignal(app.controllers.conversations.changed):
        app.ask.list.wanted.emit("rename", 4)
    assert world.requests(RenameConversation) == [
        RenameConversation(conversation_id=4, title="Audit 2024")
    ]
    app.ask.list.wanted.emit("delete", 4)
    assert world.requests(DeleteConversation) == []
    app.dialogs.sure_answer = True  # type: ignore[attr-defined]
    with qtbot.waitSignal(app.controllers.conversations.deleted):
        app.ask.list.wanted.emit("delete", 4)
    with qtbot.waitSignal(app.controllers.conversations.changed):
        app.ask.list.search.setText("nothing has these words")
    assert "No conversation" in app.ask.list.empty.text()


def test_reading_above_is_not_disturbed_by_streaming(qtbot: QtBot, app: App, world: Desk) -> None:
    gate = threading.Event()
    long = " ".join(["word"] * 3000)
    world.script = [*samples.opening(), Token(text=long), gate, Token(text=long)]
    view = ask(app)
    bar = app.ask.conversation.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 500 and bar.value() == bar.maximum())
    bar.setValue(10)
    gate.set()
    wait_for_end(qtbot, app)
    assert view.turn.answer == long + long
    assert bar.value() == 10


def test_the_copy_keeps_the_citations(qtbot: QtBot, app: App, world: Desk) -> None:
    ask(app)
    wait_for_end(qtbot, app)
    assert app.commands.run("ask.copy")
    text = QGuiApplication.clipboard().text()
    assert "by misuse. [1] Between" in text
    assert f"[2] {samples.LEASE}, p. 15: “{samples.TIMES}”" in text


def test_passages_are_listed_once_and_cited_ones_first(qtbot: QtBot, app: App, world: Desk) -> None:
    turn = ask(app).turn
    wait_for_end(qtbot, app)
    assert [(one.n, one.document) for one in passages_of(turn)] == [
        (1, samples.LEASE), (2, samples.LEASE), (0, samples.INVOICE),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_question_is_not_asked(app: App, world: Desk, text: str) -> None:
    app.ask.composer.field.setPlainText(text)
    QTest.keyClick(app.ask.composer.field, Qt.Key.Key_Return)
    assert app.controllers.ask.turns == []
    assert world.requests(Ask) == []


def test_what_only_came_nearest_is_not_shown_as_found(app: App) -> None:
    """Sentences of an answer that is not in the files carry no highlight and another heading."""
    quote = Verbatim(document="/a/lease.md", page=None, text="Keys are kept.", start=0, end=14)
    far = Evidence(found="no", closest=0.1, mode="files", reason="Nothing is near.")
    near = Evidence(found="yes", closest=0.8, mode="files", reason="It is there.")
    for evidence, title in ((far, "Closest in your files"), (near, "From your files")):
        card = QuotesCard()
        card.show_turn(Turn("?", "files", verbatim=[quote], evidence=evidence))
        assert card._title.text() == title
        (shown,) = card.findChildren(Quote)
        assert (shown._mark == "highlight") == (evidence is near)
        card.deleteLater()


def test_quotes_that_are_the_answer_offer_the_models_text(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    whole = samples.whole()
    quoted = next(event for event in whole if isinstance(event, Quoted))
    result = Answer(
        answer=quoted.verbatim[0].text, origin="files", verdict="answered",
        verbatim=quoted.verbatim, offered=True,
    )  # fmt: skip
    doubt = Evidence(found="doubtful", closest=0.4, mode="files", reason="It is doubtful.")
    world.script = [
        Started(conversation_id=8, turn_id=80, question="?"),
        doubt,
        quoted,
        Answered(turn_id=80, result=result),
    ]
    view = ask(app)
    wait_for_end(qtbot, app)
    assert view.quotes.isVisible()
    assert not view.answer.isVisible()  # the same words are not shown twice
    assert view._origin.text() == "From your files"
    assert "may not answer" in view._note.text()
    assert view._write.isVisible()
    world.script = whole
    view._write.click()
    wait_for_end(qtbot, app)
    assert [one.generated for one in world.requests(Ask)] == ["", "always"]  # type: ignore[attr-defined]
    last = app.ask.conversation.views[-1]
    assert last.answer.isVisible()
    assert not last._write.isVisible()


def test_not_found_says_what_was_searched() -> None:
    turn = Turn("?", "files")
    for event in samples.opening():
        turn.apply(event)
    nothing = Answer(answer="", origin="none", verdict="not_found", verbatim=turn.verbatim)
    turn.apply(Answered(turn_id=1, result=nothing))
    said, _ = ending(turn)
    assert "1,246 documents were searched." in said
    assert "The closest sentences stand above." in said
    turn.documents_searched = 1
    assert "1 document was searched." in ending(turn)[0]
    turn.documents_searched = None
    assert "searched" not in ending(turn)[0]


def test_the_keyboard_stays_in_the_question_after_a_click(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    """The button that was clicked gives way to Stop; Qt would move on to another pane."""
    world.script = [*samples.opening(), *samples.tokens("The landlord"), threading.Event()]
    composer = app.ask.composer
    composer.field.setPlainText(samples.QUESTION)
    composer.send.setFocus()
    composer.send.click()
    qtbot.waitUntil(composer.stop.isVisible)
    assert composer.field.hasFocus()
    composer.stop.setFocus()
    composer.stop.click()
    wait_for_end(qtbot, app)
    assert composer.field.hasFocus()


def test_the_welcome_speaks_of_missing_files_only_where_they_are_missing(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    welcome = app.ask.conversation._empty
    qtbot.waitUntil(lambda: bool(app.controllers.library.collections))
    assert "No files yet" not in welcome.text()
    world.collections = []
    app.controllers.library.refresh()
    qtbot.waitUntil(lambda: "No files yet" in welcome.text())
