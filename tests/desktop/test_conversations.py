"""Conversations in the window: found, pinned, moved, branched, exported, and without a trace."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from carrel.desk import conversation_requests as c
from carrel.desk.requests import Ask
from carrel.events import Message, Started
from carrel_desktop.app import App
from carrel_desktop.item_models.conversations import FoundRole, parts
from carrel_desktop.printing import as_pdf
from carrel_desktop.widgets.conversation_list import ACTS
from carrel_desktop.windows.talk_acts import file_name
from tests.desktop import samples
from tests.desktop.fake_desk import Desk


def row(turn: int, question: str, branches: list[int], parent: int = 0) -> c.TurnRow:
    return c.TurnRow(
        id=turn, question=question, mode="auto", state="complete", note="", asked=0.0,
        result=samples.RESULT, parent=parent, branches=branches,
    )  # fmt: skip


def talk(*rows: c.TurnRow, id: int = 5) -> c.ConversationIs:
    return c.ConversationIs(id=id, title="Compare supplier contracts", turns=list(rows))


def found(id: int, turn: int, snippet: str, mark: tuple[int, int]) -> c.ConversationHit:
    return c.ConversationHit(
        conversation_id=id, title="", turn_id=turn, part="answer", start=mark[0], end=mark[1],
        snippet=snippet, snippet_start=0, marks=[mark],
    )  # fmt: skip


def open_talk(qtbot: QtBot, app: App, world: Desk, *rows: c.TurnRow) -> None:
    world.opened[5] = talk(*rows)
    with qtbot.waitSignal(app.controllers.ask.turn_added):
        app.controllers.ask.open(5)
    qtbot.waitUntil(lambda: len(app.ask.conversation.views) == len(rows))


def titles(app: App) -> list[str]:
    model = app.ask.list.model
    return [str(model.index(at, 0).data()) for at in range(model.rowCount())]


def show(qtbot: QtBot, app: App, rows: list[c.ConversationRow], world: Desk) -> None:
    world.conversations = rows
    with qtbot.waitSignal(app.controllers.conversations.changed):
        world.changed("conversations")


def test_memory_pins_and_folders_stand_above_the_days(qtbot: QtBot, app: App, world: Desk) -> None:
    now = samples.conversations()[0].updated
    rows = [
        c.ConversationRow(id=-1, title="Secret", updated=now, turns=1),
        c.ConversationRow(id=5, title="Newest", updated=now, turns=1),
        c.ConversationRow(id=4, title="In tax", updated=now - 60, turns=1, folder="Tax"),
        c.ConversationRow(id=3, title="Pinned one", updated=now - 70, turns=1, pinned=True),
        c.ConversationRow(id=2, title="In leases", updated=now - 80, turns=1, folder="leases"),
        c.ConversationRow(id=1, title="Old", updated=now - 3 * 86400, turns=1),
    ]
    show(qtbot, app, rows, world)
    assert titles(app) == [
        "In memory only", "Secret", "Pinned", "Pinned one", "leases", "In leases", "Tax", "In tax",
        "Today", "Newest", "This week", "Old",
    ]  # fmt: skip


def test_a_search_shows_where_and_opens_there(qtbot: QtBot, app: App, world: Desk) -> None:
    snippet = "the lessor shall bear the cost of the quokka repair"
    hit = found(5, 51, snippet, (38, 44))
    world.conversations = [
        msgspec.structs.replace(one, found=hit) if one.id == 5 else one
        for one in samples.conversations()
    ]
    with qtbot.waitSignal(app.controllers.conversations.changed):
        app.ask.list.search.setText("quokka")
    assert titles(app) == ["1 conversation", "Compare supplier contracts"]
    index = app.ask.list.model.index(1, 0)
    assert index.data(FoundRole) == hit
    assert snippet in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert [text for text, marked in parts(hit) if marked] == ["quokka"]
    app.window.grab()  # painted without a complaint
    rows = [row(n, f"Question {n}?", [n], n - 1) for n in range(48, 54)]
    world.opened[5] = talk(*rows)
    with qtbot.waitSignal(app.controllers.ask.turn_wanted) as wanted:
        app.ask.list.list.activated.emit(index)
    assert wanted.args[0].id == 51
    bar = app.ask.conversation.verticalScrollBar()
    view = next(one for one in app.ask.conversation.views if one.turn.id == 51)
    qtbot.waitUntil(lambda: 0 <= view.y() - bar.value() < app.ask.conversation.height())


def test_a_found_turn_of_another_branch_is_shown_on_it(qtbot: QtBot, app: App, world: Desk) -> None:
    world.opened[5] = talk(row(51, "Now?", [50, 51]))
    world.branches[50] = talk(row(50, "Before?", [50, 51]))
    app.controllers.ask.open(5, 50)
    qtbot.waitUntil(lambda: [one.turn.id for one in app.ask.conversation.views] == [50])


def test_keys_and_the_menu_act_on_the_row(qtbot: QtBot, app: App, world: Desk) -> None:
    view = app.ask.list.list
    view.setFocus()
    view.setCurrentIndex(app.ask.list.model.index(app.ask.list.model.row_of(4), 0))
    app.dialogs.text_answer = "Audit"  # type: ignore[attr-defined]
    app.dialogs.folder_name = "Taxes"  # type: ignore[attr-defined]
    app.dialogs.sure_answer = True  # type: ignore[attr-defined]
    control = Qt.KeyboardModifier.ControlModifier
    for key, modifier, request in (
        (Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier,
         c.RenameConversation(conversation_id=4, title="Audit")),
        (Qt.Key.Key_P, control, c.PinConversation(conversation_id=4, pinned=True)),
        (Qt.Key.Key_M, control, c.MoveConversation(conversation_id=4, folder="Taxes")),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier,
         c.DeleteConversation(conversation_id=4)),
    ):  # fmt: skip
        with qtbot.waitSignal(app.controllers.conversations.changed):
            QTest.keyClick(view, key, modifier)
        assert world.requests(type(request)) == [request]
        view.setCurrentIndex(app.ask.list.model.index(app.ask.list.model.row_of(4), 0))
    menu = view.menu_for(4)
    assert [action.text() for action in menu.actions()] == [words for _, words, _ in ACTS]
    with qtbot.waitSignal(app.controllers.conversations.changed):
        menu.actions()[1].trigger()
    assert len(world.requests(c.PinConversation)) == 2
    menu.deleteLater()


def test_a_move_that_is_cancelled_moves_nothing(app: App, world: Desk) -> None:
    app.dialogs.folder_name = None  # type: ignore[attr-defined]
    app.ask.acts.move(4)
    app.dialogs.text_answer = ""  # type: ignore[attr-defined]
    app.ask.acts.rename(4)
    assert world.requests(c.MoveConversation) == []
    assert world.requests(c.RenameConversation) == []


def test_branches_are_read_by_the_switch(qtbot: QtBot, app: App, world: Desk) -> None:
    first = row(50, "One?", [50])
    open_talk(qtbot, app, world, first, row(52, "Two b?", [51, 52], 50), row(53, "On?", [53], 52))
    kept = app.ask.conversation.views[0]
    view = app.ask.conversation.views[1]
    qtbot.waitUntil(lambda: view.branches.isVisible())
    assert not kept.branches.isVisible()
    assert view.branches.words.accessibleName() == "Branch 2 of 2"
    assert not view.branches.next.isEnabled()
    world.branches[51] = talk(first, row(51, "Two?", [51, 52], 50))
    view.branches.previous.setFocus()
    QTest.keyClick(view.branches.previous, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: [v.turn.id for v in app.ask.conversation.views] == [50, 51])
    assert app.ask.conversation.views[0] is kept  # what both have stays where it is
    assert app.ask.conversation.views[1].branches.words.text() == "1/2"


def test_an_edited_question_takes_the_place_and_escape_leaves_it(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    open_talk(qtbot, app, world, row(50, "One?", [50]), row(51, "Two?", [51], 50))
    view = app.ask.conversation.views[0]
    view._edit.click()
    composer = app.ask.composer
    assert composer.field.toPlainText() == "One?"
    assert composer.field.hasFocus()
    assert composer._editing.isVisible()
    composer._leave.click()
    assert (composer.field.toPlainText(), composer._editing.isVisible()) == ("", False)
    view._edit.click()
    composer.field.setPlainText("One, rather?")
    begun = Started(conversation_id=5, turn_id=60, question="One, rather?", branches=[50, 60])
    world.script = [begun, *samples.whole()[1:-1], *samples.closing(60)[-1:]]
    QTest.keyClick(composer.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not app.controllers.ask.busy)
    (asked,) = world.requests(Ask)
    assert isinstance(asked, Ask)
    assert (asked.branch_of, asked.question) == (50, "One, rather?")
    (only,) = app.ask.conversation.views
    assert only.branches.words.text() == "2/2"
    assert not composer._editing.isVisible()


def test_again_asks_the_same_in_the_same_place(qtbot: QtBot, app: App, world: Desk) -> None:
    open_talk(qtbot, app, world, row(50, "One?", [50]), row(51, "Two?", [51], 50))
    app.commands.run("ask.again")
    qtbot.waitUntil(lambda: not app.controllers.ask.busy)
    (asked,) = world.requests(Ask)
    assert isinstance(asked, Ask)
    assert (asked.branch_of, asked.question) == (51, "Two?")
    assert len(app.ask.conversation.views) == 2


def no_trace_script() -> list[Message]:
    begun = Started(conversation_id=-1, turn_id=-2, question=samples.QUESTION)
    return [begun, *samples.whole()[1:]]


def test_no_trace_is_marked_goes_on_and_can_be_kept(qtbot: QtBot, app: App, world: Desk) -> None:
    trace = app.ask.trace
    assert trace.begin.isVisible()
    assert not trace.mark.isVisible()
    QTest.mouseClick(trace.begin, Qt.MouseButton.LeftButton)
    assert trace.mark.isVisible()
    assert app.ask.composer.field.hasFocus()
    world.script = no_trace_script()
    for _ in range(2):
        app.controllers.ask.ask(samples.QUESTION)
        qtbot.waitUntil(lambda: not app.controllers.ask.busy)
    asked = [one for one in world.requests(Ask) if isinstance(one, Ask)]
    assert [(one.trace, one.in_memory, one.conversation_id) for one in asked] == [
        (False, True, 0), (False, True, -1),
    ]  # fmt: skip
    assert (trace.keep_button.isVisible(), trace.begin.isVisible()) == (True, False)
    world.kept[-1] = talk(row(90, samples.QUESTION, [90]), id=9)
    trace.keep_button.click()
    qtbot.waitUntil(lambda: app.controllers.ask.conversation_id == 9)
    assert not trace.mark.isVisible()
    assert [view.turn.id for view in app.ask.conversation.views] == [90]
    app.commands.run("ask.new_no_trace")
    assert trace.mark.isVisible()
    trace.back.click()
    assert not trace.mark.isVisible()


@pytest.mark.parametrize("format", ["markdown", "html", "json"])
def test_exports_are_written_by_the_desk(
    qtbot: QtBot, app: App, world: Desk, tmp_path: Path, format: c.ExportFormat
) -> None:
    app.dialogs.export_answer = str(tmp_path / "talk.x")  # type: ignore[attr-defined]
    app.ask.acts.export_as(5, format)
    qtbot.waitUntil(lambda: bool(app.messages.history))
    assert world.requests(c.ExportConversation) == [
        c.ExportConversation(
            conversation_id=5, format=format, path=str(tmp_path / "talk.x"), force=True
        )
    ]
    assert "Exported to" in app.messages.history[-1].what


def test_a_pdf_is_printed_here(qtbot: QtBot, app: App, world: Desk, tmp_path: Path) -> None:
    path = tmp_path / "talk.pdf"
    app.dialogs.export_answer = str(path)  # type: ignore[attr-defined]
    app.ask.acts.export_as(5, "pdf")
    qtbot.waitUntil(lambda: bool(app.messages.history))
    assert path.read_bytes().startswith(b"%PDF-")
    app.dialogs.export_answer = str(tmp_path / "no" / "talk.pdf")  # type: ignore[attr-defined]
    app.ask.acts.export_as(5, "pdf")
    qtbot.waitUntil(lambda: len(app.messages.history) == 2)
    assert "cannot be written" in app.messages.history[-1].what
    app.dialogs.export_answer = ""  # type: ignore[attr-defined]
    app.ask.acts.export_as(5, "pdf")
    assert len(world.requests(c.ExportConversation)) == 2


def test_the_export_menu_is_there_once_something_is_saved(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    assert not app.ask.export_button.isEnabled()
    open_talk(qtbot, app, world, row(50, "One?", [50]))
    assert app.ask.export_button.isEnabled()
    assert [one.text() for one in app.ask._exports.actions()] == [
        "Export as Markdown", "Export as HTML", "Export as PDF", "Export as JSON",
    ]  # fmt: skip


def test_a_pdf_holds_the_words_and_numbers_its_pages(qapp: object) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    rest = "which goes on over the whole width of the page, as sentences of people do."
    html = "<h1>Title of it</h1>" + "".join(f"<p>Line {n} of many, {rest}</p>" for n in range(120))
    html += '<img src="file:///etc/hostname"><p>The end.</p>'
    document = pdfium.PdfDocument(as_pdf(html))
    texts = [page.get_textpage().get_text_range() for page in document]
    assert len(texts) > 1
    assert "Title of it" in texts[0]
    assert "The end." in texts[-1]
    assert all(f"{n} / {len(texts)}" in text for n, text in enumerate(texts, 1))
    lines = [n for n in range(120) if any(f"Line {n} of many," in text for text in texts)]
    assert lines == list(range(120))  # none is lost where a page ends
    document.close()


@pytest.mark.parametrize(
    ("title", "name"),
    [("Lease: who pays?", "Lease who pays"), ("a/b\\c\n", "a b c"), ("...", "conversation"),
     ("x" * 300, "x" * 80)],
)  # fmt: skip
def test_a_title_makes_a_name_for_a_file(title: str, name: str) -> None:
    assert file_name(title) == name
