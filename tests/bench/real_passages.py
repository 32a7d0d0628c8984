"""100,000 passages of real text with their vectors, for the measurements of reach.

They are made of the sentences in CARREL_EVAL_DATA: each sentence, then each pair and each three
that follow one another, until there are enough. The vectors are the starter embedder's own, so that
neighbours lie as in a real library. Both are kept in build/bench-reach (some minutes, once).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carrel.library.embedders import starter_source
from carrel.profile import Profile
from carrel.sentences import sentences

COUNT = 100_000
FOLDER = Path("build/bench-reach")
_FIELDS = ("text", "passage", "context", "document", "contexts", "passages", "input")
_SHORTEST = 25  # characters of a sentence
_STEP = 1_000


def passages() -> tuple[list[str], NDArray[np.float32]]:
    """The texts and their unit vectors, made when they are not there yet."""
    texts_file, vectors_file = FOLDER / "texts.json", FOLDER / "vectors.npy"
    if not (texts_file.exists() and vectors_file.exists()):
        _make(texts_file, vectors_file)
    return json.loads(texts_file.read_text(encoding="utf-8")), np.load(vectors_file)


def _make(texts_file: Path, vectors_file: Path) -> None:
    data = os.environ.get("CARREL_EVAL_DATA")
    if not data:
        raise SystemExit("Set CARREL_EVAL_DATA to the folder with texts to measure with.")
    texts = _texts(Path(data))[:COUNT]
    FOLDER.mkdir(parents=True, exist_ok=True)
    embedder = starter_source(Profile.at(FOLDER / "profile"), 0).get()
    vectors = np.zeros((len(texts), embedder.dimensions), dtype=np.float32)
    start = time.monotonic()
    for at in range(0, len(texts), _STEP):
        vectors[at : at + _STEP] = embedder.encode_passages(texts[at : at + _STEP])
        rate = (at + _STEP) / (time.monotonic() - start)
        print(f"{at + _STEP:,} of {len(texts):,}, {rate:.0f} a second", file=sys.stderr, flush=True)
    texts_file.write_text(json.dumps(texts), encoding="utf-8")
    np.save(vectors_file, vectors)


def _texts(data: Path) -> list[str]:
    """Single sentences first, then longer passages; each text once, in the files' order."""
    runs = [_sentences(text) for text in _sources(data)]
    found: dict[str, None] = {}
    for length in (1, 2, 3, 4):
        for run in runs:
            for at in range(len(run) - length + 1):
                found.setdefault(" ".join(run[at : at + length]))
    return list(found)


def _sentences(text: str) -> list[str]:
    whole = (" ".join(text[a:b].split()) for a, b in sentences(text))
    return [one for one in whole if _SHORTEST <= len(one) <= 600]


def _sources(data: Path) -> Iterator[str]:
    for path in sorted(data.rglob("*")):
        if path.suffix in (".md", ".txt") and path.name not in ("SOURCE.md", "README.md"):
            yield path.read_text(encoding="utf-8", errors="replace")
        elif path.suffix == ".jsonl":
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from _strings(json.loads(line))


def _strings(row: object) -> Iterator[str]:
    if isinstance(row, str):
        yield row
    elif isinstance(row, list):
        for one in row:
            yield from _strings(one)
    elif isinstance(row, dict):
        for name in _FIELDS:
            if name in row:
                yield from _strings(row[name])


if __name__ == "__main__":
    texts, vectors = passages()
    print(len(texts), vectors.shape)
