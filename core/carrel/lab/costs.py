"""What keeping up costs: indexing a copy of the files, and until a changed file is found again.

Both are measured on a throwaway profile with a copy of some of the collection's files, so that
nothing of the user's is touched. What a tune cost cannot be measured here: its card states it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import Cancelled
from carrel.lab.saved import Costs
from carrel.profile import Profile

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.library.library import Library

MOST_FILES, MOST_BYTES = 100, 20_000_000
MARK = "Quillon Verendrye keeps the marker for this change."
"""A sentence that no file has, to be looked for."""

_COPY = "carrel-copy-"
OpenCore = Callable[[Profile], "Core"]


def costs_of(
    documents: Iterable[str],
    adapters: Mapping[str, Path],
    folder: Path,
    open_core: OpenCore,
    cancel: threading.Event,
) -> Costs:
    """Measure in `folder`, where nothing is left, with a copy of `documents` (absolute paths; at
    most 100 files of 20 MB in all), and read what the cards of `adapters` (files by id) state.

    Raises Cancelled.
    """
    stated = {name: stated_training(path) for name, path in adapters.items()}
    training = {name: seconds for name, seconds in stated.items() if seconds is not None}
    for old in folder.glob(f"{_COPY}*"):
        shutil.rmtree(old)  # of a run that was killed while it measured
    with tempfile.TemporaryDirectory(prefix=_COPY, dir=folder) as name:
        copies = Path(name) / "files"
        if not _copied(documents, copies):
            return Costs(training_seconds=training)
        with open_core(Profile.at(Path(name) / "profile")) as core:
            added = core.library.add([str(copies)], "Copy", cancel=cancel)
            changed = _until_found(core.library, copies, cancel)
    return Costs(
        documents=added.documents, passages=added.passages, indexing_seconds=added.seconds,
        changed_seconds=changed, training_seconds=training,
    )  # fmt: skip


def stated_training(adapter: Path) -> float | None:
    """The seconds that training took, as `training_seconds` in the TOML card beside the adapter
    (A.toml for A.gguf) says; None where nothing does."""
    try:
        found = tomllib.loads(adapter.with_suffix(".toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None  # a card is no must, and may be written for something else
    stated = found.get("training_seconds")
    return float(stated) if isinstance(stated, int | float) else None


def _until_found(library: Library, folder: Path, cancel: threading.Event) -> float | None:
    """Seconds from writing a sentence into a file until a search finds it."""
    texts = sorted(one for one in folder.iterdir() if one.suffix in (".txt", ".md"))
    changed = texts[0] if texts else folder / "changed.txt"
    with open(changed, "a", encoding="utf-8") as file:
        file.write(f"\n\n{MARK}\n")
    begun = time.monotonic()
    library.sync(cancel=cancel)
    if cancel.is_set():
        raise Cancelled("Stopped.")
    hits = library.search(MARK, k=3)
    spent = round(time.monotonic() - begun, 3)
    return spent if any(MARK in hit.text for hit in hits) else None


def _copied(documents: Iterable[str], folder: Path) -> int:
    """Copy files as long as there is room; those that are gone are left out."""
    folder.mkdir()
    count = total = 0
    for path in map(Path, documents):
        if count >= MOST_FILES:
            break
        if not path.is_file() or total + (size := path.stat().st_size) > MOST_BYTES:
            continue
        total += size
        count += 1
        shutil.copyfile(path, folder / f"{count:03}-{path.name}")
    return count
