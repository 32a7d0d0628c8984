"""From ggml's blocks back to 32-bit floats, for the types that models are commonly kept in.

A block holds 32 or 256 numbers and their scales; how is told in ggml's ggml-common.h and
ggml-quants.c (dequantize_row_*), which these few lines follow exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carrel_models.quantization import TENSOR_TYPES

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Numbers = Any
"""An array on its way to floats."""


class UnknownType(ValueError):
    """Tensors of this type cannot be read here; the message is one sentence for people."""


def dequantize(data: bytes, kind: int) -> Floats:
    """The numbers of whole blocks of a ggml type, (n,). Raises UnknownType."""
    if kind not in _READERS:
        raise UnknownType("This model is kept in a form that is not trained on (try Q4_K_M, Q8_0).")
    size = TENSOR_TYPES[kind][2]
    blocks = np.frombuffer(bytearray(data), np.uint8).reshape(-1, size)
    return np.ascontiguousarray(_READERS[kind](blocks).reshape(-1), dtype=np.float32)


def _half(blocks: Bytes, at: int) -> Floats:
    """The 16-bit float at byte `at` of every block, (n, 1)."""
    return np.ascontiguousarray(blocks[:, at : at + 2]).view(np.float16).astype(np.float32)


def _nibbles(packed: Bytes) -> Numbers:
    """Low halves of all bytes, then high halves: (n, m) -> (n, 2 m)."""
    return np.concatenate([packed & 15, packed >> 4], axis=1)


def _fifth_bits(packed: Bytes) -> Numbers:
    """32 bits of 4 bytes, lowest first, each worth 16: (n, 4) -> (n, 32)."""
    return np.unpackbits(packed, axis=1, bitorder="little") << 4


def _q4_0(b: Bytes) -> Numbers:
    return _half(b, 0) * (_nibbles(b[:, 2:]).astype(np.float32) - 8)


def _q4_1(b: Bytes) -> Numbers:
    return _half(b, 0) * _nibbles(b[:, 4:]) + _half(b, 2)


def _q5_0(b: Bytes) -> Numbers:
    return _half(b, 0) * ((_nibbles(b[:, 6:]) | _fifth_bits(b[:, 2:6])).astype(np.float32) - 16)


def _q5_1(b: Bytes) -> Numbers:
    return _half(b, 0) * (_nibbles(b[:, 8:]) | _fifth_bits(b[:, 4:8])) + _half(b, 2)


def _q8_0(b: Bytes) -> Numbers:
    return _half(b, 0) * b[:, 2:].view(np.int8)


def _scales(packed: Bytes) -> tuple[Numbers, Numbers]:
    """Eight scales and eight minima of six bits each in 12 bytes, (n, 8, 1) each."""
    low, mid, high = packed[:, :4], packed[:, 4:8], packed[:, 8:]
    scale = np.concatenate([low & 63, (high & 15) | (low >> 6) << 4], axis=1)
    least = np.concatenate([mid & 63, (high >> 4) | (mid >> 6) << 4], axis=1)
    return scale[:, :, None].astype(np.float32), least[:, :, None].astype(np.float32)


def _by_64(packed: Bytes) -> Numbers:
    """128 bytes, each two numbers 32 places apart: (n, 128) -> (n, 8, 32)."""
    groups = packed.reshape(-1, 4, 1, 32)
    return np.concatenate([groups & 15, groups >> 4], axis=2).reshape(-1, 8, 32)


def _k(b: Bytes, numbers: Numbers) -> Numbers:
    scale, least = _scales(b[:, 4:16])
    return _half(b, 0)[:, :, None] * scale * numbers - _half(b, 2)[:, :, None] * least


def _q4_k(b: Bytes) -> Numbers:
    return _k(b, _by_64(b[:, 16:]))


def _q5_k(b: Bytes) -> Numbers:
    places = np.arange(8, dtype=np.uint8)[None, :, None]
    fifth = (b[:, None, 16:48] >> places & 1) << 4
    return _k(b, _by_64(b[:, 48:]) | fifth)


def _q6_k(b: Bytes) -> Numbers:
    low, high = b[:, :128].reshape(-1, 2, 2, 32), b[:, 128:192].reshape(-1, 2, 1, 32)
    four = np.concatenate([low & 15, low >> 4], axis=2)  # (n, 2, 4, 32)
    two = high >> np.array([0, 2, 4, 6], np.uint8)[None, None, :, None] & 3
    numbers = (four | two << 4).astype(np.float32) - 32
    scale = b[:, 192:208].view(np.int8).astype(np.float32).repeat(16, axis=1)
    return _half(b, 208) * scale * numbers.reshape(-1, 256)


def _bf16(b: Bytes) -> Numbers:
    return (np.ascontiguousarray(b).view(np.uint16).astype(np.uint32) << 16).view(np.float32)


_READERS: dict[int, Callable[[Bytes], Numbers]] = {
    0: lambda b: np.ascontiguousarray(b).view(np.float32),
    1: lambda b: _half(b, 0),
    2: _q4_0,
    3: _q4_1,
    6: _q5_0,
    7: _q5_1,
    8: _q8_0,
    12: _q4_k,
    13: _q5_k,
    14: _q6_k,
    30: _bf16,
}
