"""Every request about conversations, to the desk process as the window has it."""

import hashlib
import json

import pytest

from carrel.desk import conversation_requests as c
from carrel.desk import requests as r
from carrel.errors import UserError
from carrel.events import Changed

from .test_desk_process import Line


@pytest.fixture
def desk(profile):
    line = Line(profile, "--fakes")
    yield line
    line.child.close()


def ask(desk, question, **more):
    return next(iter(list(desk.call(r.Ask(question=question, mode="model", **more)))))


def one(desk, request):
    (reply,) = desk.call(request)
    return reply


def rows(desk, query=""):
    return one(desk, c.ListConversations(query=query)).conversations


def test_each_request_does_what_it_says(desk, tmp_path):
    first = ask(desk, "Hello quokka")
    talk = first.conversation_id
    other = ask(desk, "Hello wombat", conversation_id=talk, branch_of=first.turn_id)
    assert other.branches == [first.turn_id, other.turn_id]
    hit, title = one(desk, c.SearchConversations(query="quok")).hits
    assert (title.part, title.turn_id) == ("title", 0)
    assert (hit.turn_id, hit.snippet[slice(*hit.marks[0])]) == (first.turn_id, "quokka")
    chosen = one(desk, c.ChooseBranch(turn_id=first.turn_id))
    assert [turn.id for turn in chosen.turns] == [first.turn_id]
    assert one(desk, c.OpenConversation(conversation_id=talk)) == chosen
    desk.told.clear()
    for request in (
        c.RenameConversation(conversation_id=talk, title="Animals"),
        c.PinConversation(conversation_id=talk, pinned=True),
        c.MoveConversation(conversation_id=talk, folder="Zoo"),
    ):
        assert list(desk.call(request)) == []
    (row,) = rows(desk, "wombat")
    assert (row.title, row.pinned, row.folder, row.found.turn_id) == (
        "Animals", True, "Zoo", other.turn_id,
    )  # fmt: skip
    assert desk.told.count(Changed(kinds=["conversations"])) == 3
    list(desk.call(c.DeleteConversation(conversation_id=talk)))
    assert rows(desk) == []


def test_exports_are_written_or_sent(desk, tmp_path):
    talk = ask(desk, "Hello quokka").conversation_id
    path = tmp_path / "talk.json"
    wish = c.ExportConversation(conversation_id=talk, format="json", path=str(path))
    done = one(desk, wish)
    assert done.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert json.loads(path.read_bytes())["turns"][0]["question"] == "Hello quokka"
    with pytest.raises(UserError, match="exists already"):
        list(desk.call(wish))
    (frame,) = desk.raw(c.ExportConversation(conversation_id=talk, format="html"))
    assert bytes(frame.raw).startswith(b"<!DOCTYPE html>")
    with pytest.raises(UserError, match="window's part"):
        list(desk.call(c.ExportConversation(conversation_id=talk, format="pdf")))


@pytest.mark.parametrize(
    "request_",
    [
        c.OpenConversation(conversation_id=77), c.RenameConversation(conversation_id=77, title="x"),
        c.PinConversation(conversation_id=77, pinned=True), c.ChooseBranch(turn_id=77),
        c.MoveConversation(conversation_id=77, folder="x"), c.OpenConversation(conversation_id=-7),
        c.DeleteConversation(conversation_id=77), c.KeepConversation(conversation_id=77),
        c.ExportConversation(conversation_id=77, format="html"), c.ChooseBranch(turn_id=-7),
        c.DeleteConversation(conversation_id=-7), c.KeepConversation(conversation_id=-7),
    ],
    ids=lambda one: f"{type(one).__name__}",
)  # fmt: skip
def test_what_is_gone_is_a_sentence(desk, request_):
    with pytest.raises(UserError, match=r"There is no|is gone"):
        list(desk.call(request_))
