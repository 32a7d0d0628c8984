"""A passphrase encrypts what is stored, loses nothing, and costs no embedding."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from carrel.errors import UserError
from carrel.library.batches import searched_text
from carrel.library.embedders import fake_source
from carrel.library.forgetting import Wish
from carrel.library.keyed import Secret, from_bytes, new_secret, to_bytes
from carrel.library.locking import change_passphrase
from carrel.process import wiping
from carrel.store import reencrypting
from carrel.store.passphrase import key_for, salt_of

from ..fake_core import FakeCore, write_samples

PASS = "correct horse battery"
OTHER = "Zürich staple ferry"
QUESTIONS = ("Who pays for the boiler?", "second class trains", "small repairs 150 euros")


def opened(profile, passphrase=""):
    return FakeCore(profile, key=key_for(profile.database, passphrase))


def results(core):
    """Ids in order; cosines to five digits: a rotation rounds the last ones."""
    return [
        [(hit.passage_id, round(hit.signals.cosine, 5)) for hit in core.library.search(q, k=10)]
        for q in QUESTIONS
    ]


@pytest.fixture
def filled(profile, tmp_path):
    """A profile with two documents, closed; and what is found in it."""
    core = opened(profile)
    core.library.add([str(write_samples(tmp_path / "docs"))])
    found = results(core)
    core.close()
    return profile, found


def change(profile, old, new):
    change_passphrase(profile, fake_source(), old, new)


def everything(profile):
    parts = []
    for folder, _, names in os.walk(profile.data):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                parts.append(name.encode() + b"\0" + file.read())
    return b"\0".join(parts)


def canaries(core):
    row = next(
        row
        for number in core.library.catalogue.with_words()
        for row in core.library.catalogue.passages_of(number)
        if "heating boiler" in row.text
    )
    hasher = core.library._hasher
    vector = core.library.any_embedder().encode_passages([searched_text(row)])[0]
    return {
        "text": b"repair or replacement of the heating boiler",
        "name": b"lease.md",
        "term": hasher.of_query("boiler").split()[0].encode(),
        "vector": np.asarray(vector, np.float32).tobytes()[:64],
    }


def test_nothing_readable_is_left_and_the_same_is_found_without_embedding(filled, monkeypatch):
    profile, found = filled
    core = opened(profile)
    wanted = canaries(core)
    core.close()
    before = everything(profile)
    assert [name for name, piece in wanted.items() if piece in before] == list(wanted)
    change(profile, "", PASS)
    assert salt_of(profile.database) is not None
    core = opened(profile, PASS)
    embedded = []
    embedder = core.library.any_embedder()
    real = embedder.encode_passages
    monkeypatch.setattr(embedder, "encode_passages", lambda t: (embedded.extend(t), real(t))[1])
    assert results(core) == found
    assert embedded == list(QUESTIONS)
    assert core.library.verify().ok
    assert core.library.database.encrypted
    core.close()
    after = everything(profile)
    assert [name for name, piece in wanted.items() if piece in after] == []


def test_it_is_changed_and_removed_and_written_to_in_between(filled, tmp_path):
    profile, found = filled
    change(profile, "", PASS)
    change(profile, PASS, OTHER)
    core = opened(profile, OTHER)
    (tmp_path / "docs" / "boats.txt").write_text("Boats are moored at the northern pier.")
    core.library.sync()
    assert core.library.search("boats pier", k=1)[0].document.endswith("boats.txt")
    core.library.forget(Wish(paths=[str(tmp_path / "docs" / "boats.txt")]))
    core.close()
    decomposed = "Zu\u0308rich staple ferry"  # the same letters from another keyboard
    change(profile, decomposed, "")
    assert salt_of(profile.database) is None
    core = opened(profile)
    assert results(core) == found
    core.library.sync()
    assert not core.library.catalogue.known(str(tmp_path / "docs" / "boats.txt"))  # still forgotten
    assert core.library.verify().ok
    core.close()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("", "other phrase", "locked"), ("wrong phrase", "other phrase", "wrong_key"),
     (PASS, "short", "short"), ("wrong phrase", "", "wrong_key")],
)  # fmt: skip
def test_a_wrong_or_short_passphrase_changes_nothing(filled, old, new, code):
    profile, found = filled
    change(profile, "", PASS)
    before = profile.database.read_bytes()
    with pytest.raises(UserError) as caught:
        change(profile, old, new)
    assert caught.value.code == code
    assert profile.database.read_bytes() == before
    core = opened(profile, PASS)
    assert results(core) == found
    core.close()


def test_without_a_lock_there_is_none_to_remove(filled):
    with pytest.raises(UserError, match="no passphrase"):
        change(filled[0], "", "")


STEPS = {
    "vectors written": (reencrypting, "sweep"),
    "exported": (reencrypting, "_finish"),
    "checked": (reencrypting, "_replace"),
    "second name": (reencrypting.os, "replace"),
    "replaced": (reencrypting, "wipe"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_one_whole_profile(filled, step, monkeypatch):
    profile, found = filled
    module, name = STEPS[step]

    real = getattr(module, name)

    def fail(path, *rest):
        if step == "replaced" and not path.exists():
            return real(path, *rest)  # nothing to wipe yet
        raise KeyboardInterrupt(step)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, fail)
        with pytest.raises(KeyboardInterrupt):
            change(profile, "", PASS)
    locked = salt_of(profile.database) is not None
    assert locked == (step == "replaced")
    core = opened(profile, PASS if locked else "")
    assert results(core) == found
    assert core.library.verify().ok
    core.close()
    assert sorted(p.name for p in profile.data.glob("carrel*.db*")) == ["carrel.db"]
    if locked:
        assert b"heating boiler" not in everything(profile)


CHILD = """
import sys
from carrel.library.embedders import fake_source
from carrel.library.locking import change_passphrase
from carrel.profile import Profile
profile = Profile.at(sys.argv[1])
print("begins", flush=True)
change_passphrase(profile, fake_source(), sys.argv[2], sys.argv[3])
print("done", flush=True)
"""


def test_kills_in_the_middle_lose_nothing(filled):
    """The passphrase is changed to and fro; each change is killed at a random moment."""
    profile, found = filled
    rng, passphrase, killed = random.Random(4), "", 0
    for round_number in range(8):
        wanted = f"passphrase number {round_number}"
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(profile.data), passphrase, wanted],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert child.stdout.readline() == "begins\n"
        until = time.monotonic() + rng.uniform(0.0, 1.5)
        while child.poll() is None and time.monotonic() < until:
            os.sched_yield()
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        child.wait()
        child.stdout.close()
        try:
            core = opened(profile, passphrase)
        except UserError:
            passphrase = wanted
            core = opened(profile, passphrase)
        assert results(core) == found
        assert core.library.verify().ok
        core.close()
    assert killed


def test_a_rotation_changes_no_cosine_and_comes_back_from_its_bytes():
    secret = new_secret(64, rotated=True)
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((5, 64)).astype(np.float32)
    hidden = secret.hide(vectors)
    assert np.allclose(hidden @ hidden.T, vectors @ vectors.T, atol=1e-4)
    assert not np.allclose(hidden, vectors, atol=0.1)
    assert np.allclose(secret.show(hidden), vectors, atol=1e-5)
    again = from_bytes(to_bytes(secret))
    assert again.id == secret.id
    assert (again.rotation == secret.rotation).all()
    assert from_bytes(to_bytes(Secret("abcdabcd"))) == Secret("abcdabcd")
    assert new_secret(64, rotated=True).id != secret.id


def test_wiping_overwrites_before_it_removes(tmp_path):
    (tmp_path / "a").write_bytes(b"secret" * 1000)
    os.link(tmp_path / "a", tmp_path / "b")  # shows what stands in the file's blocks
    wiping.wipe(tmp_path / "a")
    assert (tmp_path / "b").read_bytes() == bytes(6000)
    assert not (tmp_path / "a").exists()
    wiping.wipe(tmp_path / "a")
