"""A hostile file: where it lies below the folder, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Hostile(NamedTuple):
    """`name` is its path below the folder; `make` writes what stands there."""

    name: str
    make: Callable[[Path], None]


def of(name: str, data: bytes | Callable[[], bytes]) -> Hostile:
    """A hostile file of bytes, or of what a function gives when the file is made."""

    def make(path: Path) -> None:
        path.write_bytes(data if isinstance(data, bytes) else data())

    return Hostile(name, make)
