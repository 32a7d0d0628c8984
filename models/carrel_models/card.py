"""The model card: what Carrel knows about one model file without loading it.

card = read_card(Path("some.gguf"))
card.kind, card.quantization, card.trained_context
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from carrel_models.checks import check_complete, check_layers, check_weights
from carrel_models.digests import fingerprint
from carrel_models.gguf import Array, BadGguf, Header, read_header
from carrel_models.kinds import WHOLE, Kind, kind_of
from carrel_models.provenance import in_words, one_line, provenance_of
from carrel_models.quantization import quantization_name
from carrel_models.shape import Shape, shape_of
from carrel_models.splits import read_parts
from carrel_models.templates import digest, family_of
from carrel_models.vendor import vendor_sampling

TemplateState = Literal["known", "unknown", "none"]

# Counts up when cards learn more, so that those written before are read from their files again.
CARD_VERSION = 2


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """A model file, described. Sizes in bytes, context in tokens, modified in ns since 1970.

    `cache_bytes_per_token` is the KV cache of one token of context at 16 bits, None where the
    header does not say; `active_fraction` is the part of the weights that one token reads (below 1
    in a mixture of experts); `shape` are the sizes inside a chat model; `sampling` is what the
    vendor recommends, by field of a preset.

    A model in several `parts` has the `path` of the first, and the `size`
    and SHA-256 of all of them one after another. `sha256` is "" until it has been computed;
    `fingerprint` names the content until then (see files.fingerprint). `problem` is a sentence when
    the file cannot be used as it is. `copied` says that Carrel made this copy.
    """

    id: str = ""
    name: str
    path: str
    kind: Kind
    architecture: str
    quantization: str
    size: int
    modified: int = 0
    parts: int = 1
    parameters: int | None = None
    layers: int | None = None
    trained_context: int | None = None
    cache_bytes_per_token: int | None = None
    active_fraction: float = 1.0
    shape: Shape | None = None
    vocabulary: int | None = None
    licence: str = ""
    template: TemplateState = "none"
    template_family: str = ""
    template_sha256: str = ""
    base_model: str = ""
    author: str = ""
    organization: str = ""
    quantized_by: str = ""
    source: str = ""
    tags: list[str] = []
    sampling: dict[str, float] = {}
    sha256: str = ""
    fingerprint: str = ""
    version: int = 1
    copied: bool = False
    starter: bool = False
    suspect: bool = False
    problem: str = ""

    @property
    def provenance(self) -> str:
        """Who made it and where it was published, in one line; "" when the file is silent."""
        return in_words(self.author, self.organization, self.quantized_by, self.source)


class Described(NamedTuple):
    """A file's card, and what it was read from: the headers of its parts and the tensors of all."""

    card: ModelCard
    header: Header
    parts: list[tuple[Path, Header]]


def read_card(path: Path | str) -> ModelCard:
    """Describe the GGUF at `path` from its header; the weights are not read (`sha256` stays "").

    Raises BadGguf when the file is broken, and OSError when it cannot be read.
    """
    return describe(path).card


def describe(path: Path | str) -> Described:
    """`read_card` together with the headers, for who needs more than the card. Raises the same."""
    path = Path(path)
    first = read_header(path)
    kind = kind_of(first)
    parts = read_parts(path, first) if kind in WHOLE else [(path, first)]
    for _, part in parts:
        check_complete(part)
        if kind in WHOLE:
            check_weights(part)
    header = first._replace(tensors=[t for _, part in parts for t in part.tensors])
    if kind in WHOLE:
        check_layers(header, whole=True)
    return Described(_card(path, header, kind, parts), header, parts)


def _card(path: Path, header: Header, kind: Kind, parts: list[tuple[Path, Header]]) -> ModelCard:
    architecture = one_line(header.text("general.architecture"))
    if not architecture and kind != "part":  # a later part leaves everything to the first
        raise BadGguf("The file does not say which architecture the model has.")
    template = header.text("tokenizer.chat_template")
    family = family_of(template) if template else ""
    origin = provenance_of(header)
    return ModelCard(
        name=one_line(header.text("general.name")) or path.stem,
        path=str(path),
        kind=kind,
        architecture=architecture,
        quantization=quantization_name(header.integer("general.file_type"), header.tensors),
        size=sum(part.file_size for _, part in parts),
        modified=path.stat().st_mtime_ns,
        parts=len(parts),
        parameters=sum(tensor.elements for tensor in header.tensors) or None,
        layers=header.integer(f"{architecture}.block_count"),
        trained_context=header.integer(f"{architecture}.context_length"),
        cache_bytes_per_token=_cache_bytes_per_token(header, architecture),
        active_fraction=_active_fraction(header, architecture),
        shape=shape_of(header) if kind == "chat model" else None,
        vocabulary=_vocabulary(header, architecture),
        template="none" if not template else "known" if family else "unknown",
        template_family=family,
        template_sha256=digest(template) if template else "",
        sampling=vendor_sampling(header),
        **origin._asdict(),
        version=CARD_VERSION,
    )


def identify_content(described: Described) -> str:
    """A digest that names the content of a model's files without reading all of them."""
    marks = [fingerprint(path, header.data_offset) for path, header in described.parts]
    return marks[0] if len(marks) == 1 else digest("".join(marks))[:32]


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
