"""The tables of ggml's types agree with the library that is installed."""

from __future__ import annotations

import ctypes
import importlib.metadata

import pytest

from carrel_models.gguf import BadGguf, Tensor
from carrel_models.quantization import TENSOR_TYPES, quantization_name, tensor_bytes


def ggml() -> ctypes.CDLL:
    files = importlib.metadata.files("llama-cpp-python") or []
    names = ("libggml-base.so", "libggml-base.dylib", "ggml-base.dll")
    for file in files:
        if file.name in names and "llama_cpp" in file.parts:
            return ctypes.CDLL(str(file.locate()))
    pytest.fail("llama-cpp-python has no ggml-base library.")


def test_block_sizes_are_those_of_ggml():
    library = ggml()
    library.ggml_type_size.restype = ctypes.c_size_t
    library.ggml_blck_size.restype = ctypes.c_int64
    for kind, (name, weights, size) in TENSOR_TYPES.items():
        assert library.ggml_blck_size(kind) == weights, name
        assert library.ggml_type_size(kind) == size, name


def test_tensor_bytes():
    assert tensor_bytes(Tensor("t", (64, 10), 0, 0)) == 2560
    assert tensor_bytes(Tensor("t", (64, 10), 3, 0)) == 400


@pytest.mark.parametrize(("shape", "kind"), [((64,), 4), ((64,), 77), ((33, 2), 2)])
def test_unreadable_tensors_are_refused(shape, kind):
    with pytest.raises(BadGguf):
        tensor_bytes(Tensor("t", shape, kind, 0))


def test_name_falls_back_on_the_commonest_type():
    tensors = [Tensor("a", (64,), 0, 0), Tensor("b", (256, 9), 12, 0)]
    assert quantization_name(15, tensors) == "Q4_K_M"
    assert quantization_name(None, tensors) == "Q4_K"
    assert quantization_name(None, []) == "unknown"
