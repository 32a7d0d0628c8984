"""Writes small OLE containers (Compound File Binary) by hand, for Outlook messages."""

from __future__ import annotations

import struct

SECTOR, MINI = 512, 64
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def container(streams: dict[str, bytes]) -> bytes:
    """A container with these streams ("folder/name"), each kept in the mini stream."""
    names = ["Root Entry", *_folders(streams), *streams]
    index = {name: at for at, name in enumerate(names)}
    mini, mini_fat, starts = b"", list[int](), {}
    for name, data in streams.items():
        count = max(1, -(-len(data) // MINI))
        starts[name] = len(mini_fat)
        mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), END]
        mini += data.ljust(count * MINI, b"\0")
    entries = b"".join(_entry(name, names, index, streams, starts, mini) for name in names)
    parts = [entries, struct.pack(f"<{len(mini_fat)}I", *mini_fat), mini]
    fat: list[int] = [FAT]
    firsts, body = [], b""
    for part in parts:
        count = max(1, -(-len(part) // SECTOR))
        firsts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + count), END]
        fill = b"\xff" if part is parts[1] else b"\0"
        body += part.ljust(count * SECTOR, fill)
    assert len(fat) <= SECTOR // 4, "one sector of FAT is all that is written"
    table = struct.pack(f"<{SECTOR // 4}I", *fat, *[FREE] * (SECTOR // 4 - len(fat)))
    body = body[:0x74] + struct.pack("<I", firsts[2]) + body[0x78:]  # where the mini stream is
    count = max(1, -(-len(parts[1]) // SECTOR))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, firsts[0], 0, 4096, firsts[1], count,
        END, 0, 0,
    )  # fmt: skip
    return header.ljust(SECTOR, b"\xff") + table + body


def _folders(streams: dict[str, bytes]) -> list[str]:
    found: dict[str, None] = {}
    for name in streams:
        parts = name.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            found["/".join(parts[:depth])] = None
    return list(found)


def _entry(name, names, index, streams, starts, mini):
    """A directory entry; siblings are chained to the right, which readers accept."""
    parent = "Root Entry" if "/" not in name else name.rpartition("/")[0]
    inside = [
        one
        for one in names[1:]
        if ("Root Entry" if "/" not in one else one.rpartition("/")[0]) == name
    ]
    beside = [
        one
        for one in names[1:]
        if ("Root Entry" if "/" not in one else one.rpartition("/")[0]) == parent
    ]
    at = beside.index(name) if name in beside else len(beside)
    right = index[beside[at + 1]] if at + 1 < len(beside) else FREE
    child = index[inside[0]] if inside else FREE
    kind = 5 if name == "Root Entry" else 2 if name in streams else 1
    start = starts.get(name, 0)
    size = len(mini) if kind == 5 else len(streams.get(name, b""))
    words = name.rpartition("/")[2].encode("utf-16-le") + b"\0\0"
    return words.ljust(64, b"\0") + struct.pack(
        "<HBBIII16xI16xIQ", len(words), kind, 1, FREE, right if kind != 5 else FREE, child, 0,
        start, size,
    )  # fmt: skip


def message(
    properties: dict[str, str | bytes], folder: str = "", sent: int = 0
) -> dict[str, bytes]:
    """Streams of a message or an attachment: properties by number and type."""
    times = struct.pack("<IIQ", 0x00390040, 6, sent) if sent else b""
    made = {f"{folder}__properties_version1.0": bytes(32 if not folder else 8) + times}
    for name, value in properties.items():
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        made[f"{folder}__substg1.0_{name}"] = data
    return made
