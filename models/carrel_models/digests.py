"""Digests that name the content of files: SHA-256 of every byte, and a quick one of samples."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from carrel_models.stops import Progress, Stop, stop_if

_CHUNK = 4 * 1024 * 1024


def sha256_of(
    path: Path | str, progress: Progress | None = None, cancel: Stop | None = None
) -> str:
    """SHA-256 of a file as hexadecimal. Raises OSError, and Stopped when `cancel` was set."""
    return sha256_of_all([Path(path)], progress, cancel)


def sha256_of_all(
    paths: list[Path], progress: Progress | None = None, cancel: Stop | None = None
) -> str:
    """SHA-256 of files one after another, as of one file joined from them."""
    hasher = hashlib.sha256()
    size, done = max(1, sum(path.stat().st_size for path in paths)), 0
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(_CHUNK):
                stop_if(cancel)
                hasher.update(block)
                done += len(block)
                if progress is not None:
                    progress(min(1.0, done / size))
    return hasher.hexdigest()


def fingerprint(path: Path, header_bytes: int) -> str:
    """A digest that names a file's content without reading all of it, as hexadecimal.

    BLAKE2b over the size, the first `header_bytes` bytes, and 64 samples of 16 KiB spread evenly
    over the rest: two fine-tunes with the same header differ in it. The SHA-256 proves more.
    """
    hasher = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        hasher.update(size.to_bytes(8, "little"))
        left = min(header_bytes, size)
        while left and (block := file.read(min(left, _CHUNK))):
            hasher.update(block)
            left -= len(block)
        rest = max(0, size - header_bytes - _SAMPLE)
        for place in sorted({header_bytes + rest * i // (_SAMPLES - 1) for i in range(_SAMPLES)}):
            file.seek(place)
            hasher.update(file.read(_SAMPLE))
    return hasher.hexdigest()


_SAMPLE, _SAMPLES = 16 * 1024, 64


def identifier(name: str, digest: str) -> str:
    """A shelf id: `name` in lower case with dashes, and the digest's first eight digits."""
    stem = re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:60].rstrip("-.")
    return f"{stem or 'model'}-{digest[:8]}"
