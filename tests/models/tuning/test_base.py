"""A base from its GGUF: blocks back to numbers, and what is not trained is said."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from carrel_models.quantization import TENSOR_TYPES
from carrel_models.tuning.dequantizing import UnknownType, dequantize
from tests.models.test_quantization import ggml
from tests.models.tiny_gguf import write_tiny

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
# How far a number of a standard normal distribution may move when it is quantized.
COARSENESS = {
    "F32": 0.0, "F16": 0.002, "BF16": 0.02, "Q8_0": 0.02, "Q4_0": 0.3, "Q4_1": 0.3, "Q5_0": 0.15,
    "Q5_1": 0.15, "Q4_K": 0.3, "Q5_K": 0.15, "Q6_K": 0.1,
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in COARSENESS if n not in ("F32", "F16", "BF16")])
def test_blocks_hold_the_numbers_that_ggml_put_into_them(name):
    kind = next(number for number, one in TENSOR_TYPES.items() if one[0] == name)
    numbers = np.random.default_rng(5).standard_normal(2048).astype(np.float32)
    data = quantized(numbers, kind)
    read = dequantize(data, kind)
    assert read.shape == (2048,)
    assert np.abs(read - numbers).max() <= COARSENESS[name]
    assert np.corrcoef(read, numbers)[0, 1] > 0.99


@pytest.mark.parametrize(("name", "kind"), [("F32", 0), ("F16", 1), ("BF16", 30)])
def test_plain_numbers_come_back(name, kind):
    numbers = np.random.default_rng(5).standard_normal(64).astype(np.float32)
    data = {
        "F32": numbers.tobytes(), "F16": numbers.astype(np.float16).tobytes(),
        "BF16": (numbers.view(np.uint32) >> 16).astype(np.uint16).tobytes(),
    }[name]  # fmt: skip
    assert np.abs(dequantize(data, kind) - numbers).max() <= COARSENESS[name]


def quantized(numbers, kind):
    """The blocks that ggml makes of some numbers."""
    library = ggml()
    quantize = library.ggml_quantize_chunk
    quantize.restype = ctypes.c_size_t
    quantize.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * 3,
                         ctypes.c_void_p]  # fmt: skip
    _, per_block, size = TENSOR_TYPES[kind]
    data = ctypes.create_string_buffer(numbers.size // per_block * size)
    quantize(kind, numbers.ctypes.data, ctypes.addressof(data), 0, 1, numbers.size, None)
    return data.raw


def test_a_type_that_cannot_be_read_is_said():
    with pytest.raises(UnknownType, match="kept in a form that is not trained on"):
        dequantize(bytes(84), 10)


@pytest.mark.parametrize(
    ("change", "drop", "reason"),
    [
        ({"general.architecture": "mamba"}, "", "Adapters for mamba models cannot be trained"),
        ({"llama.rope.scaling.type": "yarn"}, "", "stretches its positions"),
        ({"llama.feed_forward_length": None}, "", "does not say llama.feed_forward_length"),
        ({}, "blk.1.ffn_up", "lacks model.layers.1.mlp.up_proj.weight"),
    ],
    ids=["architecture", "positions", "sizes", "tensors"],
)
def test_bases_that_are_not_trained(tmp_path, change, drop, reason):
    from carrel_models.tuning.base import CannotTrain, load_base

    path = write_tiny(tmp_path / "base.gguf", change=change, drop=drop)
    with pytest.raises(CannotTrain, match=reason):
        load_base(path)
