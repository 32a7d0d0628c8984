"""The registry: models are linked in place, named by content, and survive what files do."""

from __future__ import annotations

import hashlib
import os

import pytest

from carrel_models.gguf import BadGguf
from carrel_models.registry import Registry, UnknownModel, sha256_of
from carrel_models.starter import starter_facts
from tests.models.tiny_gguf import write_tiny


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "models")


@pytest.fixture
def tiny(tmp_path):
    return write_tiny(tmp_path / "My Tiny (v1).gguf")


def test_starter_is_listed_and_used_at_first(registry):
    (starter,) = registry.list()
    assert starter.starter
    assert starter.sha256 == starter_facts().sha256
    assert registry.in_use() == starter


def test_added_model_stays_in_place(registry, tiny):
    progress: list[float] = []
    card = registry.add(tiny, progress.append)
    digest = hashlib.sha256(tiny.read_bytes()).hexdigest()
    assert card.id == f"my-tiny-v1-{digest[:8]}"
    assert (card.path, card.sha256) == (str(tiny), digest)
    assert progress[-1] == 1.0
    assert [c.id for c in Registry(tiny.parent / "models").list()][1:] == [card.id]
    assert registry.add(tiny) == card
    assert len(registry.list()) == 2


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
    with pytest.raises(UnknownModel):
        registry.remove("../state")
    with pytest.raises(UnknownModel):
        registry.get("nothing")


def test_only_chat_models_can_be_used(registry, tmp_path):
    adapter = write_tiny(tmp_path / "a.gguf", change={"general.type": "adapter"})
    card = registry.add(adapter)
    with pytest.raises(BadGguf, match="not a chat model but a"):
        registry.use(card.id)


def test_suspect_until_used_again(registry, tiny):
    card = registry.add(tiny)
    registry.mark_suspect(card.id, "It ended the model process while loading.")
    assert registry.get(card.id).suspect
    assert "ended the model process" in registry.suspicion(card.id)
    registry.use(card.id)
    assert not registry.get(card.id).suspect


def test_missing_file_has_a_problem(registry, tiny):
    card = registry.add(tiny)
    tiny.unlink()
    assert registry.get(card.id).problem == "The file is not there any more."
    with pytest.raises(BadGguf):
        registry.use(card.id)


def test_changed_file_is_described_again(registry, tiny):
    card = registry.add(tiny)
    registry.use(card.id)
    write_tiny(tiny, seed=2)
    os.utime(tiny, ns=(1, 1))
    (new,) = registry.list()[1:]
    assert new.sha256 == sha256_of(tiny) != card.sha256
    assert registry.in_use() == new


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
