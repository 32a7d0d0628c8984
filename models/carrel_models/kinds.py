"""What a GGUF is for, from its header: only a "chat model" can answer.

There is no list of allowed architectures. What is not said to be something else is a chat model,
and llama.cpp decides whether it can run it.
"""

from __future__ import annotations

import re
from typing import Literal

from carrel_models.gguf import Header

Kind = Literal[
    "chat model",
    "adapter",
    "embedder",
    "reranker",
    "encoder-decoder",
    "projector",
    "draft",
    "vocabulary",
    "part",
    "other",
]

# What to say of a file that cannot chat: the rest of a sentence that begins with its name, and what
# to do.
OTHER_KINDS: dict[Kind, tuple[str, str]] = {
    "adapter": (
        "is an adapter, not a whole model.",
        "Choose the model that it was made for; the adapter is attached to it.",
    ),
    "embedder": (
        "is an embedding model: it compares texts and cannot write answers.",
        "Choose a chat model.",
    ),
    "reranker": (
        "is a reranking model: it judges passages and cannot write answers.",
        "Choose a chat model.",
    ),
    "encoder-decoder": (
        "is an encoder-decoder model, which Carrel cannot chat with.",
        "Choose a chat model.",
    ),
    "projector": (
        "is the picture part of a model, not a whole model.",
        "Choose the model file that it belongs to.",
    ),
    "draft": (
        "is a draft head: it guesses ahead for a larger model and cannot answer alone.",
        "Choose the model that it was made for.",
    ),
    "vocabulary": ("holds a vocabulary and no weights.", "Choose a complete model."),
    "part": (
        "is a later part of a model in several files.",
        "Choose the first part; the others are found beside it.",
    ),
    "other": ("is a GGUF file, but not a chat model.", "Choose a chat model."),
}

# Kinds whose file holds all layers that its header promises.
WHOLE: tuple[Kind, ...] = ("chat model", "embedder", "reranker", "encoder-decoder")

# Architectures of llama.cpp that have no decoder: they turn text into vectors and cannot answer.
_ENCODERS = (
    "bert",
    "modern-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "neo-bert",
    "jina-bert-v2",
    "jina-bert-v3",
    "eurobert",
    "gemma-embedding",
    "llama-embed",
    "t5encoder",
)
# Heads that only work on the hidden states of another model: they guess ahead for it.
_DRAFTS = ("eagle", "eagle2", "eagle3", "dflash", "medusa", "gemma4-assistant")
_RANK = 4  # LLAMA_POOLING_TYPE_RANK of llama.cpp
_FIRST_BLOCK = re.compile(r"(?:^|\.)blk\.0\.")


def kind_of(header: Header) -> Kind:
    """What the file is, from its header."""
    architecture, said = header.text("general.architecture"), header.text("general.type")
    if said == "adapter":
        return "adapter"
    if said == "mmproj" or architecture == "clip":
        return "projector"
    if said == "draft" or architecture in _DRAFTS:
        return "draft"
    if said not in ("", "model"):
        return "other"
    if (header.integer("split.no") or 0) > 0:
        return "part"
    if not header.tensors:
        return "vocabulary"
    if _only_next_token_layers(header):
        return "draft"
    return _kind_of_model(header, architecture)


def _kind_of_model(header: Header, architecture: str) -> Kind:
    if architecture in ("t5", "flan-t5"):
        return "encoder-decoder"
    pooling = header.integer(f"{architecture}.pooling_type")
    if pooling == _RANK or any(t.name == "cls.output.weight" for t in header.tensors):
        return "reranker"
    if (
        architecture in _ENCODERS
        or header.metadata.get(f"{architecture}.attention.causal") is False
        or pooling  # a decoder that was trained to end in one vector
    ):
        return "embedder"
    if not any(key.startswith("tokenizer.") for key in header.metadata):
        return "other"  # nothing to read words with: a model of pictures or sounds
    return "chat model"


def _only_next_token_layers(header: Header) -> bool:
    """Whether the file holds only a model's layers for guessing ahead (multi-token prediction)."""
    names = [tensor.name for tensor in header.tensors]
    return any(".nextn." in name for name in names) and not any(map(_FIRST_BLOCK.search, names))
