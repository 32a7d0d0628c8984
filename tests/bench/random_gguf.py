"""Writes GGUF models of random weights in the shapes and quantizations that people run.

Speed depends on shape and quantization alone, so that these stand for models that cannot be had
here. `write(path, SHAPES["1.5B"], "Q4_K_M")` takes seconds. The tokenizer is the starter model's,
filled up to the vocabulary of the shape, so that text can be given and the output layer has its
real size. Block layouts: ggml's block_q4_0, block_q4_K and block_q6_K (ggml-common.h); which
tensors a Q4_K_M file keeps in Q6_K follows llama.cpp's own mixture (use_more_bits in
llama-quant.cpp).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from tests.models.tiny_gguf import CHATML, Value, _padded, _string, _value

from carrel_models.starter import starter_path

F32, Q4_0, Q4_K, Q6_K = 0, 2, 12, 14
_BLOCK = {Q4_0: (32, 18), Q4_K: (256, 144), Q6_K: (256, 210)}  # values, bytes
_SCALES = {Q4_0: (0,), Q4_K: (0, 2), Q6_K: (208,)}  # where a block's float16 scales stand
_FORMS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}  # GGUF's scalar types
_POOL = 4 << 20  # bytes of random blocks that tensors are cut from
_SIZE = 0.02  # about how large weights are


class Shape(NamedTuple):
    """The numbers of a llama-like model."""

    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int


SHAPES = {
    "1.5B": Shape(28, 1536, 8960, 12, 2, 128, 151_936),  # Qwen2.5-1.5B
    "4B": Shape(36, 2560, 9728, 32, 8, 128, 151_936),  # Qwen3-4B
}


class _Tensor(NamedTuple):
    name: str
    shape: tuple[int, ...]  # fastest dimension first
    type: int

    @property
    def nbytes(self) -> int:
        count = int(np.prod(self.shape))
        if self.type == F32:
            return 4 * count
        values, size = _BLOCK[self.type]
        return count // values * size


def write(path: Path, shape: Shape, quantization: str, context: int = 16_384) -> Path:
    """Write a model of random weights; `quantization` is "Q4_0" or "Q4_K_M"."""
    tensors = list(_tensors(shape, quantization))
    values = _metadata(shape, context)
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values)))
        for key, value in values.items():
            file.write(_string(key) + _value(value))
        offset = 0
        for one in tensors:
            sizes = struct.pack(f"<I{len(one.shape)}Q", len(one.shape), *one.shape)
            file.write(_string(one.name) + sizes + struct.pack("<IQ", one.type, offset))
            offset += _padded(one.nbytes)
        file.write(bytes(_padded(file.tell()) - file.tell()))
        pools = {kind: _pool(kind) for kind in _BLOCK}
        for one in tensors:
            _fill(file, one, pools)
    return path


def _tensors(shape: Shape, quantization: str) -> Iterator[_Tensor]:
    usual = Q4_0 if quantization == "Q4_0" else Q4_K
    better = Q4_0 if quantization == "Q4_0" else Q6_K
    width, kv = shape.width, shape.kv_heads * shape.head
    # Tied to the output layer, and so kept in more bits by both quantizations.
    yield _Tensor("token_embd.weight", (width, shape.vocabulary), Q6_K)
    yield _Tensor("output_norm.weight", (width,), F32)
    for layer in range(shape.layers):
        eighth = shape.layers // 8
        more = layer < eighth or layer >= 7 * eighth or (layer - eighth) % 3 == 2
        mixed = better if more else usual
        for name, size, kind in (
            ("attn_norm", (width,), F32),
            ("ffn_norm", (width,), F32),
            ("attn_q", (width, shape.heads * shape.head), usual),
            ("attn_k", (width, kv), usual),
            ("attn_v", (width, kv), mixed),
            ("attn_output", (shape.heads * shape.head, width), usual),
            ("ffn_gate", (width, shape.feed_forward), usual),
            ("ffn_up", (width, shape.feed_forward), usual),
            ("ffn_down", (shape.feed_forward, width), mixed),
        ):
            yield _Tensor(f"blk.{layer}.{name}.weight", size, kind)


def _metadata(shape: Shape, context: int) -> dict[str, Value]:
    starter = starter_path()
    if starter is None:
        raise RuntimeError("The starter model is not installed.")
    own = _read_metadata(starter)
    tokens, kinds = own["tokenizer.ggml.tokens"], own["tokenizer.ggml.token_type"]
    more = shape.vocabulary - len(tokens)
    return {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": "Random",
        "llama.block_count": shape.layers,
        "llama.context_length": context,
        "llama.embedding_length": shape.width,
        "llama.feed_forward_length": shape.feed_forward,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.kv_heads,
        "llama.attention.key_length": shape.head,
        "llama.attention.value_length": shape.head,
        "llama.attention.layer_norm_rms_epsilon": 1e-6,
        "llama.rope.dimension_count": shape.head,
        "llama.rope.freq_base": 1e6,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": own["tokenizer.ggml.pre"],
        "tokenizer.ggml.tokens": [*tokens, *(f"<filler {i}>" for i in range(more))],
        "tokenizer.ggml.token_type": [*kinds, *[5] * more],  # 5: unused
        "tokenizer.ggml.merges": own["tokenizer.ggml.merges"],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": CHATML,
    }


def _read_metadata(path: Path) -> dict[str, Any]:
    """All metadata of a file that is trusted, long arrays included (the product's reader, which
    trusts none, skips these)."""
    with path.open("rb") as file:
        file.seek(16)
        return {_read_string(file): _read_value(file) for _ in range(_number(file, "<Q"))}


def _read_value(file: BinaryIO, kind: int | None = None) -> Any:
    kind = _number(file, "<I") if kind is None else kind
    if kind == 9:
        inner = _number(file, "<I")
        return [_read_value(file, inner) for _ in range(_number(file, "<Q"))]
    return _read_string(file) if kind == 8 else _number(file, "<" + _FORMS[kind])


def _read_string(file: BinaryIO) -> str:
    return file.read(_number(file, "<Q")).decode()


def _number(file: BinaryIO, form: str) -> Any:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _pool(kind: int) -> bytes:
    """Random blocks whose float16 scales are small and finite."""
    _, size = _BLOCK[kind]
    rng = np.random.default_rng(kind)
    blocks = rng.integers(0, 256, (_POOL // size, size), dtype=np.uint8)
    # A value is about scale x 5 (4-bit), times block scales of up to 63 or 127 in K-quants.
    scale = np.float16(_SIZE / {Q4_0: 5, Q4_K: 5 * 32, Q6_K: 18 * 64}[kind])
    for at in _SCALES[kind]:
        blocks[:, at : at + 2] = np.frombuffer(scale.tobytes(), np.uint8)
    return blocks.tobytes()


def _fill(file: BinaryIO, tensor: _Tensor, pools: dict[int, bytes]) -> None:
    if tensor.type == F32:
        data = np.ones(tensor.shape, np.float32).tobytes()
        file.write(data)
    else:
        left, pool = tensor.nbytes, pools[tensor.type]
        while left:
            left -= file.write(pool[:left])
    file.write(bytes(_padded(tensor.nbytes) - tensor.nbytes))
