"""Another embedder: its vectors are made beside those that serve, and a kill in between resumes."""

import subprocess
import sys
import threading

import pytest

from carrel.errors import Cancelled
from carrel.fakes import HashEmbedder
from carrel.library.embedders import EmbedderSource
from carrel.library.library import Library
from carrel.library.locking import change_passphrase
from carrel.library.vectors import table_name
from carrel.library.watching import Keeper
from carrel.profile import Profile
from carrel.reading.inline import InlineReader
from carrel.settings import Settings
from carrel.store.passphrase import key_for

FILES = 30
QUESTIONS = ["harbour lantern", "bread with salt", "topic7 winter", "the glass roof of topic12"]


class Named(HashEmbedder):
    """A hashing embedder with an id; counts what it embeds, and may fail at a passage."""

    def __init__(self, id, dimensions, fail_after=None):
        super().__init__(dimensions)
        self.id, self.sha256 = id, id.ljust(64, "0")
        self.fail_after = fail_after
        self.embedded = 0

    def encode_batches(self, texts, interrupt):
        for places, part in super().encode_batches(texts, interrupt):
            if self.fail_after is not None and self.embedded >= self.fail_after:
                raise RuntimeError("the computer loses its power here")
            self.embedded += len(part)
            yield places, part


def source(made):
    return EmbedderSource(made.id, made.dimensions, lambda: made)


OLD, NEW = Named("old", 48), Named("new", 96)


class Shelf:
    def __init__(self, made):
        self.sources = {one.id: source(one) for one in made}
        self.source = self.sources.get
        self.languages = lambda embedder_id: []


def open_library(profile, chosen, shelf=(OLD, NEW), key=None):
    settings = Settings(profile.settings)
    return Library(profile, settings, InlineReader(), source(chosen), shelf=Shelf(shelf), key=key)


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "notes"
    found.mkdir()
    words = ["harbour lantern", "bread with salt", "winter coat", "glass roof", "quiet engine"]
    for number in range(FILES):
        paragraphs = [
            f"The {words[(number + i) % 5]} of topic{number} is described in part {i}. " * 12
            for i in range(20)
        ]
        (found / f"note{number}.md").write_text("\n\n".join([f"# Note {number}", *paragraphs]))
    return found


@pytest.fixture
def filled(profile, folder):
    """A profile whose vectors are those of OLD."""
    library = open_library(profile, OLD)
    library.add([str(folder)], "Notes")
    assert library.catalogue.counts()[1] > 2 * 192, "more than two batches of vectors"
    library.close()
    return profile


def told(library, k=10):
    """What every question finds: documents, texts, and all that found them."""
    return [
        [(hit.document, hit.start, hit.signals) for hit in library.search(question, k)]
        for question in QUESTIONS
    ]


def quiet(progress):
    pass


def tables(profile):
    return sorted(one.stem for one in profile.index_folder.glob("vectors_*"))


def test_after_the_switch_everything_is_as_in_a_fresh_library(filled, folder, tmp_path):
    other = Profile.at(tmp_path / "fresh")
    other.create()
    fresh = open_library(other, NEW)
    fresh.add([str(folder)], "Notes")
    library = open_library(filled, NEW)
    before = told(library)
    reports = []
    library.reembed(reports.append, threading.Event())
    assert told(library) == told(fresh) != before
    assert library.catalogue.embedder() == (NEW.id, NEW.sha256)
    assert tables(filled) == ["vectors_new"]
    assert library.verify().ok
    assert reports[0].passages_by_meaning == 0
    assert reports[-1].passages_by_meaning == reports[-1].passages == fresh.catalogue.counts()[1]
    assert reports[-1].stage == "done"
    library.close()
    again = open_library(filled, NEW)
    assert told(again) == told(fresh)
    again.close()
    fresh.close()


def test_the_old_vectors_serve_until_the_new_ones_are_all_there(filled):
    library = open_library(filled, NEW)
    wanted = told(library)
    found = []
    library.reembed(lambda progress: found.append(told(library)), threading.Event())
    assert len(found) >= 3
    assert all(one == wanted for one in found[:-1]), "the last report comes after all are there"
    assert told(library) != wanted
    library.close()


def test_a_failure_in_the_middle_goes_on_where_it_ended(filled):
    dying = Named("new", 96, fail_after=250)
    library = open_library(filled, dying, (OLD, dying))
    before = told(library)
    with pytest.raises(RuntimeError, match="power"):
        library.reembed(quiet, threading.Event())
    assert told(library) == before
    assert library.catalogue.embedder() == (OLD.id, OLD.sha256)
    library.close()
    assert tables(filled) == ["vectors_new", "vectors_old"]
    well = Named("new", 96)
    library = open_library(filled, well, (OLD, well))
    assert told(library) == before
    library.reembed(quiet, threading.Event())
    assert 0 < well.embedded <= library.catalogue.counts()[1] - 192
    assert library.verify().ok
    assert tables(filled) == ["vectors_new"]
    library.close()


def test_who_wants_to_change_the_library_comes_first(filled, folder):
    library = open_library(filled, NEW)
    (folder / "late.md").write_text("# Late\n\nA kingfisher sat on the late fence.")
    adding = threading.Thread(target=library.sync)
    library.wanted.clear()

    def interrupt(progress):
        if progress.passages_by_meaning and not adding.ident:
            adding.start()
            while not library._line.is_set():
                threading.Event().wait(0.001)

    with pytest.raises(Cancelled):
        library.reembed(interrupt, threading.Event())
    assert library.wanted.is_set(), "it goes on at the next look"
    adding.join()
    assert library.search("kingfisher", 1)[0].signals.vector_rank == 1
    library.reembed(quiet, threading.Event())
    assert library.search("kingfisher", 1)[0].signals.vector_rank == 1
    assert library.verify().ok
    library.close()


def test_what_is_forgotten_meanwhile_is_in_neither(filled, folder):
    from carrel.library.forgetting import Wish

    dying = Named("new", 96, fail_after=250)
    library = open_library(filled, dying, (OLD, dying))
    with pytest.raises(RuntimeError):
        library.reembed(quiet, threading.Event())
    held = set(library._index.beside().values())
    path = library.catalogue.path(min(held))
    library.forget(Wish(paths=[path]))
    assert set(library._index.beside().values()) == held - {min(held)}
    dying.fail_after = None
    library.reembed(quiet, threading.Event())
    assert library.verify().ok
    assert path not in {hit.document for hit in library.search("topic0 lantern", 50)}
    library.close()


def test_a_change_of_mind_drops_what_was_made(filled):
    dying = Named("new", 96, fail_after=250)
    library = open_library(filled, dying, (OLD, dying))
    with pytest.raises(RuntimeError):
        library.reembed(quiet, threading.Event())
    library.close()
    library = open_library(filled, OLD)
    assert library.search("lantern", 1)
    library.reembed(quiet, threading.Event())
    assert tables(filled) == ["vectors_old"]
    assert library.verify().ok
    library.close()


def test_vectors_of_other_weights_under_the_same_name_are_made_anew(filled):
    dying = Named("new", 96, fail_after=250)
    library = open_library(filled, dying, (OLD, dying))
    with pytest.raises(RuntimeError):
        library.reembed(quiet, threading.Event())
    library.close()
    other = Named("new", 96)
    other.sha256 = "f" * 64
    library = open_library(filled, other, (OLD, other))
    library.reembed(quiet, threading.Event())
    assert other.embedded == library.catalogue.counts()[1]
    library.close()


def test_a_passphrase_hides_vectors_of_any_length(filled):
    change_passphrase(filled, source(NEW), "", "one two three four")
    key = key_for(filled.database, "one two three four")
    library = open_library(filled, NEW, key=key)
    library.resume(quiet, threading.Event())
    plain = told(library)
    library.reembed(quiet, threading.Event())
    assert library.verify().ok
    hit = library.search("winter", 1)[0]
    wanted = NEW.encode_query("winter")
    stored = library._index.vectors_of([hit.passage_id])[hit.passage_id]
    assert abs(float(stored @ wanted) - hit.signals.cosine) < 1e-3
    raw = library._index._vectors.table.search().limit(1).to_list()[0]["vector"]
    assert min(raw) < -0.01 < -1e-6 < min(stored), "the fake's numbers are never negative"
    assert told(library) != plain
    library.close()


def test_a_name_that_looks_like_a_key_is_not_taken_for_one():
    from carrel.library.keyed import Secret

    assert table_name("model-0123abcd", Secret()) == "vectors_model-0123abcd_"
    assert table_name("a/b", Secret("0123abcd")) == "vectors_a_b-0123abcd"


KILLED = """
import os, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.core.library.test_switching import NEW, OLD, Named, open_library
from carrel.profile import Profile
class Dying(Named):
    def encode_batches(self, texts, interrupt):
        for places, part in super().encode_batches(texts, interrupt):
            if self.embedded > 250:
                os._exit(9)
            yield places, part
dying = Dying("new", 96)
open_library(Profile.at(sys.argv[1]), dying, (OLD, dying)).reembed(print, threading.Event())
"""


def test_a_kill_in_the_middle_goes_on_where_it_ended(filled, pytestconfig):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(filled.data), str(pytestconfig.rootpath)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 9, done.stderr
    well = Named("new", 96)
    library = open_library(filled, well, (OLD, well))
    assert library.search("lantern", 1)[0].signals.vector_rank is not None
    library.reembed(quiet, threading.Event())
    assert 0 < well.embedded <= library.catalogue.counts()[1] - 192
    assert library.verify().ok
    library.close()


def test_the_desk_makes_them_in_the_background(filled):
    library = open_library(filled, OLD)
    looked = threading.Condition()

    def done():
        with looked:
            looked.notify_all()

    keeper = Keeper(library, quiet, quiet=0.01, done=done)
    keeper.start()
    library.choose_embedder(source(NEW))
    with looked:
        assert looked.wait_for(lambda: not library.serving.pending, 30)
    keeper.stop()
    assert library.catalogue.embedder() == (NEW.id, NEW.sha256)
    assert library.verify().ok
    library.close()
