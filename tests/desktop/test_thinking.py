"""What the model thinks aloud, what was left out of the prompt, and who answered."""

from __future__ import annotations

import threading

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from carrel.desk.conversation_requests import ConversationIs, TurnRow
from carrel.events import AdapterUse, Answered, ContextUsed, LeftOut, ModelUse, Thinking
from carrel_desktop.app import App
from carrel_desktop.controllers.turn import Turn
from carrel_desktop.widgets.composer import context_words
from carrel_desktop.widgets.turn_view import reading_words
from tests.desktop import samples
from tests.desktop.fake_desk import Desk
from tests.desktop.test_ask import ask, wait_for_end

THOUGHTS = ["The lease ", "says the landlord ", "pays."]
LEFT = [
    LeftOut(kind="passage", id=1, tokens=200),
    LeftOut(kind="passage", id=2, tokens=110),
    LeftOut(kind="turn", id=5, tokens=1200),
]
USED = ModelUse(
    id=samples.MODEL,
    sha256="b1" * 32,
    adapters=[AdapterUse(id="reader 1.0", sha256="91" * 32, scale=0.5)],
)
RESULT = msgspec.structs.replace(
    samples.RESULT, thinking="".join(THOUGHTS), left_out=LEFT, model=USED
)


def thoughts() -> list[Thinking]:
    return [Thinking(text=one) for one in THOUGHTS]


def test_a_long_wait_is_said() -> None:
    turn = Turn("Who pays?", "files")
    assert reading_words(turn) == "The model is reading"
    used = ContextUsed(
        window=4096, system=40, history=0, passages=900, question=30, reply=320, left_out=[]
    )
    for seconds, words in ((0.4, ""), (6.25, ", about 6.2 s"), (74.0, ", about 1 min 14 s")):
        turn.apply(msgspec.structs.replace(used, seconds=seconds))
        assert reading_words(turn) == f"The model is reading{words}"


def test_thinking_is_folded_and_opens_by_keyboard(qtbot: QtBot, app: App, world: Desk) -> None:
    gate = threading.Event()
    world.script = [*samples.opening(), *thoughts(), gate, *samples.tokens(), *samples.closing()]
    ask(app)
    view = app.ask.conversation.views[0]
    qtbot.waitUntil(lambda: view.thinking.isVisible() and view.thinking.thinking.endswith("pays."))
    fold = view.thinking
    assert not fold.open
    assert fold.head.text() == "Thinking · 6 words"
    assert view._status.text() == "The model is thinking"
    assert view.answer.answer == ""
    fold.head.setFocus()
    QTest.keyClick(fold.head, Qt.Key.Key_Space)
    assert fold.text is not None
    assert fold.text.toPlainText() == "The lease says the landlord pays."
    assert "open" in fold.head.accessibleName()
    gate.set()
    wait_for_end(qtbot, app)
    assert fold.head.text() == "Thought first · 6 words"
    assert view.answer.answer == samples.ANSWER
    fold.head.click()
    assert not fold.open


def test_thoughts_come_while_the_fold_is_open(qtbot: QtBot, app: App, world: Desk) -> None:
    first, second = threading.Event(), threading.Event()
    one, *others = thoughts()
    world.script = [*samples.opening(), one, first, *others, second, *samples.closing()]
    ask(app)
    fold = app.ask.conversation.views[0].thinking
    qtbot.waitUntil(lambda: bool(fold.thinking))
    fold.toggle()
    assert fold.text is not None
    first.set()
    text = fold.text
    qtbot.waitUntil(lambda: text.toPlainText() == "".join(THOUGHTS))
    second.set()
    wait_for_end(qtbot, app)


def test_thoughts_and_answer_keep_their_order_and_stay_apart(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    world.script = [*samples.opening(), *thoughts(), *samples.tokens(), *thoughts()]
    ask(app)
    wait_for_end(qtbot, app)
    turn = app.controllers.ask.turns[0]
    assert turn.thinking == "".join(THOUGHTS) * 2
    assert turn.answer == samples.ANSWER


def test_a_saved_turn_shows_thoughts_model_adapters_and_what_was_left_out(
    qtbot: QtBot, app: App, world: Desk
) -> None:
    row = TurnRow(id=70, question=samples.QUESTION, mode="auto", state="complete", note="",
                  asked=0.0, result=RESULT)  # fmt: skip
    world.opened[7] = ConversationIs(id=7, title="Lease", turns=[row])
    app.controllers.ask.open(7)
    qtbot.waitUntil(lambda: bool(app.ask.conversation.views))
    view = app.ask.conversation.views[0]
    assert view.thinking.head.text() == "Thought first · 6 words"
    assert view._facts.text().startswith(f"{samples.MODEL} + reader 1.0 × 0.5 · ")
    said = "Left out of the prompt: 2 passages (310 tokens), 1 earlier turn (1,200 tokens)"
    assert view._left.text() == said


def test_an_answer_without_thoughts_has_no_fold(qtbot: QtBot, app: App, world: Desk) -> None:
    ask(app)
    wait_for_end(qtbot, app)
    view = app.ask.conversation.views[0]
    assert not view.thinking.isVisible()
    assert view.thinking.text is None
    assert not view._left.isVisible()


def test_the_meter_says_in_words_what_was_left_out(qtbot: QtBot, app: App, world: Desk) -> None:
    used = ContextUsed(
        window=2048, system=90, history=70, passages=450, question=28, reply=320, left_out=LEFT
    )
    world.script = [*samples.opening()[:-1], used, Answered(turn_id=70, result=RESULT)]
    ask(app)
    wait_for_end(qtbot, app)
    composer = app.ask.composer
    assert not composer.context.isVisible()
    composer.percent.setFocus()
    QTest.keyClick(composer.percent, Qt.Key.Key_Space)
    assert composer.context.isVisible()
    assert composer.context.text() == (
        "638 of 2,048 tokens: system 90, history 70, passages 450, question 28; 320 kept for the "
        "answer. Left out of the prompt: 2 passages (310 tokens), 1 earlier turn (1,200 tokens)."
    )
    app.controllers.ask.new()
    assert not composer.context.isVisible()


def test_nothing_left_out_is_not_mentioned() -> None:
    used = ContextUsed(window=10, system=1, history=0, passages=0, question=1, reply=3, left_out=[])
    assert "Left out" not in context_words(used)
