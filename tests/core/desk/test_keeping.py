"""The desk keeps the library in step: sync, pause, rules, what is left out, retry."""

import threading

import pytest

from carrel.desk import library_requests as l
from carrel.desk.keeping import handlers
from carrel.errors import UserError
from carrel.events import Changed, IndexProgress
from carrel.process.rpc import Call

from ..fake_core import FakeCore, write_samples


@pytest.fixture
def desk(profile, tmp_path):
    core = FakeCore(profile)
    core.library.add([str(write_samples(tmp_path / "docs"))])
    told = []
    served = handlers(core, told.append)

    def ask(request):
        return list(served[type(request)](request, Call(cancel=threading.Event(), fds=())))

    ask.core, ask.told, ask.docs = core, told, tmp_path / "docs"
    yield ask
    core.close()


def test_sync_answers_with_counts_and_tells_everybody(desk):
    (desk.docs / "boats.txt").write_text("Boats are moored here.")
    (done,) = desk(l.Sync())
    assert (done.new, done.unchanged, done.away) == (1, 2, [])
    assert any(isinstance(one, IndexProgress) and one.collection == "docs" for one in desk.told)
    assert isinstance(desk.told[-1], Changed)


def test_a_pause_is_kept_and_said_in_words(desk):
    assert desk(l.AskIndexing())[0] == l.IndexingIs(paused=False)
    (state,) = desk(l.Pause(paused=True))
    assert (state.paused, state.waiting, state.words) == (True, "paused", "Indexing is paused.")
    assert desk.core.library.catalogue.flag("paused") == "yes"
    assert desk(l.Pause(paused=False))[0] == l.IndexingIs(paused=False)
    assert desk.core.library.catalogue.flag("paused") == ""


def test_rules_are_set_shown_and_work_begins_soon(desk):
    rules = l.Rules(patterns=["travel.*"])
    assert desk(l.GetRules(collection="docs"))[0].rules == l.Rules()
    assert desk(l.SetRules(collection="docs", rules=rules))[0].rules == rules
    assert desk(l.GetRules(collection="docs"))[0].rules == rules
    assert desk.core.library.wanted.is_set()
    desk(l.Sync())
    (found,) = desk(l.ListLeftOut(collection="docs", contains="TRAVEL"))
    assert [(row.path, row.code) for row in found.rows] == [
        (str(desk.docs / "travel.txt"), "pattern")
    ]
    assert desk(l.ListLeftOut(contains="nothing"))[0].total == 0


def test_retry_reads_again(desk):
    (done,) = desk(l.Retry(documents=[str(desk.docs / "lease.md")]))
    assert done.changed == 1
    with pytest.raises(UserError, match="not in the library"):
        desk(l.Retry(documents=["/nothing"]))


def test_an_unknown_collection_is_a_sentence(desk):
    for request in (l.GetRules(collection="x"), l.Sync(collections=["x"])):
        with pytest.raises(UserError, match="no collection called x"):
            desk(request)
