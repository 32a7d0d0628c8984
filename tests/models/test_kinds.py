"""Kinds: what a header says that a file is for, and what its maker claims."""

from __future__ import annotations

import pytest

from carrel_models.card import read_card
from carrel_models.formats import other_format
from carrel_models.provenance import one_line
from tests.models.tiny_gguf import metadata, tensors, write_gguf, write_tiny

KINDS = {
    "reranker": {"llama.pooling_type": 4},
    "embedder": {"llama.pooling_type": 1},
    "draft": {"general.architecture": "eagle3"},
    "encoder-decoder": {"general.architecture": "t5"},
    "projector": {"general.architecture": "clip"},
    "chat model": {"general.architecture": "an-architecture-of-tomorrow"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(tmp_path, kind):
    assert read_card(write_tiny(tmp_path / "m.gguf", change=KINDS[kind])).kind == kind


def test_next_token_layers_alone_are_a_draft(tmp_path):
    norm = tensors()["output_norm.weight"]
    weights = {f"blk.2.nextn.{name}.weight": norm for name in ("enorm", "hnorm", "eh_proj")}
    path = write_gguf(tmp_path / "nextn.gguf", metadata(), weights)
    assert read_card(path).kind == "draft"


def test_a_file_without_any_tokenizer_is_no_chat_model(tmp_path):
    values = {k: v for k, v in metadata().items() if not k.startswith("tokenizer.")}
    path = write_gguf(tmp_path / "image.gguf", values, tensors())
    assert read_card(path).kind == "other"


def test_what_the_header_claims(tmp_path):
    change = {
        "general.author": "A. Writer",
        "general.organization": "Some Lab",
        "general.quantized_by": "Q\u202eevil\nline",
        "general.repo_url": "https://example.org/some/model",
        "general.base_model.count": 1,
        "general.base_model.0.name": "Base 1B",
        "general.base_model.0.repo_url": "https://example.org/lab/base-1b",
        "general.tags": ["chat", "law"],
        "general.license": "other",
        "general.license.name": "house licence",
    }
    card = read_card(write_tiny(tmp_path / "m.gguf", change=change))
    assert card.base_model == "lab/base-1b"
    assert card.provenance == (
        "by A. Writer (Some Lab), quantized by Q evil line, from https://example.org/some/model"
    )
    assert (card.tags, card.licence) == (["chat", "law"], "house licence")
    assert len(one_line("x" * 5000)) == 200


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\n<!DOCTYPE html>", "web page"),
        (b"PK\x03\x04", "zip archive or a PyTorch model"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
        (b"\x40\x00\x00\x00\x00\x00\x00\x00{\"__meta", "safetensors"),
        (b"\0" * 16, "nothing but zeros"),
        (b"{\"error\": \"no\"}", "JSON"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"ggjt", "old GGML"),
        (b"anything", "not a GGUF model"),
    ],
)  # fmt: skip
def test_what_is_taken_for_a_model(start, words):
    what, what_to_do = other_format(start[:16])
    assert words in what
    assert what_to_do.endswith(".")
