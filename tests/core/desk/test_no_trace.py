"""A no-trace conversation in the real desk process: nothing of it in any file, until it is kept."""

import os
from pathlib import Path

import pytest

from carrel.desk import conversation_requests as c
from carrel.desk import library_requests as l
from carrel.desk import requests as r
from carrel.errors import UserError
from carrel.events import Answered, Changed, Started

from ..fake_core import write_samples
from .test_desk_process import Line

CANARY = "vexelwombat"
SAVED = "quirlbadger"


@pytest.fixture
def desk(profile, tmp_path, monkeypatch):
    """A desk whose temporary files lie in a folder of its own."""
    (tmp_path / "temp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    line = Line(profile, "--fakes")
    yield line
    line.child.close()


def ask(desk, question, **more):
    events = list(desk.call(r.Ask(question=question, **more)))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Answered)
    return events[0]


def files_with(folder: Path, word: str) -> list[str]:
    """The files that hold a word, in small letters or as it is."""
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            data = (Path(where) / name).read_bytes()
            if word.encode() in data or word[3:].encode() in data:  # indexes cut off beginnings
                found.append(name)
    return found


def test_nothing_of_it_is_in_any_file_until_it_is_kept(desk, tmp_path):
    write_samples(tmp_path / "docs")
    list(desk.call(r.AddPaths(paths=[str(tmp_path / "docs")])))
    ask(desk, f"Who pays the {SAVED} for the boiler?")
    assert "carrel.db" in "".join(files_with(tmp_path, SAVED))  # the search finds what is there
    begun = ask(desk, f"Who pays the {CANARY} for the boiler?", trace=False, in_memory=True)
    talk = begun.conversation_id
    assert talk < 0
    assert Changed(kinds=["conversations"]) in desk.told
    ask(desk, f"And the {CANARY} of small repairs?", trace=False, conversation_id=talk)
    ask(desk, f"Hello {CANARY}", trace=False, conversation_id=talk, mode="model")
    again = ask(desk, f"Hello {CANARY}!", trace=False, conversation_id=talk,
                branch_of=begun.turn_id)  # fmt: skip
    list(desk.call(c.ChooseBranch(turn_id=begun.turn_id)))
    (opened,) = desk.call(c.OpenConversation(conversation_id=talk))
    assert opened.turns[0].branches == [begun.turn_id, again.turn_id]
    assert len(opened.turns) == 3
    assert all(CANARY in turn.question for turn in opened.turns)
    (listed,) = desk.call(c.ListConversations())
    assert [row.id for row in listed.conversations] == [talk, 1]
    assert files_with(tmp_path, CANARY) == []
    with pytest.raises(UserError, match="no list that lasts"):
        list(desk.call(c.PinConversation(conversation_id=talk, pinned=True)))
    (kept,) = desk.call(c.KeepConversation(conversation_id=talk))
    assert kept.id == 2
    assert [turn.question for turn in kept.turns] == [turn.question for turn in opened.turns]
    assert files_with(tmp_path, CANARY) != []
    with pytest.raises(UserError, match="is gone"):
        list(desk.call(c.OpenConversation(conversation_id=talk)))


def test_it_ends_with_the_desk_and_can_be_deleted(profile):
    for way in ("delete", "end"):
        line = Line(profile, "--fakes")
        talk = ask(line, f"Hello {CANARY}", trace=False, in_memory=True).conversation_id
        if way == "delete":
            list(line.call(c.DeleteConversation(conversation_id=talk)))
        else:
            line.child.close()
            line = Line(profile, "--fakes")
        with pytest.raises(UserError, match="is gone"):
            list(line.call(c.OpenConversation(conversation_id=talk)))
        line.child.close()
    assert files_with(profile.data, CANARY) == []


def test_what_is_forgotten_does_not_come_back_when_it_is_kept(desk, tmp_path):
    docs = write_samples(tmp_path / "docs")
    (docs / "secret.txt").write_text(f"The {CANARY} keeps forty-one quokkas in the cellar.")
    list(desk.call(r.AddPaths(paths=[str(docs)])))
    question = "Who keeps quokkas in the cellar?"
    talk = ask(desk, question, trace=False, in_memory=True).conversation_id
    (opened,) = desk.call(c.OpenConversation(conversation_id=talk))
    assert CANARY in opened.turns[0].result.answer
    list(desk.call(l.Forget(paths=[str(docs / "secret.txt")])))
    (kept,) = desk.call(c.KeepConversation(conversation_id=talk))
    assert kept.turns[0].question == question
    assert CANARY not in repr(kept)
    assert files_with(tmp_path / "profile", CANARY) == []
    talk = ask(desk, "Hello", trace=False, in_memory=True).conversation_id
    list(desk.call(l.Forget(everything=True)))
    with pytest.raises(UserError, match="is gone"):
        list(desk.call(c.OpenConversation(conversation_id=talk)))
