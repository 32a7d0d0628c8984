"""Adding folders: every file settles with a status, nothing is done twice, nothing half stays."""

import os
import threading

import pytest

from carrel.errors import Cancelled, UserError
from carrel.store import listing

from ..fake_core import FakeCore, write_samples


@pytest.fixture
def core(profile):
    made = FakeCore(profile)
    yield made
    made.close()


@pytest.fixture
def docs(tmp_path):
    return write_samples(tmp_path / "docs")


def statuses(core):
    rows, _ = listing.documents(core.library.database)
    return {os.path.basename(row.path): row.status for row in rows}


def passages_embedded(core, monkeypatch):
    counted = []
    embedder = core.library.any_embedder()
    real = embedder.encode_passages
    monkeypatch.setattr(embedder, "encode_passages", lambda t: counted.extend(t) or real(t))
    return counted


def test_a_folder_becomes_a_collection_that_is_searchable(core, docs):
    added = core.library.add([str(docs)])
    assert (added.collection, added.documents, added.skipped) == ("docs", 2, [])
    assert added.passages >= 2
    assert 0 < added.searchable_seconds <= added.seconds
    assert statuses(core) == {"lease.md": "indexed", "travel.txt": "indexed"}
    assert core.library._index.counts() == (added.passages, added.passages)


def test_a_passage_is_its_source_text(core, docs):
    core.library.add([str(docs)])
    for name in ("lease.md", "travel.txt"):
        text, _ = core.library.catalogue.text(str(docs / name))
        document = core.library.catalogue.known(str(docs / name)).document_id
        rows = core.library.catalogue.passages_of(document)
        assert rows
        for row in rows:
            assert text[row.start : row.end] == row.text


def test_an_unchanged_folder_embeds_nothing_again(core, docs, monkeypatch):
    core.library.add([str(docs)])
    embedded = passages_embedded(core, monkeypatch)
    again = core.library.add([str(docs)])
    os.utime(docs / "lease.md", (5, 5))
    touched = core.library.add([str(docs)])
    assert embedded == []
    assert (again.documents, touched.documents) == (2, 2)
    (docs / "travel.txt").write_text("Boats are allowed now.")
    core.library.add([str(docs)])
    assert len(embedded) == 1
    assert [hit.text for hit in core.library.search("Are boats allowed?", k=1)] == [
        "Boats are allowed now."
    ]
    assert not [hit for hit in core.library.search("second class trains") if "class" in hit.text]


def test_every_bad_file_settles_and_good_ones_are_indexed(core, docs):
    (docs / "empty.txt").write_bytes(b"")
    (docs / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (docs / "broken.pdf").write_bytes(b"%PDF-1.7 this ends here")
    (docs / "picture.psd").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50)
    (docs / "odd 'name\".txt").write_text("Odd names are fine.")
    (docs / "new\nline.txt").write_text("Even with a line break.")
    (docs / "latin.txt").write_bytes("Größe und Übermaß in einem alten Text.".encode("latin-1"))
    os.mkfifo(docs / "pipe.txt")
    added = core.library.add([str(docs)])
    assert statuses(core) == {
        "lease.md": "indexed", "travel.txt": "indexed", "empty.txt": "empty",
        "binary.txt": "failed", "broken.pdf": "failed", "picture.psd": "failed",
        "odd 'name\".txt": "indexed", "new\nline.txt": "indexed", "latin.txt": "indexed",
        "pipe.txt": "failed",
    }  # fmt: skip
    assert {s.code for s in added.skipped} >= {
        "empty",
        "binary",
        "broken",
        "unsupported",
        "special",
    }
    assert all(s.reason for s in added.skipped)
    text, _ = core.library.catalogue.text(str(docs / "latin.txt"))
    assert "Größe und Übermaß" in text


def test_a_file_over_the_limit_is_left_unread(core, docs):
    core.settings.set("largest_file_mb", "1")
    with open(docs / "huge.txt", "wb") as file:
        file.truncate(500_000_000)
    added = core.library.add([str(docs)])
    assert [(s.code, "500 MB" in s.reason) for s in added.skipped] == [("too_large", True)]


def test_a_deleted_file_is_missing_and_not_found(core, docs):
    core.library.add([str(docs)])
    (docs / "lease.md").unlink()
    core.library.add([str(docs)])
    assert statuses(core)["lease.md"] == "missing"
    assert {h.document for h in core.library.search("boiler")} <= {str(docs / "travel.txt")}


def test_stopping_keeps_what_is_done_and_resuming_finishes(core, docs):
    cancel = threading.Event()

    def report(progress):
        if progress.stage == "meaning":
            cancel.set()

    with pytest.raises(Cancelled):
        core.library.add([str(docs)], "Docs", report, cancel)
    assert set(statuses(core).values()) == {"keyword_only"}
    assert core.library.search("boiler", k=1)[0].signals.keyword_rank == 1
    core.library.resume(lambda p: None, threading.Event())
    assert set(statuses(core).values()) == {"indexed"}


@pytest.mark.parametrize("when", ["words", "vectors"])
def test_a_crash_between_index_and_database_leaves_no_double_rows(profile, docs, monkeypatch, when):
    core = FakeCore(profile)
    mark = {"words": "mark_words", "vectors": "mark_meaning"}[when]

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(core.library.catalogue, mark, crash)
    with pytest.raises(KeyboardInterrupt):
        core.library.add([str(docs)])
    core.close()
    again = FakeCore(profile)
    again.library.resume(lambda p: None, threading.Event())
    words, meaning, documents = again.library.catalogue.counts()
    assert documents == 2
    assert again.library._index.counts() == (words, meaning) == (words, words)
    again.close()


def test_a_damaged_index_is_built_again(profile, docs):
    core = FakeCore(profile)
    core.library.add([str(docs)])
    core.close()
    for path in profile.index_folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"rubbish")
    again = FakeCore(profile)
    again.library.resume(lambda p: None, threading.Event())
    assert again.library.search("Who pays for the boiler?")
    assert set(statuses(again).values()) == {"indexed"}
    again.close()


def test_no_words_stand_readable_in_the_index(core, docs, profile):
    (docs / "canary.txt").write_text("The canary word is zanzibarium, twice zanzibarium.")
    core.library.add([str(docs)])
    assert core.library.search("zanzibarium", k=1)[0].document.endswith("canary.txt")
    for path in profile.index_folder.rglob("*"):
        if path.is_file():
            assert b"zanzibar" not in path.read_bytes().lower(), path


def test_two_folders_of_one_name_are_two_collections(core, tmp_path):
    for parent in ("a", "b"):
        write_samples(tmp_path / parent / "docs")
        core.library.add([str(tmp_path / parent / "docs")])
    assert core.library.catalogue.collection_names() == ["docs", "docs 2"]


def test_a_read_only_library_refuses_to_add(profile, docs):
    from carrel.library.embedders import fake_source
    from carrel.library.library import Library

    first = FakeCore(profile)
    first.library.add([str(docs)])
    reader = Library(profile, first.settings, first.reader, fake_source(), read_only=True)
    assert reader.search("boiler")
    with pytest.raises(UserError, match="reading only"):
        reader.add([str(docs)])
    reader.close()
    first.close()
