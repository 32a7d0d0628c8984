"""The model shelf as the window asks for it: what a file is, adding, copying, finding, removing."""

from __future__ import annotations

import hashlib
import threading
from typing import get_args

import pytest

from carrel.desk import conversation_requests as c
from carrel.desk import library_requests as l
from carrel.desk import requests as r
from carrel.desk import shelf
from carrel.desk import shelf_requests as s
from carrel.desk.service import Desk
from carrel.errors import Cancelled, UserError
from carrel.events import Answered, Changed
from carrel.process.rpc import Call
from carrel_models.discovery import Place
from tests.models.test_splits import write_split
from tests.models.tiny_gguf import write_tiny

from ..fake_core import FakeCore


class Told:
    """What the desk told everybody, and how to wait for it."""

    def __init__(self):
        self.messages = []
        self.models = threading.Semaphore(0)

    def __call__(self, message):
        self.messages.append(message)
        if isinstance(message, Changed) and "models" in message.kinds:
            self.models.release()


@pytest.fixture
def desk(profile):
    core, told = FakeCore(profile), Told()
    handlers = Desk(core, core.reader, told).handlers()

    def ask(request, cancel=None):
        return list(handlers[type(request)](request, Call(cancel or threading.Event(), ())))

    ask.handlers, ask.told, ask.core = handlers, told, core
    yield ask
    core.close()


@pytest.fixture
def tiny(tmp_path):
    return write_tiny(tmp_path / "tiny.gguf")


def rows(replies):
    (reply,) = [one for one in replies if isinstance(one, s.ModelList)]
    return reply.models


def test_every_request_has_a_handler(desk):
    at_the_door = {l.AskLock, l.Unlock, l.SetPassphrase, l.LockNow, l.KeyFor, l.UnlockWithKey}
    assert set(desk.handlers) | at_the_door == set(get_args(r.Request))


def test_a_file_is_described_before_it_is_added(desk, tiny):
    (told,) = desk(s.DescribeFile(path=str(tiny)))
    assert (told.problem, told.already, told.model.kind) == ("", False, "chat model")
    assert (told.model.name, told.model.template, told.model.fits) == ("Tiny", "unknown", "yes")
    assert told.model.context_that_fits == told.model.trained_context == 512
    assert len(rows(desk(s.ListModels()))) == 1
    desk(s.AddModel(path=str(tiny)))
    assert desk(s.DescribeFile(path=str(tiny)))[0].already


BAD = {
    "page.gguf": (b"<!DOCTYPE html>", "web page", "Download the file itself"),
    "pointer.gguf": (b"version https://git-lfs.github.com/spec/v1\n", "LFS pointer", "git lfs"),
    "empty.gguf": (b"", "empty", "complete"),
    "cut.gguf": (b"GGUF\x03", "not copied completely", "complete"),
    "model.gguf.part": (b"GGUF\x03", "not complete yet", "Wait"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_used_is_said_to_be_so(desk, tmp_path, name):
    data, words, what_to_do = BAD[name]
    (tmp_path / name).write_bytes(data)
    (told,) = desk(s.DescribeFile(path=str(tmp_path / name)))
    assert words in told.problem
    assert what_to_do in told.what_to_do
    with pytest.raises(UserError, match=words):
        desk(s.AddModel(path=str(tmp_path / name)))
    assert len(rows(desk(s.ListModels()))) == 1


def test_what_is_not_there_and_what_is_a_folder(desk, tmp_path):
    assert "no file" in desk(s.DescribeFile(path=str(tmp_path / "none.gguf")))[0].problem
    (tmp_path / "adapter_config.json").write_text("{}")
    assert "PEFT" in desk(s.DescribeFile(path=str(tmp_path)))[0].problem


def test_adding_takes_no_time_and_the_digest_follows(desk, tiny):
    row = rows(desk(s.AddModel(path=str(tiny))))[1]
    assert (row.path, row.copied, row.sha256) == (str(tiny), False, "")
    assert desk.told.models.acquire(timeout=20)  # added
    assert desk.told.models.acquire(timeout=20)  # and identified
    row = rows(desk(s.ListModels()))[1]
    assert row.sha256 == hashlib.sha256(tiny.read_bytes()).hexdigest()


def test_copying_tells_its_progress_and_removing_takes_the_copy(desk, tiny, profile):
    replies = desk(s.AddModel(path=str(tiny), copy=True))
    steps = [one for one in replies if isinstance(one, s.ShelfProgress)]
    assert (steps[-1].step, steps[-1].fraction) == ("copying", 1.0)
    row = rows(replies)[1]
    assert row.copied
    assert row.path.startswith(str(profile.models))
    assert len(rows(desk(s.RemoveModel(model_id=row.id)))) == 1
    assert list((profile.models / "files").iterdir()) == []
    assert tiny.exists()


def test_a_stop_leaves_nothing(desk, tiny, profile):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        desk(s.AddModel(path=str(tiny), copy=True), stop)
    assert len(rows(desk(s.ListModels()))) == 1
    assert list((profile.models / "files").iterdir()) == []


def test_a_split_model_is_one_row(desk, tmp_path):
    parts = write_split(tmp_path)
    row = rows(desk(s.AddModel(path=str(parts[1]))))[1]
    assert (row.path, row.parts) == (str(parts[0]), 3)


def test_the_starter_stays_and_unknown_models_are_named(desk):
    (starter,) = rows(desk(s.ListModels()))
    with pytest.raises(UserError, match="comes with Carrel"):
        desk(s.RemoveModel(model_id=starter.id))
    for request in (s.RemoveModel(model_id="x"), s.UseModel(model_id="x")):
        with pytest.raises(UserError, match="No model"):
            desk(request)


def test_models_of_other_programs_are_offered_until_they_are_added(desk, tmp_path, monkeypatch):
    folder = tmp_path / "programs"
    folder.mkdir()
    found = write_tiny(folder / "found.gguf", seed=7)
    monkeypatch.setattr(shelf, "places", lambda: [Place("LM Studio", folder)])
    (told,) = desk(s.FindModels())
    assert [(one.path, one.program, one.kind) for one in told.found] == [
        (str(found), "LM Studio", "chat model")
    ]
    assert told.searched == [str(folder)]
    desk(s.AddModel(path=str(found)))
    assert desk(s.FindModels())[0].found == []


def test_a_turn_names_its_model_by_content_though_nobody_computed_the_digest(desk, tiny):
    desk.core.model.choose(str(tiny))  # as `ask --model FILE` does
    answered = desk(r.Ask(question="Hello?", mode="model"))[-1]
    assert isinstance(answered, Answered)
    card = desk.core.registry.list()[1]
    digest = hashlib.sha256(tiny.read_bytes()).hexdigest()
    assert (answered.result.model.id, answered.result.model.sha256) == (card.id, digest)
    saved = desk(c.OpenConversation(conversation_id=1))[0].turns[0].result
    assert saved.model.sha256 == card.sha256 == digest


def test_suggestions(desk):
    (told,) = desk(s.SuggestModels())
    assert len(told.suggestions) == 5


def test_an_embedder_is_chosen_as_a_setting_and_an_unknown_one_refused(desk):
    with pytest.raises(UserError, match="No embedder is called gone"):
        desk(r.SetSetting(name="embedder", value="gone"))
    assert desk.core.settings.text("embedder") == ""
    desk.core.library.wanted.clear()
    desk(r.SetSetting(name="embedder", value="hash"))
    assert desk.core.library.wanted.is_set(), "the keeper looks at it soon"
    assert Changed(kinds=["settings", "collections"]) in desk.told.messages
