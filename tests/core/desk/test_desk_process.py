"""The desk as the window has it: a process of its own, spoken to over a pipe."""

import os
import signal
import threading
from typing import get_args

import msgspec
import pytest

from carrel.desk import conversation_requests as c
from carrel.desk import lab_requests as lab
from carrel.desk import library_requests as l
from carrel.desk import requests as r
from carrel.desk import shelf_requests as s
from carrel.errors import UserError
from carrel.events import Added, Answered, Interrupted, Started, Token
from carrel.library.embedders import fake_source
from carrel.library.locking import change_passphrase
from carrel.process.child import Child

from ..fake_core import write_samples

REPLIES = msgspec.json.Decoder(r.Reply)
PASS = "correct horse battery"
QUESTION = "Who bears the cost of repair of the heating boiler?"


class Line:
    """A desk process and what it told unasked."""

    def __init__(self, profile, *arguments):
        self.told = []
        self.ready = threading.Event()
        self.child = Child(
            "desk", ["--profile", str(profile.data), *arguments], on_event=self._told
        )
        self.child.start()

    def _told(self, frame):
        message = REPLIES.decode(bytes(frame.body))
        self.told.append(message)
        if getattr(message, "state", "") == "ready":
            self.ready.set()

    def call(self, request, **more):
        for frame in self.child.caller.call(request, timeout=90, **more):
            yield REPLIES.decode(bytes(frame.body))

    def raw(self, request):
        return list(self.child.caller.call(request, timeout=90))


@pytest.fixture
def fake_desk(profile):
    line = Line(profile, "--fakes")
    yield line
    line.child.close()


def test_every_request_has_an_answer(fake_desk, tmp_path):
    """Each request of the contract is served: a list, a view, or a sentence."""
    docs = write_samples(tmp_path / "docs")
    assert isinstance(list(fake_desk.call(r.AddPaths(paths=[str(docs)])))[-1], Added)
    events = list(fake_desk.call(r.Ask(question=QUESTION)))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Answered)
    conversation = events[0].conversation_id
    citation = events[-1].result.citations[0]
    asked = [
        r.Overview(), r.ListCollections(), r.ListDocuments(), c.ListConversations(query="boiler"),
        c.OpenConversation(conversation_id=conversation), s.ListModels(), r.Probe(),
        c.RenameConversation(conversation_id=conversation, title="Boiler"),
        r.ReadText(document=citation.document),
        r.ViewSource(document=citation.document, start=citation.start, end=citation.end,
                     quote=citation.quote),
        r.SetSetting(name="theme", value="dark"),
        c.DeleteConversation(conversation_id=conversation), r.RestartModel(),
        l.Sync(), l.Pause(paused=False), l.AskIndexing(), l.AskRecognition(),
        l.GetRules(collection="docs"),
        l.SetRules(collection="docs", rules=l.Rules()), l.ListLeftOut(),
        l.Survey(question=QUESTION), l.ListSurveys(), l.Summarize(document=citation.document),
        l.ExportSurvey(survey_id=1, path=str(tmp_path / "survey.csv")),
        l.Retry(documents=[citation.document]), l.Rebuild(),
        l.AskLock(), l.SetPassphrase(old="", new=PASS), l.LockNow(), l.Unlock(passphrase=PASS),
        l.WhatIsForgotten(everything=True), l.Forget(everything=True), r.Quit(),
    ]  # fmt: skip
    answers = {type(one): list(fake_desk.call(one)) for one in asked}
    elsewhere = {r.Ask, r.AddPaths, l.KeyFor, l.UnlockWithKey, *get_args(s.ShelfRequest)}
    elsewhere |= set(get_args(c.ConversationRequest)) | set(get_args(lab.LabRequest))
    served = {*answers, *elsewhere}  # these in tests of their own
    assert served == set(get_args(r.Request))
    assert answers[r.Overview][0].documents == 2
    assert answers[c.ListConversations][0].conversations[0].id == conversation
    assert answers[r.Probe][0].confined
    states = [answers[kind][0] for kind in (l.AskLock, l.SetPassphrase, l.LockNow, l.Unlock)]
    assert [(one.encrypted, one.locked) for one in states] == [
        (False, False), (True, False), (True, True), (True, False)
    ]  # fmt: skip
    assert [type(one) for one in answers[l.Survey]] == [l.SurveyRow, l.SurveyRow, l.SurveyIs]
    assert answers[l.ListSurveys][0].surveys == answers[l.ExportSurvey]
    assert (tmp_path / "survey.csv").stat().st_size > 100
    assert isinstance(answers[l.Summarize][-1], l.SummaryIs)
    assert answers[l.Rebuild][-1].documents == answers[l.Forget][-1].documents == 2
    view = answers[r.ViewSource][0]
    assert (view.kind, view.state) == ("text", "stands")
    assert view.text[view.mark_start : view.mark_end] == citation.quote
    for request in (s.AddModel(path="/nowhere.gguf"), s.UseModel(model_id="nothing")):
        with pytest.raises(UserError):
            list(fake_desk.call(request))
    assert any(getattr(m, "kinds", None) == ["collections", "documents"] for m in fake_desk.told)


def test_a_profile_that_cannot_be_opened_is_said_to_every_request(profile):
    profile.database.write_bytes(b"rubbish" * 1000)
    line = Line(profile, "--fakes")
    for request in (r.Overview(), r.ListCollections()):
        with pytest.raises(UserError, match="damaged"):
            list(line.call(request))
    line.child.close()


def test_a_locked_profile_answers_nothing_before_the_passphrase(profile, tmp_path):
    change_passphrase(profile, fake_source(), "", PASS)
    line = Line(profile, "--fakes")
    (state,) = line.call(l.AskLock())
    assert (state.encrypted, state.locked) == (True, True)
    for request in (r.Overview(), r.ListCollections(), l.Sync()):
        with pytest.raises(UserError, match="locked"):
            list(line.call(request))
    with pytest.raises(UserError, match="not right"):
        list(line.call(l.Unlock(passphrase="not the passphrase")))
    (state,) = line.call(l.Unlock(passphrase=PASS))
    assert (state.encrypted, state.locked) == (True, False)
    assert next(iter(line.call(r.Overview()))).encrypted
    with pytest.raises(UserError, match="at least"):
        list(line.call(l.SetPassphrase(old=PASS, new="short")))
    with pytest.raises(UserError, match="not right"):
        list(line.call(l.SetPassphrase(old="wrong one", new="")))
    assert list(line.call(r.ListCollections()))  # still open after what failed
    (state,) = line.call(l.SetPassphrase(old=PASS, new=""))
    assert not state.encrypted
    with pytest.raises(UserError, match="no passphrase"):
        list(line.call(l.LockNow()))
    line.child.close()


def test_the_key_that_a_keyring_keeps_opens_until_the_passphrase_changes(profile):
    line = Line(profile, "--fakes")
    with pytest.raises(UserError, match="no passphrase"):
        list(line.call(l.KeyFor(passphrase="")))
    list(line.call(l.SetPassphrase(old="", new=PASS)))
    with pytest.raises(UserError, match="not right"):
        list(line.call(l.KeyFor(passphrase="not the passphrase")))
    (kept,) = line.call(l.KeyFor(passphrase=PASS))
    list(line.call(l.LockNow()))
    (state,) = line.call(l.UnlockWithKey(key=kept.key))
    assert (state.encrypted, state.locked) == (True, False)
    list(line.call(l.SetPassphrase(old=PASS, new="another horse battery")))
    list(line.call(l.LockNow()))
    for key in (kept.key, kept.key[:32], ""):
        with pytest.raises(UserError, match="does not open this profile any more") as caught:
            list(line.call(l.UnlockWithKey(key=key)))
        assert caught.value.code == "stale_key"
    (state,) = line.call(l.AskLock())
    assert state.locked
    line.child.close()


def test_locking_in_the_middle_of_requests_ends_nothing_but_them(profile, tmp_path):
    docs = write_samples(tmp_path / "docs")
    line = Line(profile, "--fakes")
    list(line.call(r.AddPaths(paths=[str(docs)])))
    list(line.call(l.SetPassphrase(old="", new=PASS)))
    done = threading.Event()
    answered, refused, other = [], [], []

    def ask():
        while not done.is_set():
            for request in (r.ListDocuments(), l.Survey(question=QUESTION), r.Overview()):
                try:
                    answered.append(list(line.call(request)))
                except UserError as error:
                    (refused if error.code == "locked" else other).append(error)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(4):
            list(line.call(l.LockNow()))
            list(line.call(l.Unlock(passphrase=PASS)))
    finally:
        done.set()
        for asker in askers:
            asker.join()
    assert answered
    assert refused
    assert other == []
    assert next(iter(line.call(r.Overview()))).documents == 2
    line.child.close()


def test_the_end_of_the_window_ends_the_desk_and_its_workers(profile):
    line = Line(profile, "--fakes")
    assert next(iter(line.call(r.Probe()))).confined
    assert line.ready.wait(60)
    line.child.close(grace=20)
    assert line.child.last_words == "ended."


@pytest.mark.engine
@pytest.mark.embedder
def test_a_model_killed_in_mid_answer_leaves_its_partial_answer_and_the_next_is_answered(
    profile, tmp_path
):
    line = Line(profile)
    list(line.call(r.AddPaths(paths=[str(write_samples(tmp_path / "docs"))])))
    events, killed = [], False
    for event in line.call(r.Ask(question="Tell me a long story.", mode="model")):
        events.append(event)
        if isinstance(event, Token) and not killed:
            killed = True
            os.kill(_child_named(line.child.pid, "model"), signal.SIGKILL)
    end = events[-1]
    assert isinstance(end, Interrupted)
    assert end.why == "died"
    assert "killed" in end.what
    conversation = events[0].conversation_id
    (opened,) = line.call(c.OpenConversation(conversation_id=conversation))
    assert (opened.turns[0].state, opened.turns[0].result.answer) == ("died", end.partial.answer)
    assert end.partial.answer
    request = r.Ask(
        question=QUESTION, mode="files", conversation_id=conversation, generated="always"
    )
    again = list(line.call(request))
    assert isinstance(again[-1], Answered)
    assert again[-1].result.verdict == "answered"
    line.child.close()


def _child_named(pid, kind):
    """The process id of this process's worker of that kind."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        direct = file.read().split()
    threads = os.listdir(f"/proc/{pid}/task")
    for thread in threads:
        with open(f"/proc/{pid}/task/{thread}/children") as file:
            direct += file.read().split()
    for child in direct:
        with open(f"/proc/{child}/cmdline", "rb") as file:
            if kind.encode() in file.read().split(b"\0"):
                return int(child)
    raise AssertionError(f"no {kind} worker among {direct}")
