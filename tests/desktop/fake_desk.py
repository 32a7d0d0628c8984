"""A scripted desk on threads, at the other end of two real pipes, speaking real frames.

The bridge cannot tell it from a process: it has the same start, caller, close and last words.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from carrel.desk import conversation_requests as talks
from carrel.desk import library_requests as keeping
from carrel.desk import requests as desk
from carrel.errors import Cancelled, UserError
from carrel.events import Changed, Message
from carrel.process.caller import Caller
from carrel.process.frames import Frame, PipeLine
from carrel.process.rpc import Call, Handler
from carrel.process.server import Server
from tests.desktop.fake_embedders import FakeEmbedders
from tests.desktop.fake_lab import FakeLab
from tests.desktop.fake_shelf import FakeShelf

Script = Sequence[Message | threading.Event]


class FakeDesk:
    """`handlers` replace the scripted ones of `Desk`; `die()` ends the line as a crash does."""

    def __init__(
        self,
        handlers: Mapping[type[Message], Handler],
        on_event: Callable[[Frame], None],
        on_end: Callable[[], None],
    ) -> None:
        self._handlers = handlers
        self._on_event = on_event
        self._on_end = on_end
        self._caller: Caller | None = None
        self.last_words = "was killed."

    @property
    def caller(self) -> Caller:
        assert self._caller is not None
        return self._caller

    def start(self) -> None:
        their_read, our_write = os.pipe()
        our_read, their_write = os.pipe()
        self._ours = PipeLine(our_read, our_write)
        self._theirs = PipeLine(their_read, their_write)
        self.server = Server(self._theirs, self._handlers, threads=3, on_end=self._theirs.close)
        self._thread = threading.Thread(target=self.server.run, name="fake desk", daemon=True)
        self._thread.start()
        self._caller = Caller(
            self._ours, "desk", words=lambda: self.last_words, on_event=self._on_event,
            on_end=self._on_end,
        )  # fmt: skip

    def die(self) -> None:
        """End as a killed process does: its ends of the line close under it."""
        self._theirs.close_writing()

    def close(self, grace: float = 5.0) -> None:
        self._ours.close_writing()
        self._thread.join(grace)
        self.caller.join(grace)
        self._ours.close()
        assert not self._thread.is_alive()


_GROUPS = {
    "readable": ("indexed", "keyword_only"),
    "unreadable": ("empty", "encrypted", "failed", "missing", "quarantined"),
}


class Desk:
    """What the fake desks of one test know and were asked; `make` is given to the bridge."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        self.made: list[FakeDesk] = []
        self.script: Script = ()
        self.collections: list[desk.CollectionRow] = []
        self.documents: list[desk.DocumentRow] = []
        self.conversations: list[talks.ConversationRow] = []
        self.opened: dict[int, talks.ConversationIs] = {}
        self.shelf = FakeShelf(self.asked)
        self.lab = FakeLab(self.asked)
        self.embedders = FakeEmbedders(self.asked)
        self.sources: dict[str, tuple[desk.SourceView, bytes]] = {}
        self.report: desk.PrivacyReport | None = None
        self.indexing = keeping.IndexingIs(paused=False)
        self.recognition = keeping.RecognitionIs(
            setting="ask", installed=True, documents=0, pages=0
        )
        self.synced: keeping.Synced | None = None
        self.plan: keeping.ForgetPlan | None = None
        self.forgotten: keeping.Forgotten | None = None
        self.rules = keeping.Rules(patterns=["*.log"])
        self.left_out: list[keeping.LeftOutRow] = []
        self.survey: list[keeping.SurveyRow] = []
        self.hold = threading.Event()  # a survey waits here before its last row
        self.hold.set()
        self.texts: dict[str, desk.TextIs] = {}
        self.summaries: dict[str, list[Message]] = {}
        self.branches: dict[int, talks.ConversationIs] = {}  # what choosing a turn answers
        self.kept: dict[int, talks.ConversationIs] = {}
        self.page = "<p>An exported page</p>"
        self.passphrase = ""
        self.locked = False
        self.handlers: dict[type[Message], Handler] = {
            desk.Ask: self._ask,
            desk.AddPaths: self._script,
            desk.ListCollections: self._say(
                lambda: desk.CollectionList(collections=self.collections)
            ),
            desk.ListDocuments: self._documents,
            talks.ListConversations: self._conversations,
            talks.OpenConversation: self._open,
            talks.RenameConversation: self._say(lambda: None),
            talks.DeleteConversation: self._say(lambda: None),
            desk.ViewSource: self._view,
            desk.RestartModel: self._say(lambda: None),
            desk.Probe: self._say(lambda: self.report),
            desk.SetSetting: self._say(lambda: None),
            keeping.AskIndexing: self._say(lambda: self.indexing),
            keeping.Pause: self._pause,
            keeping.Sync: self._say(lambda: self.synced),
            keeping.Retry: self._say(lambda: self.synced),
            keeping.WhatIsForgotten: self._say(lambda: self.plan),
            keeping.Forget: self._say(lambda: self.forgotten),
            **self._more(),
            **self._talks(),
            **self.shelf.handlers(),
            **self.lab.handlers(),
            **self.embedders.handlers(),
        }

    # --- conversations ---

    def _talks(self) -> dict[type[Message], Handler]:
        return {
            talks.PinConversation: self._say(lambda: None),
            talks.MoveConversation: self._say(lambda: None),
            talks.ChooseBranch: self._branch,
            talks.KeepConversation: self._keep,
            talks.ExportConversation: self._export,
        }

    def _branch(self, request: talks.ChooseBranch, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        yield self.branches[request.turn_id]

    def _keep(self, request: talks.KeepConversation, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        yield self.kept[request.conversation_id]

    def _export(
        self, request: talks.ExportConversation, call: Call
    ) -> Iterator[Message | tuple[Message, bytes]]:
        self.asked.append(request)
        done = talks.ConversationExported(
            path=request.path, format=request.format, turns=1, bytes=1, sha256="00"
        )
        yield done if request.path else (done, self.page.encode())

    # --- rules, surveys and the lock ---

    def _more(self) -> dict[type[Message], Handler]:
        return {
            keeping.AskRecognition: self._say(lambda: self.recognition),
            keeping.GetRules: self._rules,
            keeping.SetRules: self._rules,
            keeping.ListLeftOut: self._say(
                lambda: keeping.LeftOutList(rows=self.left_out, total=len(self.left_out))
            ),
            desk.ReadText: lambda request, call: iter([self.texts[request.document]]),
            keeping.Summarize: lambda request, call: iter(self.summaries[request.document]),
            keeping.Survey: self._survey,
            keeping.ListSurveys: self._say(lambda: keeping.SurveyList(surveys=self._surveys())),
            keeping.ExportSurvey: self._say(lambda: self._surveys()[0]),
            keeping.AskLock: self._say(self._lock_state),
            keeping.LockNow: self._lock,
            keeping.Unlock: self._unlock,
            keeping.SetPassphrase: self._set_passphrase,
            keeping.UnlockWithKey: self._unlock_with_key,
            keeping.KeyFor: self._key_for,
        }

    def _rules(self, request: keeping.GetRules | keeping.SetRules, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        if isinstance(request, keeping.SetRules):
            self.rules = request.rules
        yield keeping.RulesAre(collection=request.collection, rules=self.rules)

    def _survey(self, request: keeping.Survey, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        yield from self.survey[:-1]
        while not self.hold.wait(0.005):
            if call.cancel.is_set():
                yield self._surveys(done=len(self.survey) - 1)[0]
                return
        yield self.survey[-1]
        yield self._surveys()[0]

    def _surveys(self, done: int | None = None) -> list[keeping.SurveyIs]:
        if not self.survey:
            return []
        count = len(self.survey)
        return [
            keeping.SurveyIs(
                id=1, question="Who pays?", collections=[], created=0.0, documents=count,
                done=count if done is None else done, found=1, complete=done is None,
            )
        ]  # fmt: skip

    def _lock_state(self) -> keeping.LockIs:
        return keeping.LockIs(
            encrypted=bool(self.passphrase), locked=self.locked, words="How the lock stands."
        )

    def _lock(self, request: keeping.LockNow, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        self.locked = True
        yield self._lock_state()

    def _unlock(self, request: keeping.Unlock, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        if request.passphrase != self.passphrase:
            raise UserError("The passphrase is not right.", "Type it again.", "wrong_key")
        self.locked = False
        yield self._lock_state()

    def _unlock_with_key(self, request: keeping.UnlockWithKey, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        if bytes.fromhex(request.key) != self.passphrase.encode():
            raise UserError("The key opens nothing any more.", "Type it.", "stale_key")
        self.locked = False
        yield self._lock_state()

    def _key_for(self, request: keeping.KeyFor, call: Call) -> Iterator[Message]:
        if request.passphrase != self.passphrase:
            raise UserError("The passphrase is not right.", "Type it again.", "wrong_key")
        yield keeping.ProfileKey(key=self.passphrase.encode().hex())

    def _set_passphrase(self, request: keeping.SetPassphrase, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        if request.old != self.passphrase:
            raise UserError("The passphrase is not right.", "Type it again.", "wrong_key")
        self.passphrase = request.new
        yield self._lock_state()

    def make(self, on_event: Callable[[Frame], None], on_end: Callable[[], None]) -> FakeDesk:
        """Return a desk that is not started."""
        self.made.append(FakeDesk(self.handlers, on_event, on_end))
        return self.made[-1]

    def tell(self, message: Message) -> None:
        """Send an unasked message."""
        self.made[-1].server.send_event(message)

    def changed(self, *kinds: str) -> None:
        """Say that something has changed."""
        self.tell(Changed(kinds=list(kinds)))

    def requests(self, kind: type[Message]) -> list[Message]:
        """Return the requests of one kind, in order."""
        return [one for one in self.asked if isinstance(one, kind)]

    def _say(self, reply: Callable[[], Message | None]) -> Handler:
        def handler(request: Message, call: Call) -> Iterator[Message]:
            self.asked.append(request)
            message = reply()
            if message is not None:
                yield message

        return handler

    def _pause(self, request: keeping.Pause, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        words = "Indexing is paused." if request.paused else ""
        waiting: keeping.Waiting = "paused" if request.paused else ""
        self.indexing = keeping.IndexingIs(paused=request.paused, waiting=waiting, words=words)
        yield self.indexing

    def _script(self, request: Message, call: Call) -> Iterator[Message]:
        """Play the script; an Event in it waits until the test sets it or the user stops."""
        self.asked.append(request)
        for step in self.script:
            if isinstance(step, threading.Event):
                deadline = time.monotonic() + 30
                while not step.wait(0.005) and time.monotonic() < deadline:
                    if call.cancel.is_set():
                        break
            else:
                yield step

    def _ask(self, request: desk.Ask, call: Call) -> Iterator[Message]:
        for step in self._script(request, call):
            if call.cancel.is_set():
                raise Cancelled("stopped")
            yield step

    def _documents(self, request: desk.ListDocuments, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        rows = [
            row
            for row in self.documents
            if (not request.status or row.status in _GROUPS.get(request.status, request.status))
            and request.contains in row.path
        ]
        shown = rows[request.offset : request.offset + request.limit]
        yield desk.DocumentList(documents=shown, total=len(rows))

    def _conversations(self, request: talks.ListConversations, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        rows = [
            one
            for one in self.conversations
            if request.query in one.title or (one.found and request.query in one.found.snippet)
        ]
        yield talks.ConversationList(conversations=rows)

    def _open(self, request: talks.OpenConversation, call: Call) -> Iterator[Message]:
        self.asked.append(request)
        yield self.opened[request.conversation_id]

    def _view(self, request: desk.ViewSource, call: Call) -> Iterator[tuple[Message, bytes]]:
        self.asked.append(request)
        yield self.sources[request.document]
