"""Breaks GGUF files in every way we could think of, the same way each time it is asked.

    for mutant in mutants(write_tiny(path).read_bytes(), range(500)): mutant.name, mutant.data

A file is taken apart into its metadata pairs, its tensor entries and its data; a mutation changes
the bytes of one of them (a value, a count, a type, a shape, an offset) and the rest is put together
again, so that most mutants get as far into a reader as their one defect lets them.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tests.models.gguf_parts import Entry, Parts, parts_of, text, u32, u64
from tests.models.hostile_templates import TEMPLATES

_COUNTS = (0, 1, 2, 255, 1 << 20, 1 << 31, (1 << 31) - 1, 1 << 32, 1 << 40, 1 << 63, (1 << 64) - 1)
_NUMBERS = (0, 1, 2, 3, 5, 7, 63, 65, 511, 4097, 1 << 16, 1 << 20, 1 << 24, (1 << 31) - 1, 1 << 31)
_NEGATIVE = (-1, -2, -(1 << 31))
_FLOATS = (math.nan, math.inf, -math.inf, 0.0, -1.0, 1e38, 1e-38, 1e9)


class Mutant(NamedTuple):
    """A broken file: `name` is its number and what was done to it."""

    name: str
    data: bytes


# --- mutations: each changes the parts; a bytes result replaces the whole file ----------------

Mutation = Callable[[random.Random, Parts], bytes | None]


def header_bytes(rng: random.Random, parts: Parts) -> bytes:
    """Some bytes of the header, anywhere."""
    whole = bytearray(parts.encoded())
    end = len(whole) - len(parts.data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        place, new = rng.randrange(4, end), rng.randrange(256)
        whole[place] = new
        parts.done.append(f"byte {place} := {new}")
    return bytes(whole)


def weights(rng: random.Random, parts: Parts) -> None:
    """Weights that are not numbers, or as large as numbers get."""
    data = bytearray(parts.data)
    value = rng.choice((*_FLOATS, None))
    for _ in range(rng.choice((1, 50, 5000))):
        place = rng.randrange(len(data) // 4) * 4
        data[place : place + 4] = rng.randbytes(4) if value is None else struct.pack("<f", value)
    parts.data = bytes(data)
    parts.done.append(f"weights := {value}")


def truncation(rng: random.Random, parts: Parts) -> bytes:
    """The file ends early, in the header or in the data."""
    whole = parts.encoded()
    head = len(whole) - len(parts.data)
    length = rng.choice((rng.randrange(head), rng.randrange(head, len(whole)), len(whole) - 1))
    parts.done.append(f"cut after {length} of {len(whole)}")
    return whole[:length]


def counts(rng: random.Random, parts: Parts) -> bytes | None:
    """A count or a length that promises too much or too little."""
    what, value = rng.randrange(4), rng.choice(_COUNTS)
    parts.done.append(f"count {what} := {value}")
    if what == 0:
        parts.tensor_count = value
    elif what == 1:
        parts.pair_count = value
    else:
        texts = [i for i, pair in enumerate(parts.pairs) if pair[1] == 8]
        arrays = [i for i, pair in enumerate(parts.pairs) if pair[1] == 9]
        at = rng.choice(texts if what == 2 or not arrays else arrays)
        key, kind, old = parts.pairs[at]
        skip = 0 if kind == 8 else 4
        parts.pairs[at] = (key, kind, old[:skip] + u64(value) + old[skip + 8 :])
    return None


def value_types(rng: random.Random, parts: Parts) -> None:
    """A type that is not that of the value's bytes."""
    at = rng.randrange(len(parts.pairs))
    key, old, value = parts.pairs[at]
    kind = rng.choice((*range(14), 255, 1 << 31))
    parts.pairs[at] = (key, kind, value)
    parts.done.append(f"type of {key.decode()} {old} := {kind}")


def _random_value(rng: random.Random) -> tuple[int, bytes]:
    """A well-formed value of any type."""
    number = rng.choice((*_NUMBERS, *_NEGATIVE))
    return rng.choice(
        (
            (4, u32(number)),
            (5, u32(number)),
            (10, u64(rng.choice(_COUNTS))),
            (11, u64(number)),
            (6, struct.pack("<f", rng.choice(_FLOATS))),
            (12, struct.pack("<d", rng.choice(_FLOATS))),
            (7, bytes([rng.choice((0, 1, 2))])),
            (8, text(rng.choice((b"", b"x", b"\xff\xfe\0", "é\n\0".encode(), b"a" * 5000)))),
            (9, u32(4) + u64(0)),
            (9, u32(4) + u64(2) + u32(number) * 2),
            (9, u32(6) + u64(3) + struct.pack("<3f", *rng.choices(_FLOATS, k=3))),
            (9, u32(8) + u64(2) + text(b"") + text(b"a b")),
            (9, u32(8) + u64(600) + text(b"") * 600),
        )
    )


def values(rng: random.Random, parts: Parts) -> None:
    """Any key with a well-formed value of any type."""
    key = rng.choice(parts.pairs)[0].decode()
    parts.put(key, *_random_value(rng))


def hyperparameters(rng: random.Random, parts: Parts) -> None:
    """Sizes that are negative, huge or do not divide each other."""
    keys = [key.decode() for key, kind, _ in parts.pairs if kind in (4, 5, 6) and b"llama" in key]
    keys = keys or [key.decode() for key, kind, _ in parts.pairs if kind in (4, 5, 6)]
    for key in rng.sample(keys, min(len(keys), rng.choice((1, 1, 2)))):
        at = parts.index(key)
        if at is not None and parts.pairs[at][1] == 6:
            parts.put(key, 6, struct.pack("<f", rng.choice(_FLOATS)))
        else:
            parts.put(key, 4, u32(rng.choice((*_NUMBERS, *_NEGATIVE))))


_RARE = (
    "rope.freq_base", "rope.scaling.factor", "rope.scaling.original_context_length",
    "rope.scaling.attn_factor", "attention.sliding_window", "attention.key_length",
    "attention.value_length", "attention.clamp_kqv", "attention.max_alibi_bias", "logit_scale",
    "expert_count", "expert_used_count", "expert_shared_count", "expert_weights_scale",
    "vocab_size", "embedding_scale", "residual_scale", "final_logit_softcapping", "pooling_type",
    "attention.causal", "leading_dense_block_count", "nextn_predict_layers", "ssm.conv_kernel",
    "rope.dimension_sections", "rope.scaling.type", "attention.layer_indices", "tensor_data_layout",
)  # fmt: skip


def rare_keys(rng: random.Random, parts: Parts) -> None:
    """Keys that the file did not have, with any value."""
    for name in rng.sample(_RARE, rng.choice((1, 2, 4))):
        fitting = (6, struct.pack("<f", rng.choice(_FLOATS)))
        number = (4, u32(rng.choice((*_NUMBERS, *_NEGATIVE))))
        parts.put(f"llama.{name}", *rng.choice((fitting, number, number, _random_value(rng))))


_FACTS = (
    "general.name", "general.license", "general.description", "general.tags", "general.languages",
    "general.base_model.count", "general.base_model.0.name", "general.file_type", "general.url",
    "general.sampling.temp", "general.sampling.top_k", "general.sampling.top_p", "general.author",
    "general.size_label", "general.quantized_by", "general.sampling.penalty_repeat",
)  # fmt: skip
_SPEECH = (
    "a" * 600_000, "two\nlines", "\0\x1b[31mred", "<img src='file:///etc/passwd'>", "../../../x",
    "\u202egnirts", "x" * 70_000, " ", "con", "$(true)", "é" * 300,
)  # fmt: skip


def facts(rng: random.Random, parts: Parts) -> None:
    """What the file says about itself to people: lies, novels, and attempts to break out."""
    for key in rng.sample(_FACTS, rng.choice((1, 2, 5))):
        speech = (8, text(rng.choice(_SPEECH).encode()))
        parts.put(key, *rng.choice((speech, speech, _random_value(rng))))


def vocabulary(rng: random.Random, parts: Parts) -> None:
    """A tokenizer that does not hang together."""
    what, prefix = rng.randrange(6), "tokenizer.ggml."
    if what == 0:
        name = rng.choice(("bos", "eos", "eot", "unknown", "padding", "seperator", "fim_pre"))
        parts.put(f"{prefix}{name}_token_id", 4, u32(rng.choice((*_NUMBERS, *_NEGATIVE))))
    elif what == 1:
        names = ("llama", "gpt2", "bert", "t5", "rwkv", "plamo2", "no_vocab", "", "x")
        parts.put(f"{prefix}model", 8, text(rng.choice(names).encode()))
    elif what == 2:
        names = ("llama-bpe", "qwen2", "gpt-4o", "tekken", "deepseek-llm", "bert-bge", "kimi-k2")
        parts.put(f"{prefix}pre", 8, text(rng.choice((*names, "", "nobody")).encode()))
    elif what == 3:
        size = rng.choice((0, 1, 2, 266, 268, 70_000))
        kinds = [rng.choice((0, 1, 2, 3, 4, 5, 6, 7, -1, 1 << 30)) for _ in range(size)]
        parts.put(f"{prefix}token_type", 9, _array(5, [u32(kind) for kind in kinds]))
    elif what == 4:
        words = rng.choice(([b""] * 267, [b"a"] * 267, [b"\xff\xfe"] * 267, [b"a"] * 10, []))
        parts.put(f"{prefix}tokens", 9, _array(8, [text(word) for word in words]))
    else:
        merges = rng.choice(([b"ab"], [b" "], [b""], [b"a b c"], [b"x y"] * 5000, [b"\0 \0"]))
        parts.put(f"{prefix}merges", 9, _array(8, [text(merge) for merge in merges]))


def _array(kind: int, items: list[bytes]) -> bytes:
    return u32(kind) + u64(len(items)) + b"".join(items)


def offsets(rng: random.Random, parts: Parts) -> None:
    """Tensor data in another tensor's place, unaligned, or outside the file."""
    one, two = rng.sample(parts.tensors, 2)
    what = rng.randrange(3)
    if what == 0:
        one.offset, two.offset = two.offset, one.offset
    elif what == 1:
        one.offset = rng.choice((1, 31, 33, len(parts.data), *_COUNTS))
    else:
        for entry in parts.tensors:
            entry.offset = one.offset
    parts.done.append(f"offset of {one.name.decode()} := {one.offset}")


def shapes(rng: random.Random, parts: Parts) -> None:
    """A tensor of another shape."""
    entry = rng.choice(parts.tensors)
    what = rng.randrange(4)
    if what == 0:
        entry.shape[rng.randrange(len(entry.shape))] = rng.choice((*_COUNTS, *_NUMBERS))
    elif what == 1:
        entry.shape.reverse()
    elif what == 2:
        entry.dimensions = rng.choice((0, 1, 3, 4, 5, 1 << 31))
    else:
        entry.shape = [math.prod(entry.shape)] if rng.random() < 0.5 else [*entry.shape, 1]
    parts.done.append(f"shape of {entry.name.decode()} := {entry.shape} ({entry.dimensions})")


def tensor_types(rng: random.Random, parts: Parts) -> None:
    """Weights of another or an unknown type."""
    kind = rng.choice((*range(45), 255, 1 << 31))
    chosen = parts.tensors if rng.random() < 0.3 else [rng.choice(parts.tensors)]
    for entry in chosen:
        entry.kind = kind
    parts.done.append(f"type of {len(chosen)} tensors := {kind}")


def names(rng: random.Random, parts: Parts) -> None:
    """Tensors that are called like others, like nothing, or are missing or there twice."""
    one, two = rng.sample(range(len(parts.tensors)), 2)
    what = rng.randrange(5)
    first, second = parts.tensors[one], parts.tensors[two]
    parts.done.append(f"names {what} of {first.name!r} and {second.name!r}")
    if what == 0:
        first.name, second.name = second.name, first.name
    elif what == 1:
        first.name = second.name
    elif what == 2:
        first.name = rng.choice((b"", b"\0", b"blk.999.attn_q.weight", b"a" * 70, b"\xff" * 20))
    elif what == 3:
        del parts.tensors[one]
    else:
        parts.tensors.append(Entry(b"extra.weight", [32], 0, first.offset))


def missing(rng: random.Random, parts: Parts) -> None:
    """A key is missing, or there twice with another value."""
    at = rng.randrange(len(parts.pairs))
    key, kind, value = parts.pairs[at]
    if rng.random() < 0.6:
        del parts.pairs[at]
        parts.done.append(f"without {key.decode()}")
    else:
        parts.pairs.append((key, *rng.choice(((kind, value), _random_value(rng)))))
        parts.done.append(f"{key.decode()} twice")


def splits(rng: random.Random, parts: Parts) -> None:
    """A file that says it is one of many, in circles."""
    for key in ("split.no", "split.count", "split.tensors.count"):
        if rng.random() < 0.8:
            parts.put(key, rng.choice((2, 4, 5, 10)), b"")
            number = rng.choice((0, 1, 2, 3, 65535, (1 << 31) - 1, -1))
            at = parts.index(key)
            assert at is not None
            name, kind, _ = parts.pairs[at]
            sized = {2: struct.pack("<H", number & 0xFFFF), 10: u64(number)}
            parts.pairs[at] = (name, kind, sized.get(kind, u32(number)))
            parts.done.append(f"{key} := {number}")


def templates(rng: random.Random, parts: Parts) -> None:
    """A chat template that means harm."""
    template = rng.choice(TEMPLATES)
    parts.put("tokenizer.chat_template", 8, text(template.encode()))


_ARCHITECTURES = (
    "qwen2", "qwen3", "qwen2moe", "gemma", "gemma2", "gemma3", "phi2", "phi3", "mistral", "mamba",
    "mamba2", "rwkv6", "rwkv7", "falcon", "gpt2", "gptneox", "bloom", "mpt", "starcoder2", "olmo2",
    "command-r", "deepseek2", "minicpm", "granite", "jamba", "t5", "bert", "nomic-bert", "clip",
    "llama4", "gpt-oss", "lfm2", "dream", "wavtokenizer-dec", "chameleon", "plm", "glm4", "arcee",
    "grok", "dbrx", "stablelm", "baichuan", "exaone", "nemotron", "xverse", "smollm3", "llada",
    "(unknown)", "", "llama/../x",
)  # fmt: skip


def architectures(rng: random.Random, parts: Parts) -> None:
    """The same file under another architecture's name."""
    name = rng.choice(_ARCHITECTURES)
    parts.pairs = [
        (key.replace(b"llama.", name.encode() + b"."), kind, value)
        if key.startswith(b"llama.")
        else (key, kind, value)
        for key, kind, value in parts.pairs
    ]
    parts.put("general.architecture", 8, text(name.encode()))


def versions(rng: random.Random, parts: Parts) -> None:
    """Another version of the format, another alignment, another kind of file."""
    what = rng.randrange(3)
    if what == 0:
        parts.version = rng.choice((0, 1, 2, 4, 1 << 24, 3 << 24, 1 << 31))
        parts.done.append(f"version := {parts.version}")
    elif what == 1:
        parts.put("general.alignment", 4, u32(rng.choice((0, 1, 3, 4, 48, 64, 4096, 1 << 31))))
    else:
        kinds = ("adapter", "mmproj", "imatrix", "", "model ", "lora")
        parts.put("general.type", 8, text(rng.choice(kinds).encode()))


def two(rng: random.Random, parts: Parts) -> bytes | None:
    """Two of the others at once."""
    for mutation in rng.sample((hyperparameters, vocabulary, shapes, rare_keys, names, offsets), 2):
        mutation(rng, parts)
    return None


MUTATIONS: tuple[Mutation, ...] = (
    header_bytes, weights, truncation, counts, value_types, values, hyperparameters, rare_keys,
    facts, vocabulary, offsets, shapes, tensor_types, names, missing, splits, templates,
    architectures, versions, two,
)  # fmt: skip

# What can be done to a file that has no vocabulary and no template.
ADAPTER_MUTATIONS: tuple[Mutation, ...] = (
    header_bytes, weights, truncation, counts, value_types, values, hyperparameters, facts,
    offsets, shapes, tensor_types, names, missing, versions,
)  # fmt: skip


def mutants(
    base: bytes, numbers: Iterable[int], mutations: tuple[Mutation, ...] = MUTATIONS
) -> Iterator[Mutant]:
    """The mutants of a well-formed GGUF with these numbers; each number is one mutant for ever
    (as long as no mutation is changed), and the mutations take turns."""
    for number in numbers:
        mutation = mutations[number % len(mutations)]
        parts = parts_of(base)
        whole = mutation(random.Random(number), parts)
        name = f"{number} {mutation.__name__}: {'; '.join(parts.done)[:200]}"
        yield Mutant(name, parts.encoded() if whole is None else whole)
