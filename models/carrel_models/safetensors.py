"""Reads a safetensors file without trusting it: tensor names, types, shapes, and their bytes.

The format (https://github.com/huggingface/safetensors): eight bytes with the length of a JSON
header, the header (name -> dtype, shape, begin and end in the data), then the data. Every number is
checked against the file's size before anything is read for it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import msgspec

MAX_HEADER = 16 * 1024 * 1024
MAX_TENSORS = 100_000
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I8": 1, "U8": 1}


class BadSafetensors(ValueError):
    """The file is not a safetensors file that can be read; one sentence for people."""


class Entry(NamedTuple):
    """A tensor of the file: rows first, as in NumPy; `start` is its place in the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    nbytes: int


class _Stated(msgspec.Struct):
    """What the header states of a tensor."""

    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


def read_entries(path: Path) -> list[Entry]:
    """The tensors of a file. Raises BadSafetensors and OSError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(MAX_HEADER, size - 8):
            raise BadSafetensors(f"{path.name} is not a safetensors file, or is cut short.")
        header = file.read(length)
    try:
        stated = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        stated.pop("__metadata__", None)
        if len(stated) > MAX_TENSORS:
            raise BadSafetensors(f"{path.name} promises {len(stated)} tensors.")
        return [
            _entry(name, msgspec.json.decode(raw, type=_Stated), 8 + length, size)
            for name, raw in stated.items()
        ]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSafetensors(f"The header of {path.name} cannot be read.") from error


def read_bytes(path: Path, entry: Entry) -> bytes:
    """The bytes of one tensor. Raises OSError, and BadSafetensors when the file became shorter."""
    with path.open("rb") as file:
        file.seek(entry.start)
        data = file.read(entry.nbytes)
    if len(data) != entry.nbytes:
        raise BadSafetensors(f"{path.name} became shorter while it was read.")
    return data


def _entry(name: str, stated: _Stated, data_start: int, size: int) -> Entry:
    item = _ITEM_BYTES.get(stated.dtype)
    if item is None:
        raise BadSafetensors(f"The tensor {name} is stored as {stated.dtype}, which is not known.")
    begin, end = stated.data_offsets
    if len(stated.shape) > 8 or any(not 0 < one < 1 << 40 for one in stated.shape):
        raise BadSafetensors(f"The tensor {name} has an impossible shape.")
    nbytes = item * math.prod(stated.shape)
    if not (0 <= begin <= end <= size - data_start) or end - begin != nbytes:
        raise BadSafetensors(f"The tensor {name} lies outside its file, which may be cut short.")
    return Entry(name, stated.dtype, tuple(stated.shape), data_start + begin, nbytes)
