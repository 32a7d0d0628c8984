"""Writes tiny GGUF models for tests: a llama of two layers that llama.cpp loads in milliseconds.

    write_tiny(tmp_path / "tiny.gguf")                          random weights
    write_tiny(path, successor=follow("Yes, it is.<|im_end|>")) the next token follows the last one

The vocabulary is one token per byte (in the byte-level BPE alphabet), a few merges, and three
control tokens. With `successor` the layers add nothing and the output matrix maps a token's
embedding to the embedding of its successor, so that greedy output is known in advance.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEADS, KV_HEADS, FEED_FORWARD, LAYERS = 64, 4, 2, 128, 2
MERGES = ["t h", "th e", "i n", "Ġ t", "a n", "Ġt he", "o u", "Ġ a"]
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)

Value = bool | int | float | str | Sequence[str] | Sequence[int] | Sequence[float]


class Short(int):
    """An integer that is written with 16 bits: llama.cpp insists on it where a model is split."""


class Signed(int):
    """An integer that is written with 32 bits and a sign, for the same reason."""


def byte_alphabet() -> list[str]:
    """The printable character that stands for each byte in byte-level BPE."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(others)) for b in range(256)]


def vocabulary() -> list[str]:
    """All tokens: control tokens, then bytes, then merged pieces."""
    return CONTROL + byte_alphabet() + [merge.replace(" ", "") for merge in MERGES]


def token_of(byte: int) -> int:
    """The id of a single byte's token."""
    return len(CONTROL) + byte


def follow(text: str, end: int = 2) -> dict[int, int]:
    """A successor table for greedy output: after "\\n" comes `text` byte by byte, then `end`.

    Each byte of `text` may occur once only, and "\\n" not at all (a table has one successor each).
    """
    ids = [token_of(byte) for byte in text.encode()]
    if len(set(ids)) < len(ids) or token_of(10) in ids:
        raise ValueError("Each byte can be followed by one token only.")
    chain = [token_of(10), *ids, end]
    return dict(itertools.pairwise(chain))


def spm_vocabulary() -> tuple[list[str], list[int], list[float]]:
    """Tokens, kinds and scores of a small SentencePiece vocabulary with byte fallback.

    `<|user|>` is a user-defined token, as in models that mark roles with such tokens.
    """
    letters = [chr(c) for c in range(33, 127)] + ["\u2581"]
    words = ["\u2581h", "el", "lo", "\u2581hel", "\u2581hello", "\u2581t", "he", "\u2581the"]
    texts = ["<unk>", "<s>", "</s>", "<|user|>", *[f"<0x{b:02X}>" for b in range(256)]]
    kinds = [2, 3, 3, 4, *[6] * 256, *[1] * (len(letters) + len(words))]
    scores = [0.0] * 260 + [-50.0] * len(letters) + [float(-i) for i in range(len(words))]
    return texts + letters + words, kinds, scores


def spm_changes() -> dict[str, Value | None]:
    """Metadata changes that give a tiny model the SentencePiece vocabulary."""
    texts, kinds, scores = spm_vocabulary()
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": None,
        "tokenizer.ggml.merges": None,
        "tokenizer.ggml.tokens": texts,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.scores": scores,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.add_bos_token": True,
    }


def more_tokens(
    controls: Sequence[str], user_defined: Sequence[str] = (), spm: bool = False
) -> dict[str, Value | None]:
    """Metadata changes that add special tokens to the byte-level (or SentencePiece) vocabulary."""
    changes: dict[str, Value | None] = spm_changes() if spm else {}
    before = spm_vocabulary() if spm else None
    texts = before[0] if before else vocabulary()
    plain = [1] * (len(texts) - len(CONTROL))
    kinds = before[1] if before else [3] * len(CONTROL) + plain
    new = [text for text in dict.fromkeys((*controls, *user_defined)) if text not in texts]
    changes["tokenizer.ggml.tokens"] = [*texts, *new]
    changes["tokenizer.ggml.token_type"] = [*kinds, *(3 if t in controls else 4 for t in new)]
    if before:
        changes["tokenizer.ggml.scores"] = [*before[2], *([0.0] * len(new))]
    return changes


def metadata(context: int = 512, template: str | None = CHATML) -> dict[str, Value]:
    """The metadata of a tiny model."""
    tokens = vocabulary()
    kinds = [3] * len(CONTROL) + [1] * (len(tokens) - len(CONTROL))
    values: dict[str, Value] = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Tiny",
        "general.license": "apache-2.0",
        "llama.block_count": LAYERS,
        "llama.context_length": context,
        "llama.embedding_length": WIDTH,
        "llama.feed_forward_length": FEED_FORWARD,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KV_HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_bos_token": False,
    }
    if template is not None:
        values["tokenizer.chat_template"] = template
    return values


def tensors(
    seed: int = 1, successor: Mapping[int, int] | None = None, count: int | None = None
) -> dict[str, NDArray[np.float32]]:
    """The weights, rows first (the GGUF shape is the reverse)."""
    rng = np.random.default_rng(seed)
    count, kv = count or len(vocabulary()), WIDTH // HEADS * KV_HEADS
    scale = 0.0 if successor is not None else 0.35

    def matrix(rows: int, columns: int, size: float) -> NDArray[np.float32]:
        return (rng.standard_normal((rows, columns)) * size).astype(np.float32)

    embedding = matrix(count, WIDTH, 1.0)
    weights = {"token_embd.weight": embedding, "output_norm.weight": np.ones(WIDTH, np.float32)}
    for layer in range(LAYERS):
        block = {
            "attn_norm": np.ones(WIDTH, np.float32),
            "ffn_norm": np.ones(WIDTH, np.float32),
            "attn_q": matrix(WIDTH, WIDTH, 0.3),
            "attn_k": matrix(kv, WIDTH, 0.3),
            "attn_v": matrix(kv, WIDTH, 0.3),
            "attn_output": matrix(WIDTH, WIDTH, scale),
            "ffn_gate": matrix(FEED_FORWARD, WIDTH, 0.3),
            "ffn_up": matrix(FEED_FORWARD, WIDTH, 0.3),
            "ffn_down": matrix(WIDTH, FEED_FORWARD, scale),
        }
        weights |= {f"blk.{layer}.{name}.weight": value for name, value in block.items()}
    weights["output.weight"] = _output(rng, embedding, successor)
    return weights


def _output(
    rng: np.random.Generator, embedding: NDArray[np.float32], successor: Mapping[int, int] | None
) -> NDArray[np.float32]:
    if successor is None:
        return (rng.standard_normal(embedding.shape) * 2.0).astype(np.float32)
    output = np.zeros_like(embedding)
    for token, following in successor.items():
        output[following] = embedding[token]
    return output


def write_tiny(
    path: Path,
    *,
    seed: int = 1,
    context: int = 512,
    template: str | None = CHATML,
    successor: Mapping[int, int] | None = None,
    change: Mapping[str, Value | None] | None = None,
    drop: str = "",
) -> Path:
    """Write a model to `path`. `change` replaces metadata (None removes), `drop` leaves out the
    tensors whose name contains it. The embedding has a row per token of the vocabulary."""
    values = metadata(context, template)
    for key, value in (change or {}).items():
        values.pop(key, None)
        if value is not None:
            values[key] = value
    texts = values.get("tokenizer.ggml.tokens", vocabulary())
    count = len(texts) if isinstance(texts, list) else None
    weights = tensors(seed, successor, count)
    if drop:
        weights = {name: array for name, array in weights.items() if drop not in name}
    return write_gguf(path, values, weights)


def write_gguf(
    path: Path, values: Mapping[str, Value], weights: Mapping[str, NDArray[np.float32]]
) -> Path:
    """Write any metadata and F32 tensors as a GGUF of version 3."""
    out = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(values)))
    for key, value in values.items():
        out += _string(key) + _value(value)
    offset = 0
    for name, array in weights.items():
        shape = array.shape[::-1]
        out += _string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += _padded(array.nbytes)
    out += b"\0" * (_padded(len(out)) - len(out))
    for array in weights.values():
        out += array.tobytes() + b"\0" * (_padded(array.nbytes) - array.nbytes)
    path.write_bytes(out)
    return path


def _padded(size: int) -> int:
    return -(-size // 32) * 32


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, Short):
        return struct.pack("<IH", 2, value)
    if isinstance(value, Signed):
        return struct.pack("<Ii", 5, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _string(value)
    if value and isinstance(value[0], str):
        texts = b"".join(_string(str(item)) for item in value)
        return struct.pack("<IIQ", 9, 8, len(value)) + texts
    if value and isinstance(value[0], float):
        return struct.pack(f"<IIQ{len(value)}f", 9, 6, len(value), *(float(v) for v in value))
    return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *(int(v) for v in value))
