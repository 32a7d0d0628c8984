"""Each file of the index is deleted, truncated or zeroed: noticed at open, built again by itself,
and the same ten passages are found."""

import json
import os
import random
import shutil

import pytest

from carrel.library import terms
from carrel.library.sealing import Seal
from carrel.profile import Profile

from ..fake_core import FakeCore

KINDS = ("deleted", "truncated", "zeroed")
QUESTIONS = ("word7 word12 marker3", "word99 of marker11", "marker20")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A profile with an index, its results, and nothing open."""
    root = tmp_path_factory.mktemp("whole")
    docs = root / "docs"
    docs.mkdir()
    rng = random.Random(3)
    for number in range(25):
        lines = [" ".join(f"word{rng.randrange(150)}" for _ in range(50)) for _ in range(4)]
        (docs / f"n{number}.md").write_text(
            f"# N {number}\n\nmarker{number}.\n\n" + "\n\n".join(lines)
        )
    core = opened(root / "profile")
    core.library.add([str(docs)], "Damaged")
    (docs / "late.md").write_text("marker99 came later and makes a second version of the tables.")
    core.library.sync()
    found = results(core)
    core.close()
    return root / "profile", found


def opened(folder):
    profile = Profile.at(folder)
    profile.create()
    return FakeCore(profile)


def results(core):
    """Ranks of ten; BM25 scores may differ in the last digit after a rebuild."""
    return [[hit.passage_id for hit in core.library.search(q, k=10)] for q in QUESTIONS]


def files_of(profile):
    index = profile / "index"
    return sorted(str(one.relative_to(index)) for one in index.rglob("*") if one.is_file())


def damage(path, kind):
    size = path.stat().st_size
    if kind == "deleted":
        path.unlink()
    elif kind == "truncated":
        os.truncate(path, size // 2)
    else:
        path.write_bytes(bytes(size))


def survives(whole, tmp_path, name, kind):
    profile, expected = whole
    copy = tmp_path / "copy"
    shutil.copytree(profile, copy)
    damage(copy / "index" / name, kind)
    core = opened(copy)
    try:
        assert results(core) == expected, (name, kind)
        verified = core.library.verify()
        assert verified.ok, (name, kind, verified.checks)
    finally:
        core.close()
    again = Seal(copy / "index").check()
    assert (again.tables, again.unsure) == (frozenset(), False), (name, kind)
    shutil.rmtree(copy)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_passages_are_found_after_damage_to_any_file(whole, tmp_path, kind):
    names = files_of(whole[0])
    assert len(names) > 10
    for name in names:
        survives(whole, tmp_path, name, kind)


def test_lost_words_do_not_cost_the_vectors(whole, tmp_path, monkeypatch):
    profile, expected = whole
    shutil.copytree(profile, tmp_path / "copy")
    data = next((tmp_path / "copy" / "index" / "terms.lance" / "data").iterdir())
    damage(data, "zeroed")
    core = opened(tmp_path / "copy")
    embedded = []
    embedder = core.library.any_embedder()
    real = embedder.encode_passages
    monkeypatch.setattr(embedder, "encode_passages", lambda t: (embedded.extend(t), real(t))[1])
    assert results(core) == expected
    assert embedded == list(QUESTIONS)
    core.close()


def test_a_whole_index_is_not_built_again(whole, tmp_path):
    profile, expected = whole
    shutil.copytree(profile, tmp_path / "copy")
    before = files_of(tmp_path / "copy")
    core = opened(tmp_path / "copy")
    assert results(core) == expected
    core.close()
    assert files_of(tmp_path / "copy") == before


def test_a_file_that_is_gone_in_the_middle_of_a_change_is_no_damage_by_itself(tmp_path):
    (tmp_path / "t.lance").mkdir()
    for name in "ab":
        (tmp_path / "t.lance" / name).write_text(name)
    seal = Seal(tmp_path)
    seal.close()
    assert Seal(tmp_path).check() == (frozenset(), False)
    seal.begin()
    (tmp_path / "t.lance" / "a").unlink()
    assert Seal(tmp_path).check() == (frozenset(), True)
    (tmp_path / "t.lance" / "b").write_text("x")
    assert Seal(tmp_path).check().tables == {"t.lance"}


def test_a_large_file_is_sampled_at_both_ends_and_between(tmp_path):
    (tmp_path / "t.lance").mkdir()
    large = tmp_path / "t.lance" / "data"
    data = bytearray(random.Random(1).randbytes(3_000_000))
    large.write_bytes(data)
    Seal(tmp_path).close()
    for at in (0, 1_000_000, 2_999_999):
        changed = data.copy()
        changed[at : at + 200_000] = bytes(len(changed[at : at + 200_000]))
        large.write_bytes(changed)
        assert Seal(tmp_path).check().tables == {"t.lance"}
    large.write_bytes(data)
    assert Seal(tmp_path).check().tables == frozenset()


def test_words_made_by_older_rules_are_made_anew(whole, tmp_path, monkeypatch):
    profile, expected = whole
    copy = tmp_path / "copy"
    shutil.copytree(profile, copy)
    monkeypatch.setattr(terms, "FORMAT", terms.FORMAT + 1)
    damage = Seal(copy / "index").check()
    assert damage.tables == {"terms.lance"}
    core = opened(copy)
    rebuilt, vectors = core.library.catalogue.counts()[:2]
    assert results(core) == expected
    core.library.sync()
    assert (rebuilt, vectors) == core.library.catalogue.counts()[:2]
    core.close()
    assert Seal(copy / "index").check().tables == frozenset()


def test_an_index_from_before_the_list_had_a_format_is_of_the_first(whole, tmp_path):
    profile, _ = whole
    copy = tmp_path / "copy"
    shutil.copytree(profile, copy)
    listed = json.loads((copy / "index" / "seal.json").read_text())
    del listed["terms"]
    (copy / "index" / "seal.json").write_text(json.dumps(listed))
    assert Seal(copy / "index").check().tables == {"terms.lance"}
