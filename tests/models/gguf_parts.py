"""A GGUF file taken apart, so that one thing can be changed and the rest stays well-formed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


@dataclass
class Entry:
    """A tensor's entry in the header."""

    name: bytes
    shape: list[int]
    kind: int
    offset: int
    dimensions: int | None = None  # what is written as their number, None for the truth

    def encoded(self) -> bytes:
        count = len(self.shape) if self.dimensions is None else self.dimensions
        shape = b"".join(u64(size) for size in self.shape)
        return text(self.name) + u32(count) + shape + u32(self.kind) + u64(self.offset)


@dataclass
class Parts:
    """A GGUF in parts. `pairs` are key, type and encoded value; the counts are None when true."""

    pairs: list[tuple[bytes, int, bytes]]
    tensors: list[Entry]
    data: bytes
    version: int = 3
    tensor_count: int | None = None
    pair_count: int | None = None
    done: list[str] = field(default_factory=list)

    def encoded(self) -> bytes:
        """The whole file."""
        tensors = len(self.tensors) if self.tensor_count is None else self.tensor_count
        pairs = len(self.pairs) if self.pair_count is None else self.pair_count
        head = b"GGUF" + u32(self.version) + u64(tensors) + u64(pairs)
        head += b"".join(text(key) + u32(kind) + value for key, kind, value in self.pairs)
        head += b"".join(entry.encoded() for entry in self.tensors)
        return head + b"\0" * (-len(head) % 32) + self.data

    def index(self, key: str) -> int | None:
        """Where the pair of this key is."""
        return next((i for i, pair in enumerate(self.pairs) if pair[0] == key.encode()), None)

    def put(self, key: str, kind: int, value: bytes) -> None:
        """Set a pair, new or not."""
        at = self.index(key)
        if at is None:
            self.pairs.append((key.encode(), kind, value))
        else:
            self.pairs[at] = (key.encode(), kind, value)
        self.done.append(f"{key} := {_shown(kind, value)}")


def parts_of(data: bytes) -> Parts:
    """Take a well-formed GGUF of version 3 apart."""
    tensors, pairs = struct.unpack_from("<QQ", data, 8)
    at, found = 24, []
    for _ in range(pairs):
        key, at = _take_text(data, at)
        (kind,) = struct.unpack_from("<I", data, at)
        end = _end_of_value(data, at + 4, kind)
        found.append((key, kind, data[at + 4 : end]))
        at = end
    entries = []
    for _ in range(tensors):
        name, at = _take_text(data, at)
        (count,) = struct.unpack_from("<I", data, at)
        shape = list(struct.unpack_from(f"<{count}Q", data, at + 4))
        kind, offset = struct.unpack_from("<IQ", data, at + 4 + 8 * count)
        entries.append(Entry(name, shape, kind, offset))
        at += 16 + 8 * count
    return Parts(found, entries, data[at + -at % 32 :])


def _end_of_value(data: bytes, at: int, kind: int) -> int:
    if kind in _SIZES:
        return at + _SIZES[kind]
    if kind == 8:
        return _take_text(data, at)[1]
    inner, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if inner in _SIZES:
        return at + _SIZES[inner] * int(count)
    for _ in range(count):
        at = _take_text(data, at)[1]
    return at


def _take_text(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("<Q", data, at)
    return data[at + 8 : at + 8 + length], at + 8 + length


def u32(value: int) -> bytes:
    return struct.pack("<I", value & 0xFFFFFFFF)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value & 0xFFFFFFFFFFFFFFFF)


def text(data: bytes) -> bytes:
    return u64(len(data)) + data


def _shown(kind: int, value: bytes) -> str:
    return f"type {kind} {value[:24]!r}"
