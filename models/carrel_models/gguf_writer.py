"""Writes small GGUF files (version 3): metadata and F32 or F16 tensors, one in memory at a time.

write_gguf(path, {"general.type": "adapter"}, [OutTensor("x.lora_a", (64, 4), F32, read)])
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

F32, F16 = 0, 1
ITEM_BYTES = {F32: 4, F16: 2}
_ALIGNMENT = 32
_VERSION = 3


class OutTensor(NamedTuple):
    """A tensor to write: shape with the fastest dimension first; `read` gives its bytes in that
    order, little-endian."""

    name: str
    shape: tuple[int, ...]
    type: int
    read: Callable[[], bytes]

    @property
    def nbytes(self) -> int:
        """Its size in the file."""
        count = ITEM_BYTES[self.type]
        for size in self.shape:
            count *= size
        return count


def write_gguf(
    path: Path, metadata: Mapping[str, str | int | float], tensors: Sequence[OutTensor]
) -> None:
    """Write a GGUF and flush it to the disk. Integers become 32-bit, floats 32-bit.

    Raises OSError, and ValueError when a tensor's bytes do not have its size.
    """
    with path.open("xb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", _VERSION, len(tensors), len(metadata)))
        for key, value in metadata.items():
            file.write(_string(key) + _value(value))
        offset = 0
        for tensor in tensors:
            sizes = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
            file.write(_string(tensor.name) + sizes + struct.pack("<IQ", tensor.type, offset))
            offset += _padded(tensor.nbytes)
        _pad(file)
        for tensor in tensors:
            data = tensor.read()
            if len(data) != tensor.nbytes:
                raise ValueError(f"{tensor.name} has {len(data)} bytes, not {tensor.nbytes}.")
            file.write(data)
            _pad(file)
        file.flush()
        os.fsync(file.fileno())


def _pad(file: BinaryIO) -> None:
    at = file.tell()
    file.write(bytes(_padded(at) - at))


def _padded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: str | int | float) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _string(value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    return struct.pack("<If", 6, value)
