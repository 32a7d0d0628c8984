"""Writes zips that no zip program would: tables that lie, entries that overlap, bombs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

STORED, DEFLATED = 0, 8
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


class Entry(NamedTuple):
    """An entry as it is written: packed bytes and what the table says of them.

    `at` is the offset that the table gives; None is where the entry really is.
    """

    name: str
    packed: bytes
    size: int
    crc: int
    method: int = DEFLATED
    flags: int = 0
    at: int | None = None
    ghost: bool = False
    """Stands in the table only."""


def entry(name: str, body: str | bytes, method: int = DEFLATED) -> Entry:
    """An honest entry."""
    data = body.encode() if isinstance(body, str) else body
    packed = data
    if method == DEFLATED:
        tool = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = tool.compress(data) + tool.flush()
    return Entry(name, packed, len(data), zlib.crc32(data), method)


def bomb(name: str, head: bytes, tail: bytes, megabytes: int, fill: bytes = b" ") -> Entry:
    """An entry that unpacks to `head`, so many megabytes of `fill`, and `tail`; made at once."""
    block = fill * (1_000_000 // len(fill))
    tool = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = tool.compress(head) + tool.flush(zlib.Z_FULL_FLUSH)
    again = tool.compress(block) + tool.flush(zlib.Z_FULL_FLUSH)
    end = tool.compress(tail) + tool.flush()
    crc = zlib.crc32(head)
    for _ in range(megabytes):
        crc = zlib.crc32(block, crc)
    size = len(head) + megabytes * len(block) + len(tail)
    return Entry(name, packed + megabytes * again + end, size, zlib.crc32(tail, crc))


def zipped(entries: Sequence[Entry], count: int | None = None, before: bytes = b"") -> bytes:
    """The zip of these entries; `count` is how many its end claims."""
    out, table = bytearray(before), bytearray()
    for one in entries:
        name = one.name.encode("utf-8", "surrogateescape")
        place = len(out) if one.at is None else one.at
        sizes = one.crc, len(one.packed), one.size
        if not one.ghost:
            out += _LOCAL.pack(b"PK\3\4", 20, one.flags, one.method, 0, 33, *sizes, len(name), 0)
            out += name + one.packed
        central = (b"PK\1\2", 20, 20, one.flags, one.method, 0, 33, *sizes, len(name))
        table += _CENTRAL.pack(*central, 0, 0, 0, 0, 0, place) + name
    told = min(len(entries) if count is None else count, 0xFFFF)
    end = _END.pack(b"PK\5\6", 0, 0, told, told, len(table), len(out), 0)
    return bytes(out + table) + end
