"""A disk that fills up costs a sentence, not a library."""

import os
import subprocess
import sys

import pytest

from carrel.errors import UserError
from carrel.library import patience, reserve
from carrel.library.forgetting import Wish
from carrel.profile import Profile
from carrel.store import listing

from ..fake_core import FakeCore, write_samples

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="making a small disk needs root on Linux"
)


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, "size=2m")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def mount(folder, options):
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        pytest.skip(f"cannot make a small disk here: {done.stderr.strip()}")


def test_indexing_on_a_full_disk_ends_in_a_sentence_and_goes_on_when_there_is_room(
    small_disk, tmp_path
):
    docs = write_samples(tmp_path / "docs")
    profile = Profile.at(small_disk / "profile")
    profile.create()
    core = FakeCore(profile)
    core.library.add([str(docs)], "Docs")
    for i in range(60):
        words = " ".join(f"word{i}x{j}" for j in range(4000))
        (docs / f"big-{i}.txt").write_text(words, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        core.library.add([str(docs)], "Docs")
    assert caught.value.code == "disk_full"
    assert core.library.search("Who pays for the boiler?", k=1)
    core.close()

    mount(small_disk, "remount,size=200m")
    again = FakeCore(profile)
    added = again.library.add([str(docs)], "Docs")
    rows, _ = listing.documents(again.library.database)
    assert {row.status for row in rows} == {"indexed"}
    assert added.documents == 62
    assert again.library.search("word7x100", k=1)[0].document.endswith("big-7.txt")
    again.close()


@pytest.fixture
def small_reserve(monkeypatch):
    monkeypatch.setattr(reserve, "SIZE", 4 << 20)
    for module in (reserve, patience):
        monkeypatch.setattr(module, "LOW", 6 << 20)


def fill(folder, leave=0):
    """Take the room of a disk but for `leave` bytes."""
    left = reserve.free(folder) - leave
    with open(folder / "filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, left))


def test_forgetting_works_on_a_full_disk(small_disk, tmp_path, small_reserve):
    """With the reserve, and where even that is too little for the index: without the index."""
    docs = write_samples(tmp_path / "docs")
    for i in range(20):
        words = " ".join(f"word{i}x{j}" for j in range(3000))
        (docs / f"big-{i}.txt").write_text(words, encoding="utf-8")
    mount(small_disk, "remount,size=64m")
    profile = Profile.at(small_disk / "profile")
    profile.create()
    core = FakeCore(profile)
    core.library.add([str(docs)], "Docs")
    core.library.wait_politely()
    assert core.library._reserve.path.stat().st_size == reserve.SIZE
    fill(small_disk)
    assert reserve.free(small_disk) == 0
    done = core.forget(Wish(paths=(str(docs / "lease.md"),)))
    assert done.documents == 1
    (small_disk / "filler").unlink()
    assert core.library.search("word7x100", k=1)[0].document.endswith("big-7.txt")
    assert not any("lease" in hit.document for hit in core.library.search("boiler"))
    assert core.library.verify().ok
    core.close()


def test_without_room_for_the_index_it_goes_and_comes_back(small_disk, tmp_path, small_reserve):
    docs = write_samples(tmp_path / "docs")
    for i in range(20):
        words = " ".join(f"word{i}x{j}" for j in range(3000))
        (docs / f"big-{i}.txt").write_text(words, encoding="utf-8")
    mount(small_disk, "remount,size=64m")
    profile = Profile.at(small_disk / "profile")
    profile.create()
    core = FakeCore(profile)
    core.library.add([str(docs)], "Docs")
    fill(small_disk, leave=1 << 20)  # there is no reserve: nobody waited politely
    core.forget(Wish(paths=(str(docs / "lease.md"),)))
    assert core.library._index.counts() == (0, 0)
    (small_disk / "filler").unlink()
    assert core.library.search("word7x100", k=1)[0].document.endswith("big-7.txt")
    assert core.library.verify().ok
    core.close()


def test_indexing_in_the_background_waits_for_room(small_disk, tmp_path, small_reserve):
    mount(small_disk, "remount,size=64m")
    profile = Profile.at(small_disk / "profile")
    profile.create()
    core = FakeCore(profile)
    core.library.wait_politely()
    fill(small_disk, leave=5 << 20)
    told = []

    def hear(reason):
        told.append(reason)
        (small_disk / "filler").unlink(missing_ok=True)  # somebody makes room

    core.library.gate.told_to(hear)
    core.library.add([str(write_samples(tmp_path / "docs"))], "Docs")
    assert told[:2] == ["disk", ""]
    assert core.library.search("boiler", k=1)
    core.close()


def test_the_reserve_takes_real_room_and_is_not_made_where_there_is_little(small_disk):
    mine = reserve.Reserve(small_disk)
    mine.keep()
    assert not mine.path.exists()
    mount(small_disk, "remount,size=700m")
    before = reserve.free(small_disk)
    mine.keep()
    assert before - reserve.free(small_disk) >= reserve.SIZE
    with mine.lent():
        assert mine.path.exists()  # there is room enough without it
    mine.release()
    mine.release()
    assert reserve.free(small_disk) == before
