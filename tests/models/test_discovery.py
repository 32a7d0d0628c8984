"""Models that other programs keep on this disk are found, once each, and nothing is touched."""

from __future__ import annotations

import json
import threading

import pytest

from carrel_models import discovery
from carrel_models.discovery import discover, places
from carrel_models.suggestions import suggestions
from tests.models.test_splits import write_split
from tests.models.tiny_gguf import write_tiny


@pytest.fixture
def home(tmp_path):
    """A home with models of six programs, some broken, some linked."""
    folder = tmp_path / "home"
    lm = folder / ".lmstudio" / "models" / "owner" / "name"
    lm.mkdir(parents=True)
    write_tiny(lm / "One.gguf", seed=1)
    (lm / "broken.gguf").write_bytes(b"<html>")
    (lm / "README.md").write_text("words")
    write_split(lm, "two")
    hub = folder / ".cache" / "huggingface" / "hub" / "models--o--n"
    (hub / "blobs").mkdir(parents=True)
    (hub / "snapshots" / "abc").mkdir(parents=True)
    write_tiny(hub / "blobs" / ("0a" * 32), seed=3)
    (hub / "snapshots" / "abc" / "Three.gguf").symlink_to(hub / "blobs" / ("0a" * 32))
    (hub / "snapshots" / "def").mkdir()
    (hub / "snapshots" / "def" / "Three.gguf").symlink_to(hub / "blobs" / ("0a" * 32))
    ollama = folder / ".ollama" / "models"
    (ollama / "blobs").mkdir(parents=True)
    write_tiny(ollama / "blobs" / f"sha256-{'1b' * 32}", seed=4)
    named = ollama / "manifests" / "registry.ollama.ai" / "library" / "tiny"
    named.mkdir(parents=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{'1b' * 32}"},
        {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../../etc"},
        {"mediaType": "application/vnd.ollama.image.license", "digest": f"sha256:{'2c' * 32}"},
    ]
    (named / "1b").write_text(json.dumps({"layers": layers}))
    (named / "bad").write_text("[1, 2]")
    (folder / ".config").mkdir()
    (folder / ".config" / "user-dirs.dirs").write_text('XDG_DOWNLOAD_DIR="$HOME/Geladen"\n')
    (folder / "Geladen").mkdir()
    write_tiny(folder / "Geladen" / "Four.GGUF", change={"general.type": "adapter"})
    return folder


def test_every_program_is_looked_at_and_every_file_found_once(home):
    found = discover(places(home, {}))
    assert [(one.program, one.name, one.path.name, one.card.kind) for one in found.models] == [
        ("LM Studio", "Tiny", "One.gguf", "chat model"),
        ("LM Studio", "Tiny", "two-00001-of-00003.gguf", "chat model"),
        ("Hugging Face", "Tiny", "Three.gguf", "chat model"),
        ("Downloads", "Tiny", "Four.GGUF", "adapter"),
        ("Ollama", "tiny:1b", f"sha256-{'1b' * 32}", "chat model"),
    ]
    assert found.models[1].card.size > found.models[0].card.size
    assert str(home / "Geladen") in found.searched


def test_variables_name_other_folders(home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write_tiny(elsewhere / "five.gguf")
    found = discover(places(home / "none", {"LLAMA_CACHE": str(elsewhere), "HF_HOME": "relative"}))
    assert [one.path for one in found.models] == [elsewhere / "five.gguf"]


def test_a_search_ends(home, monkeypatch):
    stop = threading.Event()
    stop.set()
    assert discover(places(home, {}), stop).models == []
    assert discover(places(home, {}), seconds=-1).searched[-1].startswith("The search took long")
    monkeypatch.setattr(discovery, "MOST_ENTRIES", 5)
    assert len(discover(places(home, {})).models) < 3


def test_links_in_a_circle_and_deep_folders_are_left_alone(tmp_path):
    models = tmp_path / ".lmstudio" / "models"
    models.mkdir(parents=True)
    (models / "round").symlink_to(models)
    deep = models.joinpath(*"abcdefgh")
    deep.mkdir(parents=True)
    write_tiny(deep / "deep.gguf")
    assert discover(places(tmp_path, {})).models == []


def test_suggestions_are_complete_and_honest():
    found = suggestions()
    assert len(found) == 5
    assert {one.memory for one in found} == {4, 8, 16}
    for one in found:
        assert one.file.endswith(".gguf")
        assert one.licence
        assert "://" not in one.source  # text to copy, never a link to click
        assert one.size < one.memory * 10**9
        assert len(one.sha256) in (0, 64)
        assert set(one.sha256) <= set("0123456789abcdef")
