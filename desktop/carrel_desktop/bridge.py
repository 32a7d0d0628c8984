"""The only way between the window's main thread and the desk process.

What happens, in order:
1. `start()` starts the desk; its line has one listener thread (carrel.process.caller.Caller).
2. `ask(request, ...)` gives the request to a short-lived relay thread that blocks on its replies.
3. Every reply, wherever it came from, is decoded off the main thread and crosses to it by one
   queued signal, `_arrived`. Only then are callbacks run, so they may touch widgets.
4. Tokens (of the answer, or of what the model thinks) are gathered on the main thread and handed on
   about 30 times a second; any other reply of the same request flushes them first, so the order of
   the desk is kept.
5. When the desk ends, every request fails with its last words, `lost` is emitted once, and
   `restart()` starts a new desk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from carrel.desk.requests import Reply
from carrel.errors import Cancelled, UserError, WorkerDied, disk_full
from carrel.events import Message, Thinking, Token
from carrel.process.caller import Caller
from carrel.process.frames import Frame

TOKEN_INTERVAL_MS = 33
_REPLIES: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Reply)

OnReply = Callable[[Message, bytes], None]
OnFailed = Callable[[UserError], None]


class DeskProcess(Protocol):
    """What the bridge needs of carrel.process.child.Child; tests give a scripted one."""

    @property
    def caller(self) -> Caller: ...
    @property
    def last_words(self) -> str: ...
    def start(self) -> None: ...
    def close(self, grace: float = 5.0) -> None: ...


MakeDesk = Callable[[Callable[[Frame], None], Callable[[], None]], DeskProcess]


class Pending:
    """One request under way, owned by the main thread; `cancel()` asks the desk to stop it."""

    def __init__(self, on_reply: OnReply, on_done: Callable[[], None], on_failed: OnFailed) -> None:
        self.on_reply = on_reply
        self.on_done = on_done
        self.on_failed = on_failed
        self.stop = threading.Event()
        self.finished = False
        self.silent = False
        self.tokens: list[str] = []
        self.kind: type[Token | Thinking] = Token

    def cancel(self) -> None:
        """Ask the desk to stop; what it still says is delivered."""
        self.stop.set()

    def drop(self) -> None:
        """Cancel, and hear nothing more: a newer request has taken this one's place."""
        self.silent = True
        self.stop.set()


def _nothing() -> None:
    return None


class Bridge(QObject):
    """Requests out, replies in, on the main thread.

    `unasked` carries Changed, IndexProgress and WorkerState; `failed` every failure that a request
    did not handle itself; `lost` the words of a desk that ended by itself; `started` every start.
    """

    unasked = Signal(object)
    failed = Signal(object)
    lost = Signal(str)
    started = Signal()
    _arrived = Signal(object)

    def __init__(self, make_desk: MakeDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_desk = make_desk
        self._desk: DeskProcess | None = None
        self._relays: set[threading.Thread] = set()
        self._talking: set[Pending] = set()
        self._timer = QTimer(self, singleShot=True, interval=TOKEN_INTERVAL_MS)
        self._timer.timeout.connect(self._flush_all)
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._closing = False

    @property
    def running(self) -> bool:
        """Whether a desk is there to answer."""
        return self._desk is not None

    def start(self) -> None:
        """Start the desk. A desk that cannot be started is told through `failed`."""
        if self._desk is not None or self._closing:
            return
        emit = self._arrived.emit
        desk: list[DeskProcess] = []

        def on_event(frame: Frame) -> None:
            emit((self._unasked, _REPLIES.decode(frame.body)))

        def on_end() -> None:
            emit((self._ended, desk[0] if desk else None))

        desk.append(self._make_desk(on_event, on_end))
        try:
            desk[0].start()
        except UserError as error:
            self.failed.emit(error)
            return
        self._desk = desk[0]
        self.started.emit()

    def restart(self) -> None:
        """Start a new desk after the old one ended."""
        self._close_desk()
        self.start()

    def ask(
        self,
        request: Message,
        on_reply: OnReply,
        on_done: Callable[[], None] = _nothing,
        on_failed: OnFailed | None = None,
    ) -> Pending:
        """Send a request; the callbacks run on the main thread, `on_done` or `on_failed` last.

        A cancelled request ends with `on_done`. Without `on_failed` a failure goes to `failed`.
        """
        pending = Pending(on_reply, on_done, on_failed or self.failed.emit)
        desk = self._desk
        if desk is None:
            words = "The desk is not running."
            error = UserError(words, "Restart it from the menu.", "no_desk")
            QTimer.singleShot(0, self, lambda: self._finish((pending, error)))
            return pending
        relay = threading.Thread(
            target=self._relay, args=(desk, request, pending), daemon=True, name="desk request"
        )
        self._relays = {one for one in self._relays if one.is_alive()} | {relay}
        relay.start()
        return pending

    def aside(
        self, work: Callable[[], object], on_done: Callable[..., None], on_failed: OnFailed
    ) -> None:
        """Run `work` on a thread of its own, for what the desk cannot do; `on_done` gets what it
        returned, `on_failed` what it raised."""
        relay = threading.Thread(
            target=self._work, args=(work, on_done, on_failed), daemon=True, name="beside the desk"
        )
        self._relays = {one for one in self._relays if one.is_alive()} | {relay}
        relay.start()

    def close(self) -> None:
        """End the desk and wait for every thread of the bridge."""
        self._closing = True
        self._timer.stop()
        self._close_desk()
        for relay in self._relays:
            relay.join(5)
        self._relays.clear()

    def _close_desk(self) -> None:
        desk, self._desk = self._desk, None
        if desk is not None:
            desk.close()

    # --- on the relay threads ---

    def _relay(self, desk: DeskProcess, request: Message, pending: Pending) -> None:
        end: UserError | None = None
        try:
            for frame in desk.caller.call(request, cancel=pending.stop):
                reply = (pending, _REPLIES.decode(frame.body), frame.raw)
                self._arrived.emit((self._reply, reply))
        except Cancelled:
            pass  # the user stopped it: that is an end, not an error
        except UserError as error:
            end = error
        except WorkerDied as error:
            end = UserError(str(error), "Restart the desk.", "desk_died")
        except msgspec.DecodeError as error:
            end = UserError(f"The desk sent something unknown: {error}", code="defect")
        self._arrived.emit((self._finish, (pending, end)))

    def _work(
        self, work: Callable[[], object], on_done: Callable[..., None], on_failed: OnFailed
    ) -> None:
        try:
            parcel = (on_done, work())
        except UserError as error:
            parcel = (on_failed, error)
        except OSError as error:
            words = f"Something could not be written: {error.strerror}."
            parcel = (on_failed, disk_full(error) or UserError(words, "Make room there."))
        self._arrived.emit(parcel)

    # --- on the main thread ---

    def _deliver(self, parcel: tuple[Callable[[object], None], object]) -> None:
        if not self._closing:
            handler, content = parcel
            handler(content)

    def _unasked(self, message: Message) -> None:
        self.unasked.emit(message)

    def _reply(self, content: tuple[Pending, Message, bytes]) -> None:
        pending, message, raw = content
        if pending.silent:
            return
        if isinstance(message, Token | Thinking):
            if type(message) is not pending.kind:
                self._flush(pending)
                pending.kind = type(message)
            pending.tokens.append(message.text)
            self._talking.add(pending)
            if not self._timer.isActive():
                self._timer.start()
            return
        self._flush(pending)
        pending.on_reply(message, raw)

    def _finish(self, content: tuple[Pending, UserError | None]) -> None:
        pending, error = content
        self._flush(pending)
        pending.finished = True
        if pending.silent:
            return
        if error is None:
            pending.on_done()
        else:
            pending.on_failed(error)

    def _flush(self, pending: Pending) -> None:
        self._talking.discard(pending)
        if pending.tokens and not pending.silent:
            text = "".join(pending.tokens)
            pending.tokens.clear()
            pending.on_reply(pending.kind(text=text), b"")

    def _flush_all(self) -> None:
        for pending in list(self._talking):
            self._flush(pending)

    def _ended(self, desk: DeskProcess | None) -> None:
        if desk is None or desk is not self._desk:
            return
        words = desk.last_words
        self._close_desk()
        self.lost.emit(words)
