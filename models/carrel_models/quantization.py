"""How ggml stores weights: bytes per block of each tensor type, and the names people use."""

from __future__ import annotations

from carrel_models.gguf import BadGguf, Tensor

# ggml type -> (name, weights per block, bytes per block); source: ggml_blck_size and ggml_type_size
# of llama.cpp (tests/models/test_quantization.py compares this table with the library's own words).
TENSOR_TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
    42: ("Q2_0", 64, 18),
}

# general.file_type -> name; source: enum llama_ftype of llama.cpp.
FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4",
    39: "NVFP4",
    40: "Q1_0",
    41: "Q2_0",
}


def tensor_bytes(tensor: Tensor) -> int:
    """The bytes that a tensor takes in the file. Raises BadGguf for a type nobody can read."""
    if tensor.type not in TENSOR_TYPES:
        raise BadGguf(
            f"The tensor {tensor.name!r} is stored in a way (type {tensor.type}) that this "
            "version cannot read."
        )
    _, weights, size = TENSOR_TYPES[tensor.type]
    if tensor.shape[0] % weights:
        raise BadGguf(f"The tensor {tensor.name!r} has a row that is not a whole number of blocks.")
    return tensor.elements // weights * size


def quantization_name(file_type: int | None, tensors: list[Tensor]) -> str:
    """The quantization in the usual words, from the file type or the commonest tensor type."""
    if file_type in FILE_TYPES:
        return FILE_TYPES[file_type]
    weights: dict[int, int] = {}
    for tensor in tensors:
        weights[tensor.type] = weights.get(tensor.type, 0) + tensor.elements
    if not weights:
        return "unknown"
    commonest = max(weights, key=lambda kind: weights[kind])
    return TENSOR_TYPES.get(commonest, ("unknown", 1, 1))[0]
