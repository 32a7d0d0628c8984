"""Folders are watched: what happens in them is in the library soon, and a storm is one look."""

import os
import threading

import pytest
from watchdog.events import FileOpenedEvent

from carrel.library import watching
from carrel.library.watching import Keeper, Watch

from ..fake_core import FakeCore, write_samples

SOON = 20  # seconds that a test waits at most for what takes a fraction of one


class Looks:
    """Counts the looks of a keeper and waits for a state of the library."""

    def __init__(self, core):
        self._core = core
        self._done = threading.Condition()
        self.count = 0

    def __call__(self):
        with self._done:
            self.count += 1
            self._done.notify_all()

    def until(self, true):
        with self._done:
            assert self._done.wait_for(true, SOON)


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
def kept(core, docs):
    """A library that is kept in step: its looks."""
    looks = Looks(core)
    keeper = Keeper(core.library, lambda progress: None, quiet=0.05, latest=1.0, done=looks)
    keeper.start()
    looks.until(lambda: looks.count == 1)
    yield looks
    keeper.stop()


def titles(core, question):
    return [hit.title for hit in core.library.search(question, k=1)]


def known(core, path):
    found = core.library.catalogue.known(str(path))
    return found.status if found else None


def test_a_new_file_is_searchable_soon(core, docs, kept):
    (docs / "boats.txt").write_text("Boats are moored at the northern pier.")
    kept.until(lambda: known(core, docs / "boats.txt") == "indexed")
    assert titles(core, "boats moored") == ["boats"]


def test_a_new_folder_is_watched_too(core, docs, kept):
    (docs / "later").mkdir()
    (docs / "later" / "a.txt").write_text("First words.")
    kept.until(lambda: known(core, docs / "later" / "a.txt") == "indexed")
    (docs / "later" / "b.txt").write_text("Second words.")
    kept.until(lambda: known(core, docs / "later" / "b.txt") == "indexed")


def test_changed_renamed_and_deleted_files_are_followed(core, docs, kept):
    (docs / "travel.txt").write_text("Only ferries are paid for.")
    kept.until(lambda: titles(core, "ferries") == ["travel"])
    os.rename(docs / "travel.txt", docs / "trips.txt")
    kept.until(lambda: known(core, docs / "trips.txt") == "indexed")
    os.remove(docs / "trips.txt")
    kept.until(lambda: known(core, docs / "trips.txt") == "missing")


def test_a_folder_that_is_added_later_is_watched(core, docs, kept, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    core.library.add([str(other)], "Other")
    core.library.wanted.set()
    kept.until(lambda: kept.count >= 2)
    (other / "note.txt").write_text("A note.")
    kept.until(lambda: known(core, other / "note.txt") == "indexed")


def test_ten_thousand_events_are_a_few_looks(core, docs, kept, monkeypatch):
    before = kept.count
    for number in range(10_000):
        core.library.wanted.set()
        if number % 1000 == 0:
            (docs / f"{number}.txt").write_text(f"Number {number}.")
    kept.until(lambda: known(core, docs / "9000.txt") == "indexed")
    assert kept.count - before <= 5


def test_a_quiet_moment_is_not_waited_for_for_ever(core, docs, monkeypatch):
    """Something that writes all the time: the look is due after a while all the same."""
    looks = Looks(core)
    keeper = Keeper(core.library, lambda p: None, quiet=5.0, latest=0.2, done=looks)
    stop = threading.Event()

    def busy():
        while not stop.wait(0.01):
            core.library.wanted.set()

    writer = threading.Thread(target=busy, daemon=True)
    keeper.start()
    writer.start()
    try:
        looks.until(lambda: looks.count >= 3)
    finally:
        stop.set()
        writer.join()
        keeper.stop()


def test_reading_is_no_change():
    happened = []
    Watch(lambda: happened.append(1)).on_any_event(FileOpenedEvent("x"))
    assert happened == []


def test_a_folder_that_cannot_be_watched_is_said_and_looked_at_now_and_then(
    core, docs, monkeypatch
):
    def refuse(*_, **__):
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watching.Observer, "schedule", refuse)
    looks = Looks(core)
    keeper = Keeper(core.library, lambda p: None, quiet=0.01, every=0.05, done=looks)
    keeper.start()
    try:
        looks.until(lambda: looks.count >= 1)
        assert keeper.watch.unwatched == [str(docs)]
        (docs / "late.txt").write_text("Late words.")
        looks.until(lambda: known(core, docs / "late.txt") == "indexed")
    finally:
        keeper.stop()


def test_trouble_is_kept_and_tried_again(core, docs, monkeypatch):
    from carrel.errors import UserError

    real, trouble = core.library.sync, [UserError("The disk is full.", "Free some space.")]

    def sync(*arguments):
        if trouble:
            raise trouble.pop()
        return real(*arguments)

    monkeypatch.setattr(core.library, "sync", sync)
    looks = Looks(core)
    keeper = Keeper(core.library, lambda p: None, quiet=0.01, every=0.05, done=looks)
    problems = []
    keeper._done = lambda: (problems.append(keeper.problem), looks())
    keeper.start()
    try:
        looks.until(lambda: looks.count >= 2)
    finally:
        keeper.stop()
    assert problems[0].startswith("The disk is full.")
    assert problems[1] == ""
