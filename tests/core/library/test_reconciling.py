"""Sync: new, changed, moved, missing, away; nothing is read or embedded twice."""

import os
import shutil

import pytest

from carrel.errors import UserError
from carrel.library import reconciling
from carrel.library.rules import Rules
from carrel.store import listing

from ..fake_core import FakeCore, write_samples
from .test_indexing import passages_embedded, statuses


@pytest.fixture
def core(profile):
    made = FakeCore(profile)
    yield made
    made.close()


@pytest.fixture
def docs(tmp_path, core):
    folder = write_samples(tmp_path / "docs")
    core.library.add([str(folder)])
    return folder


@pytest.fixture
def work(core, docs, monkeypatch):
    """Names of the files that are read, and passages that are embedded, from now on."""
    read = []
    real = core.reader.extract

    def extract(request, fd, timeout):
        read.append(request.name)
        return real(request, fd, timeout)

    monkeypatch.setattr(core.reader, "extract", extract)
    return read, passages_embedded(core, monkeypatch)


def found(core, question):
    return [os.path.basename(hit.document) for hit in core.library.search(question, k=1)]


def counts_agree(core):
    assert core.library._index.counts() == core.library.catalogue.counts()[:2]


def test_nothing_is_done_where_nothing_changed(core, docs, work):
    done = core.library.sync()
    assert (done.unchanged, done.new, done.changed, done.moved, done.missing) == (2, 0, 0, 0, 0)
    assert done.documents == 2
    assert work == ([], [])


def test_new_and_changed_files_are_taken_in(core, docs, work):
    (docs / "boats.txt").write_text("Boats are moored at the northern pier.")
    (docs / "travel.txt").write_text("Only ferries are paid for.")
    done = core.library.sync(["docs"])
    assert (done.new, done.changed, done.unchanged) == (1, 1, 1)
    assert sorted(work[0]) == ["boats.txt", "travel.txt"]
    assert found(core, "Where are boats moored?") == ["boats.txt"]
    assert found(core, "ferries") == ["travel.txt"]
    counts_agree(core)


@pytest.mark.parametrize("renamed", [False, True])
def test_a_moved_file_is_neither_read_nor_embedded_again(core, docs, work, renamed):
    (docs / "archive").mkdir()
    name = "journeys.txt" if renamed else "travel.txt"
    before = core.library.catalogue.known(str(docs / "travel.txt")).document_id
    os.rename(docs / "travel.txt", docs / "archive" / name)
    done = core.library.sync()
    assert (done.moved, done.new, done.missing) == (1, 0, 0)
    assert work == ([], [])
    assert core.library.catalogue.known(str(docs / "archive" / name)).document_id == before
    (hit,) = core.library.search("second class trains", k=1)
    assert (hit.document, hit.title) == (str(docs / "archive" / name), name.removesuffix(".txt"))
    assert set(statuses(core).values()) == {"indexed"}
    counts_agree(core)


def test_the_words_of_a_new_name_are_found_and_those_of_the_old_are_not(core, docs):
    os.rename(docs / "travel.txt", docs / "zanzibar.txt")
    core.library.sync()
    (hit,) = core.library.search("zanzibar", k=1)
    assert hit.signals.keyword_rank == 1
    assert hit.document == str(docs / "zanzibar.txt")
    counts_agree(core)


def test_what_was_quoted_from_a_file_that_moved_leads_to_it(core, docs):
    os.rename(docs / "travel.txt", docs / "trips.txt")
    core.library.sync()
    assert core.library.catalogue.moved_to(str(docs / "travel.txt")) == str(docs / "trips.txt")
    os.rename(docs / "trips.txt", docs / "travel.txt")  # and back
    core.library.sync()
    assert core.library.catalogue.moved_to(str(docs / "travel.txt")) is None


def test_a_copy_is_another_document(core, docs, work):
    shutil.copy(docs / "travel.txt", docs / "copy.txt")
    assert core.library.sync().new == 1
    assert work[0] == ["copy.txt"]


def test_two_copies_that_both_move_stay_two_documents(core, docs, work):
    shutil.copy(docs / "travel.txt", docs / "copy.txt")
    core.library.sync()
    for name in ("travel.txt", "copy.txt"):
        os.rename(docs / name, docs / f"moved-{name}")
    assert core.library.sync().moved == 2
    assert work[0] == ["copy.txt"]
    assert len(statuses(core)) == 3


def test_a_deleted_file_is_missing_and_comes_back_without_being_read(core, docs, work):
    text = (docs / "travel.txt").read_bytes()
    os.remove(docs / "travel.txt")
    assert core.library.sync().missing == 1
    assert core.library.sync().missing == 0  # said once
    assert statuses(core)["travel.txt"] == "missing"
    assert "travel.txt" not in found(core, "second class trains")
    counts_agree(core)
    (docs / "travel.txt").write_bytes(text)
    core.library.sync()
    assert statuses(core)["travel.txt"] == "indexed"
    assert found(core, "second class trains") == ["travel.txt"]
    assert work[0] == []
    counts_agree(core)


def test_a_missing_file_that_turns_up_in_another_collection_is_moved(core, docs, tmp_path, work):
    other = tmp_path / "other"
    other.mkdir()
    core.library.add([str(other)], "Other")
    os.rename(docs / "travel.txt", other / "travel.txt")
    assert core.library.sync(["docs"]).missing == 1
    assert core.library.sync(["Other"]).moved == 1
    assert work[0] == []
    assert found(core, "second class trains") == ["travel.txt"]
    assert core.library.search("trains", collections=["Other"])


@pytest.mark.parametrize("mount_point", [False, True])
def test_a_drive_that_is_not_connected_empties_nothing(
    core, docs, tmp_path, monkeypatch, mount_point
):
    core.library.sync()
    os.rename(docs, tmp_path / "unplugged")
    if mount_point:  # an empty folder stays where the drive was mounted
        docs.mkdir()
        real = os.stat

        def another_device(path, *rest, **named):
            found = real(path, *rest, **named)
            if str(path) != str(docs):
                return found
            return os.stat_result((*found[:2], found.st_dev + 1, *found[3:]))

        monkeypatch.setattr(reconciling.os, "stat", another_device)
    done = core.library.sync()
    assert (done.away, done.missing) == (["docs"], 0)
    assert set(statuses(core).values()) == {"indexed"}
    assert found(core, "second class trains") == ["travel.txt"]
    monkeypatch.undo()
    if mount_point:
        docs.rmdir()
    else:
        (row,) = listing.collections(core.library.database)
        assert row.state == "away"
    os.rename(tmp_path / "unplugged", docs)
    done = core.library.sync()
    assert (done.away, done.unchanged) == ([], 2)


def test_what_lies_on_a_drive_that_is_away_is_not_moved_to_a_copy(core, docs, tmp_path):
    shutil.copytree(docs, tmp_path / "copies")
    os.rename(docs, tmp_path / "unplugged")
    core.library.add([str(tmp_path / "copies")], "Copies")
    paths = {row.path for row in listing.documents(core.library.database)[0]}
    assert str(docs / "travel.txt") in paths
    assert str(tmp_path / "copies" / "travel.txt") in paths


def test_one_file_in_two_collections_is_indexed_once(core, docs, work):
    core.library.add([str(docs / "travel.txt")], "Trips")
    assert work == ([], [])
    assert len(statuses(core)) == 2
    (docs / "travel.txt").write_text("Nothing is paid any more.")
    core.library.sync()
    assert work[0] == ["travel.txt"]
    for name in ("docs", "Trips"):
        assert core.library.search("paid", collections=[name])
    counts_agree(core)


def test_a_rule_takes_documents_out_and_gives_them_back(core, docs, work):
    (collection, _), *_ = core.library.catalogue.collection_ids()
    core.library.catalogue.set_rules(collection, Rules(patterns=["travel.*"]))
    core.library.sync()
    assert list(statuses(core)) == ["lease.md"]
    assert core.library.search("second class trains", k=1)[0].title != "travel"
    (row,), total = core.library.catalogue.left_out(["docs"])
    assert (row[:2], row[3], total) == ((str(docs / "travel.txt"), "pattern"), "docs", 1)
    counts_agree(core)
    core.library.catalogue.set_rules(collection, Rules())
    assert core.library.sync().new == 1
    assert core.library.catalogue.left_out([])[1] == 0
    assert work[0] == ["travel.txt"]


def test_a_rule_of_one_collection_leaves_the_other_alone(core, docs):
    core.library.add([str(docs / "travel.txt")], "Trips")
    ids = dict((name, number) for number, name in core.library.catalogue.collection_ids())
    core.library.catalogue.set_rules(ids["docs"], Rules(patterns=["travel.*"]))
    core.library.sync()
    assert core.library.search("trains", collections=["Trips"])
    (hit,) = core.library.search("second class trains", collections=["docs"], k=1)
    assert hit.title != "travel"


def test_hard_links_and_names_in_other_cases_are_documents_of_their_own(core, docs, work):
    os.link(docs / "travel.txt", docs / "TRAVEL.txt")
    assert core.library.sync().new == 1
    os.remove(docs / "travel.txt")
    done = core.library.sync()
    assert (done.missing, done.moved) == (1, 0)
    assert found(core, "second class trains") == ["TRAVEL.txt"]


def test_retry_reads_what_nothing_has_changed_in(core, docs, work):
    core.library.retry([str(docs / "travel.txt")])
    assert work[0] == ["travel.txt"]
    assert statuses(core)["travel.txt"] == "indexed"
    counts_agree(core)
    with pytest.raises(UserError, match="not in the library"):
        core.library.retry([str(docs / "nothing.txt")])
