"""Indexing is killed at random moments: nothing acknowledged is lost, nothing is there twice.

A child process indexes made files and acknowledges each document on its standard output when it is
stored; it is killed without warning, and what is left is opened, looked at and finished.
"""

import os
import random
import subprocess
import sys
import threading
import time

import pytest

from ..fake_core import FakeCore

FILES = 40
RESUMED = 5.0  # seconds in which a killed library is open, mended and searchable again

CHILD = """
import sys
from pathlib import Path
from carrel.fakes import HashEmbedder
from carrel.library.embedders import fake_source
from carrel.library.library import Library
from carrel.profile import Profile
from carrel.reading.inline import InlineReader
from carrel.settings import Settings
from carrel.store.catalogue import Catalogue

stored = Catalogue.store
def acknowledging(self, path, *rest):
    number = stored(self, path, *rest)
    print("stored", path, flush=True)
    return number
Catalogue.store = acknowledging

profile = Profile.at(sys.argv[1])
profile.create()
library = Library(profile, Settings(profile.settings), InlineReader(), fake_source())
print("begins", flush=True)
library.add([sys.argv[2]], "Killed")
print("done", flush=True)
library.close()
"""


@pytest.fixture(scope="module")
def docs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    rng = random.Random(7)
    words = [f"word{i}" for i in range(400)]
    for number in range(FILES):
        lines = [" ".join(rng.choices(words, k=60)) + "." for _ in range(6)]
        text = f"# Note {number}\n\nmarker{number} stands here.\n\n" + "\n\n".join(lines)
        (folder / f"note{number}.md").write_text(text)
    return folder


def killed_run(profile, docs, lines, delay):
    """Run the child, kill it `delay` seconds after its `lines`-th line; the acknowledged paths."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", CHILD, str(profile.data), str(docs)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    stored = []
    timer = None
    for count, line in enumerate(child.stdout):
        if line.startswith("stored"):
            stored.append(line.split(maxsplit=1)[1].strip())
        if count == lines:
            timer = threading.Timer(delay, child.kill)
            timer.start()
    child.wait()
    if timer is not None:
        timer.cancel()
    child.stdout.close()
    return stored


def look(profile, docs, stored):
    """Open what the kill left, and check every promise."""
    start = time.monotonic()
    core = FakeCore(profile)
    try:
        core.library.resume(lambda progress: None, threading.Event())
        took = time.monotonic() - start
        catalogue = core.library.catalogue
        for path in stored:
            known = catalogue.known(path)
            assert known is not None, f"{path} was acknowledged and is lost"
            assert known.status == "indexed"
            assert catalogue.text(path)[0]
        assert core.library._index.counts() == catalogue.counts()[:2]  # none twice, none lost
        assert core.library.verify().ok
        for path in stored[:3]:
            number = os.path.basename(path).removeprefix("note").removesuffix(".md")
            assert core.library.search(f"marker{number}", k=1)[0].document == path
        return took
    finally:
        core.close()


def kill_and_look(profile, docs, seed, times):
    rng = random.Random(seed)
    acknowledged, slowest = set(), 0.0
    for _ in range(times):
        stored = killed_run(profile, docs, rng.randrange(0, FILES + 2), rng.random() * 0.4)
        # Nothing that was acknowledged is read a second time.
        assert not acknowledged & set(stored)
        acknowledged |= set(stored)
        slowest = max(slowest, look(profile, docs, sorted(acknowledged)))
        if len(acknowledged) == FILES:  # begin anew, so that every kill hits work
            for name in ("carrel.db", "carrel.db-wal", "carrel.db-shm"):
                profile.data.joinpath(name).unlink(missing_ok=True)
            acknowledged = set()
    return slowest


@pytest.mark.timeout(300)
def test_twenty_kills_lose_nothing(profile, docs):
    assert kill_and_look(profile, docs, seed=20, times=20) < RESUMED


@pytest.mark.heavy
@pytest.mark.timeout(3000)
def test_two_hundred_kills_lose_nothing(profile, docs):
    assert kill_and_look(profile, docs, seed=200, times=200) < RESUMED
