"""Embedders as the window asks for them: bad folders, and what must stay is not removed."""

from __future__ import annotations

import threading

import pytest

from carrel.desk import shelf_requests as s
from carrel.desk.service import Desk
from carrel.errors import UserError
from carrel.events import Changed
from carrel.process.rpc import Call
from tests.core.fake_core import FakeCore
from tests.core.tiny_embedder import make_tiny_embedder


@pytest.fixture
def desk(profile):
    core, told = FakeCore(profile), []
    handlers = Desk(core, core.reader, told.append).handlers()

    def ask(request):
        (reply,) = handlers[type(request)](request, Call(threading.Event(), ()))
        return reply

    ask.core, ask.told = core, told
    yield ask
    core.close()


def test_what_is_no_model_is_refused_and_what_serves_stays(desk, tmp_path):
    (only,) = desk(s.ListEmbedders()).embedders
    assert only.in_use
    assert only.starter
    for request in (
        s.AddEmbedder(path=str(tmp_path)),
        s.UseEmbedder(embedder_id="nothing"),
        s.RemoveEmbedder(embedder_id=only.id),
    ):
        with pytest.raises(UserError):
            desk(request)
    assert desk(s.ListEmbedders()).embedders == [only]


@pytest.mark.embedder
@pytest.mark.timeout(300)
def test_a_folder_is_prepared_chosen_and_taken_off(desk, tmp_path):
    added = desk(s.AddEmbedder(path=str(make_tiny_embedder(tmp_path))))
    assert added.added == "tiny-model"
    assert [one.in_use for one in added.embedders] == [True, False]
    used = desk(s.UseEmbedder(embedder_id="tiny-model"))
    assert [(one.in_use, one.preparing) for one in used.embedders] == [(True, False), (False, True)]
    assert Changed(kinds=["settings", "collections"]) in desk.told
    with pytest.raises(UserError, match="is in use"):
        desk(s.RemoveEmbedder(embedder_id="tiny-model"))
    desk.core.library.reembed(lambda progress: None, threading.Event())
    assert [one.in_use for one in desk(s.ListEmbedders()).embedders] == [False, True]
    back = desk(s.UseEmbedder(embedder_id=added.embedders[0].id))
    assert back.embedders[0].preparing
