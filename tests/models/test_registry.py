"""The registry: models are linked or copied, named by content, and survive what files do."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from types import SimpleNamespace

import pytest

from carrel_models import intake
from carrel_models.card import CARD_VERSION
from carrel_models.gguf import BadGguf
from carrel_models.registry import Registry, UnknownModel
from carrel_models.starter import starter_facts
from carrel_models.stops import Stopped
from tests.models.tiny_gguf import write_tiny


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "models")


@pytest.fixture
def tiny(tmp_path):
    return write_tiny(tmp_path / "My Tiny (v1).gguf")


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def left_in(folder):
    """Every file below a folder, by name."""
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


def test_starter_is_listed_and_used_at_first(registry):
    (starter,) = registry.list()
    assert starter.starter
    assert starter.sha256 == starter_facts().sha256
    assert registry.in_use() == starter


def test_added_model_stays_in_place_and_its_digest_comes_later(registry, tiny):
    card = registry.add(tiny)
    assert card.id.startswith("my-tiny-v1-")
    assert (card.path, card.sha256, card.copied) == (str(tiny), "", False)
    assert registry.unidentified() == [card.id]
    progress: list[float] = []
    known = registry.identify(card.id, progress.append)
    assert (known.id, known.sha256, progress[-1]) == (card.id, digest_of(tiny), 1.0)
    assert registry.unidentified() == []
    assert Registry(tiny.parent / "models").get(card.id) == known == registry.add(tiny)
    assert len(registry.list()) == 2


def test_identify_reads_once_for_two_callers_and_can_be_stopped(registry, tiny, monkeypatch):
    card = registry.add(tiny)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        registry.identify(card.id, cancel=stop)
    assert registry.get(card.id).sha256 == ""
    reads: list[str] = []
    original = intake.content_sha256
    begun = threading.Event()

    def counted(card, progress, cancel):
        reads.append(card.id)
        begun.wait(5)
        return original(card, progress, cancel)

    monkeypatch.setattr(intake, "content_sha256", counted)
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(registry.identify(card.id).sha256))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    begun.set()
    for thread in threads:
        thread.join()
    assert (results, reads) == ([digest_of(tiny)] * 2, [card.id])


def test_use_resolve_remove(registry, tiny):
    card = registry.add(tiny)
    registry.use(card.id)
    assert registry.in_use() == card
    assert registry.resolve(card.id) == registry.resolve(str(tiny)) == card
    registry.remove(card.id)
    assert tiny.exists()
    found = registry.in_use()
    assert found is not None
    assert found.starter


def test_resolve_adds_a_file_and_refuses_nonsense(registry, tiny):
    assert registry.resolve(str(tiny)).path == str(tiny)
    with pytest.raises(UnknownModel, match="neither the id of a model nor a file"):
        registry.resolve("nothing")
    for call in (registry.remove, registry.get, registry.identify):
        with pytest.raises(UnknownModel):
            call("../state")


def test_only_chat_models_can_be_used(registry, tmp_path):
    adapter = write_tiny(tmp_path / "a.gguf", change={"general.type": "adapter"})
    card = registry.add(adapter)
    with pytest.raises(BadGguf, match="is an adapter, not a whole model"):
        registry.use(card.id)
    other = write_tiny(tmp_path / "b.gguf", change={"general.type": "adapter"}, seed=2)
    with pytest.raises(BadGguf, match=r"b\.gguf is an adapter"):
        registry.resolve(str(other))
    assert len(registry.list()) == 2


def test_suspect_until_used_again(registry, tiny):
    card = registry.add(tiny)
    registry.mark_suspect(card.id, "It ended the model process while loading.")
    assert registry.get(card.id).suspect
    assert "ended the model process" in registry.suspicion(card.id)
    registry.identify(card.id)
    registry.use(card.id)
    assert not registry.get(card.id).suspect


def test_missing_file_has_a_problem(registry, tiny):
    card = registry.add(tiny)
    tiny.unlink()
    assert registry.get(card.id).problem == "The file is not there any more."
    with pytest.raises(BadGguf):
        registry.use(card.id)


def test_changed_file_is_described_again_and_stays_in_use(registry, tiny):
    card = registry.identify(registry.add(tiny).id)
    registry.use(card.id)
    write_tiny(tiny, seed=2)  # the same header and size: only the weights differ
    os.utime(tiny, ns=(1, 1))
    (new,) = registry.list()[1:]
    assert (new.id != card.id, new.sha256, registry.in_use()) == (True, "", new)


def test_a_file_that_was_only_touched_keeps_its_id(registry, tiny):
    card = registry.identify(registry.add(tiny).id)
    os.utime(tiny, ns=(1, 1))
    assert registry.get(card.id).sha256 == ""
    assert registry.identify(card.id).sha256 == card.sha256


def test_cards_of_the_first_version_keep_id_and_digest_and_learn_more(registry, tiny, tmp_path):
    digest, folder, status = digest_of(tiny), tmp_path / "models", tiny.stat()
    folder.mkdir()
    (folder / f"old-{digest[:8]}.card.toml").write_text(
        f'id = "old-{digest[:8]}"\nname = "Tiny"\npath = "{tiny}"\nkind = "chat model"\n'
        f'architecture = "llama"\nquantization = "F32"\nsize = {status.st_size}\n'
        f'modified = {status.st_mtime_ns}\nsha256 = "{digest}"\nstarter = false\n'
    )
    (folder / "state.toml").write_text(f'in_use = "old-{digest[:8]}"\n[suspects]\n')
    card = registry.in_use()
    assert (card.id, card.sha256, card.version) == (f"old-{digest[:8]}", digest, CARD_VERSION)
    assert card.template_sha256
    assert registry.add(tiny).id == card.id
    assert len(registry.list()) == 2


def test_file_that_broke_has_a_problem(registry, tiny):
    card = registry.add(tiny)
    tiny.write_bytes(b"<html>")
    assert "web page" in registry.get(card.id).problem


def test_broken_file_is_not_added(registry, tmp_path):
    broken = tmp_path / "b.gguf"
    broken.write_bytes(b"GGUF")
    with pytest.raises(BadGguf):
        registry.add(broken)
    with pytest.raises(OSError, match="No such file"):
        registry.add(tmp_path / "none.gguf")
    assert len(registry.list()) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_and_an_unfinished_download_are_refused(registry, tmp_path, tiny):
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(BadGguf, match="not a file"):
        registry.add(tmp_path / "pipe.gguf")
    half = tiny.rename(tmp_path / "m.gguf.part")
    with pytest.raises(BadGguf, match="not complete yet"):
        registry.add(half)
    with pytest.raises(BadGguf, match="a folder"):
        registry.add(tmp_path)


def test_a_link_and_its_file_are_one_model(registry, tiny, tmp_path):
    link = tmp_path / "link.gguf"
    link.symlink_to(tiny)
    card = registry.add(link)
    assert card.path == str(link)
    assert registry.add(tiny) == card
    link.unlink()
    assert registry.get(card.id).problem == "The file is not there any more."
    assert registry.add(tiny).problem == ""


def test_a_content_address_takes_its_name_from_the_header(registry, tiny, tmp_path):
    blob = tiny.rename(tmp_path / f"sha256-{'0a' * 32}")
    assert registry.add(blob).id.startswith("tiny-")


def test_a_copy_lives_in_the_profile_and_goes_with_its_card(registry, tiny, tmp_path):
    progress: list[float] = []
    card = registry.add(tiny, copy=True, progress=progress.append)
    assert (card.copied, card.sha256, progress[-1]) == (True, digest_of(tiny), 1.0)
    assert card.path == str(tmp_path / "models" / "files" / card.id / tiny.name)
    assert registry.add(tiny) == registry.add(tiny, copy=True) == card == registry.get(card.id)
    tiny.unlink()
    assert registry.use(card.id).problem == ""
    registry.remove(card.id)
    assert left_in(tmp_path / "models" / "files") == []


def test_a_linked_model_can_be_copied_later(registry, tiny):
    linked = registry.add(tiny)
    registry.use(linked.id)
    copied = registry.add(tiny, copy=True)
    assert (copied.id, copied.copied, registry.in_use()) == (linked.id, True, copied)


def test_a_stopped_or_full_copy_leaves_nothing(registry, tiny, tmp_path, monkeypatch):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        registry.add(tiny, copy=True, cancel=stop)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=10))
    with pytest.raises(OSError, match="No space") as full:
        registry.add(tiny, copy=True)
    assert full.value.errno == errno.ENOSPC
    assert left_in(tmp_path / "models" / "files") == []
    assert len(registry.list()) == 1


def test_a_disk_that_fills_while_copying_leaves_nothing(registry, tiny, tmp_path, monkeypatch):
    before = [card.id for card in registry.list()]

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        registry.add(tiny, copy=True)
    assert left_in(tmp_path / "models") == ["starter.toml"]
    assert [card.id for card in registry.list()] == before


@pytest.mark.parametrize("copy", [False, True])
def test_two_imports_at_once_give_one_model(registry, tiny, tmp_path, copy):
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(registry.add(tiny, copy).id))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert set(results) == {registry.list()[1].id}
    assert left_in(tmp_path / "models" / "files") == ([tiny.name] if copy else [])


def test_what_an_earlier_process_left_half_copied_is_cleared(registry, tiny, tmp_path):
    left = tmp_path / "models" / "files" / ".tiny-1.0badcafe-1.part"
    left.mkdir(parents=True)
    (left / "tiny.gguf").write_bytes(b"half")
    registry.add(tiny, copy=True)
    assert not left.exists()


def test_a_damaged_card_hides_no_other_model(registry, tiny, tmp_path):
    card = registry.add(tiny)
    (tmp_path / "models" / "other.card.toml").write_text("id = [")
    (tmp_path / "models" / "state.toml").write_bytes(b"\xff")
    assert [one.id for one in registry.list()][1:] == [card.id]
    assert registry.use(card.id) == registry.in_use()
