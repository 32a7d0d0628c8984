"""The bridge over a scripted desk that speaks real frames through real pipes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from carrel.desk.requests import Ask
from carrel.desk.shelf_requests import ListModels, ModelList
from carrel.errors import UserError
from carrel.events import Changed, Cited, Message, Token
from carrel.process.rpc import Call
from carrel_desktop.bridge import Bridge
from tests.desktop.fake_desk import Desk


class Heard:
    """What the callbacks of one request were told, and on which thread."""

    def __init__(self) -> None:
        self.replies: list[Message] = []
        self.raw: list[bytes] = []
        self.done = 0
        self.errors: list[UserError] = []
        self.threads: set[QThread] = set()

    def reply(self, message: Message, raw: bytes) -> None:
        self.threads.add(QThread.currentThread())
        self.replies.append(message)
        self.raw.append(raw)

    def end(self) -> None:
        self.done += 1

    def fail(self, error: UserError) -> None:
        self.errors.append(error)

    @property
    def ended(self) -> bool:
        return bool(self.done or self.errors)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def bridge(qtbot: QtBot, desk: Desk) -> Iterator[Bridge]:
    made = Bridge(desk.make)
    made.start()
    yield made
    made.close()


def ask(bridge: Bridge, request: Message) -> tuple[Heard, object]:
    heard = Heard()
    return heard, bridge.ask(request, heard.reply, heard.end, heard.fail)


def test_a_request_is_answered_on_the_main_thread(qtbot: QtBot, bridge: Bridge, desk: Desk) -> None:
    heard, _ = ask(bridge, ListModels())
    qtbot.waitUntil(lambda: heard.ended)
    assert heard.replies == [ModelList(models=[])]
    assert (heard.done, heard.errors) == (1, [])
    assert heard.threads == {bridge.thread()}


def test_tokens_are_gathered_and_keep_their_order(qtbot: QtBot, bridge: Bridge, desk: Desk) -> None:
    desk.script = [*(Token(text=f"{at} ") for at in range(2000)), Cited(citations=[])]
    heard, _ = ask(bridge, Ask(question="?"))
    qtbot.waitUntil(lambda: heard.ended)
    tokens = [one.text for one in heard.replies if isinstance(one, Token)]
    assert "".join(tokens) == "".join(f"{at} " for at in range(2000))
    assert len(tokens) < 200
    assert isinstance(heard.replies[-1], Cited)


def test_a_slow_token_arrives_without_another_message(
    qtbot: QtBot, bridge: Bridge, desk: Desk
) -> None:
    gate = threading.Event()
    desk.script = [Token(text="alone"), gate]
    heard, _ = ask(bridge, Ask(question="?"))
    qtbot.waitUntil(lambda: heard.replies == [Token(text="alone")])
    gate.set()
    qtbot.waitUntil(lambda: heard.ended)


def test_cancel_reaches_the_desk_and_is_no_error(qtbot: QtBot, bridge: Bridge, desk: Desk) -> None:
    desk.script = [Token(text="begun"), threading.Event(), Token(text="never")]
    heard, pending = ask(bridge, Ask(question="?"))
    qtbot.waitUntil(lambda: bool(heard.replies))
    pending.cancel()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: heard.ended)
    assert (heard.done, heard.errors) == (1, [])
    assert heard.replies == [Token(text="begun")]


def test_a_dropped_request_says_nothing_more(qtbot: QtBot, bridge: Bridge, desk: Desk) -> None:
    desk.script = [threading.Event(), Cited(citations=[])]
    heard, pending = ask(bridge, Ask(question="?"))
    pending.drop()  # type: ignore[attr-defined]
    other, _ = ask(bridge, ListModels())
    qtbot.waitUntil(lambda: other.ended and pending.finished)  # type: ignore[attr-defined]
    assert (heard.replies, heard.done, heard.errors) == ([], 0, [])


def test_a_failure_carries_its_two_sentences(qtbot: QtBot, bridge: Bridge, desk: Desk) -> None:
    def refuse(request: Message, call: Call) -> Iterator[Message]:
        raise UserError("The disk is full.", "Make room.", "disk_full")
        yield

    desk.handlers[ListModels] = refuse
    heard, _ = ask(bridge, ListModels())
    qtbot.waitUntil(lambda: heard.ended)
    assert [(one.what, one.what_to_do, one.code) for one in heard.errors] == [
        ("The disk is full.", "Make room.", "disk_full")
    ]


def test_a_failure_nobody_handles_goes_to_the_channel(
    qtbot: QtBot, bridge: Bridge, desk: Desk
) -> None:
    desk.handlers.pop(ListModels)
    with qtbot.waitSignal(bridge.failed) as told:
        bridge.ask(ListModels(), lambda _reply, _raw: None)
    assert told.args[0].code == "defect"


def test_the_desk_dies_and_starts_again(qtbot: QtBot, bridge: Bridge, desk: Desk) -> None:
    desk.script = [Token(text="half"), threading.Event()]
    heard, _ = ask(bridge, Ask(question="?"))
    qtbot.waitUntil(lambda: bool(heard.replies))
    with qtbot.waitSignal(bridge.lost) as told:
        desk.made[0].die()
    qtbot.waitUntil(lambda: heard.ended)
    assert told.args == ["was killed."]
    assert heard.errors[0].code == "desk_died"
    assert not bridge.running
    refused, _ = ask(bridge, ListModels())
    qtbot.waitUntil(lambda: refused.ended)
    assert refused.errors[0].code == "no_desk"
    with qtbot.waitSignal(bridge.started):
        bridge.restart()
    again, _ = ask(bridge, ListModels())
    qtbot.waitUntil(lambda: again.ended)
    assert again.done == 1


def test_unasked_messages_arrive(qtbot: QtBot, bridge: Bridge, desk: Desk) -> None:
    with qtbot.waitSignal(bridge.unasked) as told:
        desk.changed("models")
    assert told.args == [Changed(kinds=["models"])]


TEN_THOUSAND = """
import threading
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
class Source(QObject):
    told = Signal(bool, object)
app = QCoreApplication([])
source, heard = Source(), []
def hear(flag, value):
    heard.append(flag)
    if len(heard) == 20_000:
        app.quit()
source.told.connect(hear, Qt.ConnectionType.QueuedConnection)
def emit():
    for at in range(10_000):
        source.told.emit(at % 2 == 0, at)
thread = threading.Thread(target=emit)
thread.start()
emit()
app.exec()
thread.join()
print(len(heard), heard.count(True))
"""


def test_ten_thousand_signals_from_two_threads_end_well() -> None:
    """A bool through a signal crashed some pairs of Python and PySide6, some of them at exit."""
    done = subprocess.run(
        [sys.executable, "-c", TEN_THOUSAND], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["20000", "10000"], "")
