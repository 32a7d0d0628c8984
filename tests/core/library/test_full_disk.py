"""A disk that fills up costs a sentence, not a library."""

import os
import subprocess
import sys

import pytest

from carrel.errors import UserError
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
