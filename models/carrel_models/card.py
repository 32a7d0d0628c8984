"""The model card: what Carrel knows about one model file without loading it.

card = read_card(Path("some.gguf"))
card.kind, card.quantization, card.trained_context
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from carrel_models.checks import check_model
from carrel_models.gguf import Array, BadGguf, Header, read_header
from carrel_models.quantization import quantization_name
from carrel_models.templates import family_of

Kind = Literal[
    "chat model",
    "adapter",
    "embedder",
    "encoder-decoder",
    "projector",
    "vocabulary",
    "part",
    "other",
]
TemplateState = Literal["known", "unknown", "none"]

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


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """A model file, described. Sizes in bytes, context in tokens, modified in ns since 1970.

    `cache_bytes_per_token` is the KV cache of one token of context at 16 bits, None where the
    header does not say; `active_fraction` is the part of the weights that one token reads (below 1
    in a mixture of experts). `problem` is a sentence when the file cannot be used as it is.
    """

    id: str = ""
    name: str
    path: str
    kind: Kind
    architecture: str
    quantization: str
    size: int
    modified: int = 0
    parameters: int | None = None
    trained_context: int | None = None
    cache_bytes_per_token: int | None = None
    active_fraction: float = 1.0
    vocabulary: int | None = None
    licence: str = ""
    template: TemplateState = "none"
    template_family: str = ""
    sha256: str = ""
    starter: bool = False
    suspect: bool = False
    problem: str = ""


def read_card(path: Path | str) -> ModelCard:
    """Describe the GGUF at `path` from its header; the weights are not read (`sha256` stays "").

    Raises BadGguf when the file is broken, and OSError when it cannot be read.
    """
    path = Path(path)
    status = path.stat()
    header = read_header(path)
    check_model(header)
    architecture = header.text("general.architecture")
    if not architecture:
        raise BadGguf("The file does not say which architecture the model has.")
    template = header.text("tokenizer.chat_template")
    family = family_of(template) if template else ""
    return ModelCard(
        name=header.text("general.name") or path.stem,
        path=str(path),
        kind=kind_of(header),
        architecture=architecture,
        quantization=quantization_name(header.integer("general.file_type"), header.tensors),
        size=status.st_size,
        modified=status.st_mtime_ns,
        parameters=sum(tensor.elements for tensor in header.tensors) or None,
        trained_context=header.integer(f"{architecture}.context_length"),
        cache_bytes_per_token=_cache_bytes_per_token(header, architecture),
        active_fraction=_active_fraction(header, architecture),
        vocabulary=_vocabulary(header, architecture),
        licence=header.text("general.license"),
        template="none" if not template else "known" if family else "unknown",
        template_family=family,
    )


def kind_of(header: Header) -> Kind:
    """What the file is, from its header: only a "chat model" can answer."""
    architecture, kind = header.text("general.architecture"), header.text("general.type")
    if kind == "adapter":
        return "adapter"
    if kind == "mmproj" or architecture == "clip":
        return "projector"
    if kind not in ("", "model"):
        return "other"
    if (header.integer("split.no") or 0) > 0:
        return "part"
    if not header.tensors:
        return "vocabulary"
    if architecture in ("t5", "flan-t5"):
        return "encoder-decoder"
    if (
        architecture in _ENCODERS
        or header.metadata.get(f"{architecture}.attention.causal") is False
    ):
        return "embedder"
    if header.integer(f"{architecture}.pooling_type"):
        return "embedder"  # a decoder that was trained to end in one vector
    return "chat model"


def _vocabulary(header: Header, architecture: str) -> int | None:
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    if isinstance(tokens, Array):
        return tokens.length
    return header.integer(f"{architecture}.vocab_size")


def _cache_bytes_per_token(header: Header, architecture: str) -> int | None:
    """Keys and values of all layers at 2 bytes each: 2 * sum(kv heads) * head size, per K and V."""
    blocks = header.integer(f"{architecture}.block_count")
    heads = _one(header.metadata.get(f"{architecture}.attention.head_count"))
    width = header.integer(f"{architecture}.embedding_length")
    if not blocks or not heads or not width:
        return None
    kv = header.metadata.get(f"{architecture}.attention.head_count_kv")
    per_layer = (
        [v for v in (kv.values or ()) if isinstance(v, int)] if isinstance(kv, Array) else []
    )
    total_heads = sum(per_layer) if per_layer else blocks * (_one(kv) or heads)
    key = header.integer(f"{architecture}.attention.key_length") or width // heads
    value = header.integer(f"{architecture}.attention.value_length") or width // heads
    return total_heads * (key + value) * 2


def _one(value: object) -> int | None:
    """An integer, or the largest of a short per-layer array."""
    if isinstance(value, Array):
        numbers = [v for v in value.values or () if isinstance(v, int)]
        return max(numbers, default=None)
    return value if isinstance(value, int) else None


def _active_fraction(header: Header, architecture: str) -> float:
    experts = header.integer(f"{architecture}.expert_count") or 0
    used = header.integer(f"{architecture}.expert_used_count") or 0
    total = sum(tensor.elements for tensor in header.tensors)
    if experts <= 0 or not 0 < used <= experts or not total:
        return 1.0
    routed = sum(t.elements for t in header.tensors if "_exps." in t.name)
    return 1.0 - routed / total * (1.0 - used / experts)
