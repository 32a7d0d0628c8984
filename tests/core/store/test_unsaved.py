"""No-trace conversations: as saved ones, in memory, and kept when that is asked for."""

import pytest

from carrel.errors import UserError
from carrel.events import Answer
from carrel.store.conversations import Conversations
from carrel.store.database import Database
from carrel.store.unsaved import UnsavedConversations


def said(text):
    return Answer(answer=text, origin="model", verdict="from_model")


def two_branches(store):
    """One turn, then two branches of a second; returns the ids."""
    talk, first = store.start_turn(0, "One?", "auto")
    store.save(first, "complete", said("1"))
    store.keep_prompt(first, "One as sent", first)
    _, second = store.start_turn(talk, "Two?", "auto")
    store.save(second, "complete", said("2"))
    _, other = store.start_turn(talk, "Two?", "auto", branch_of=second)
    store.save(other, "stopped", said("2b"), "Stopped.")
    return talk, first, second, other


def same(database):
    """Both stores, which must behave alike."""
    return UnsavedConversations(), Conversations(database)


def test_it_behaves_as_what_is_saved(tmp_path):
    database = Database(tmp_path / "carrel.db")
    seen = []
    for store in same(database):
        talk, first, second, other = two_branches(store)
        names = {first: "first", second: "second", other: "other", 0: ""}
        shown = []
        for choose in (second, other):
            assert store.choose(choose) == talk
            shown.append([
                (names[t.id], names[t.parent], [names[b] for b in t.branches], t.state, t.note,
                 t.question, t.result.answer)
                for t in store.open(talk).turns
            ])  # fmt: skip
            shown.append([(names[t.id], t.prompt, t.answer) for t in store.history(talk, 0)])
        shown.append([names[t.id] for t in store.open(talk, all_branches=True).turns])
        shown.append((store.asked_again(talk, other), store.history(talk, second)[0].prompt))
        seen.append(shown)
        with pytest.raises(UserError):
            store.choose(99)
        with pytest.raises(UserError):
            store.open(99)
        with pytest.raises(UserError):
            store.start_turn(talk, "?", "auto", branch_of=99)
    assert seen[0] == seen[1]
    database.close()


def test_keeping_saves_all_of_it(tmp_path):
    database = Database(tmp_path / "carrel.db")
    unsaved, saved = same(database)
    talk, *_ = two_branches(unsaved)
    unsaved.rename(talk, "Kept")
    assert database.value("SELECT count(*) FROM turns") == 0
    kept = saved.keep(unsaved.require(talk))
    before, after = unsaved.open(talk), saved.open(kept)
    assert after.title == "Kept"
    assert [(t.question, t.state, t.note, t.result) for t in after.turns] == [
        (t.question, t.state, t.note, t.result) for t in before.turns
    ]
    assert [len(t.branches) for t in after.turns] == [1, 2]
    first, second = saved.history(kept, 0)
    assert (first.prompt, first.window_from) == ("One as sent", first.id)
    assert second.answer == "2b"
    database.close()


def test_what_is_gone_is_a_sentence():
    unsaved = UnsavedConversations()
    talk, _ = unsaved.start_turn(0, "One?", "auto")
    assert [row.id for row in unsaved.listing()] == [talk]
    unsaved.delete(talk)
    assert unsaved.listing() == []
    with pytest.raises(UserError, match="memory only and is gone"):
        unsaved.open(talk)
