"""Takes a model file in: finds its first part, describes it, names it, and copies it when asked."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

import msgspec

from carrel_models.card import Described, ModelCard, describe, identify_content
from carrel_models.digests import identifier, sha256_of_all
from carrel_models.files import clear_parts, copy_into, need_space, part_name, sync_folder
from carrel_models.gguf import BadGguf
from carrel_models.splits import first_part, parts_by_name, plain_stem
from carrel_models.stops import Progress, Stop

# Names that browsers and download programs give to what is not complete yet.
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".incomplete", ".aria2", ".!qb")
# A content address as name (Ollama, hub caches) says nothing to people.
_ADDRESS = re.compile(r"(sha256[-_:]?)?[0-9a-f]{40,64}")


def absolute(path: Path | str) -> Path:
    """The whole path, `~` spelled out, links kept: a link of a hub cache has the better name."""
    return Path(os.path.abspath(os.path.expanduser(path)))


def described(path: Path) -> Described:
    """What the model at an absolute path is, with its id; nothing is written.

    A later part of a split model stands for the whole. Raises BadGguf and OSError.
    """
    path.stat()
    if path.is_dir():
        if (path / "adapter_config.json").exists():
            raise BadGguf(
                "This is a folder with a LoRA adapter in PEFT form, not a model file.",
                "Turn it into a GGUF adapter: carrel adapters import FOLDER.",
            )
        raise BadGguf("This is a folder, not a model file.", "Name the .gguf file in it.")
    if path.name.lower().endswith(_UNFINISHED) or os.path.exists(f"{path}.aria2"):
        raise BadGguf(
            "This download is not complete yet: its program still keeps it under a name of its "
            "own.",
            "Wait until it is complete, and add the .gguf file that it becomes.",
        )
    path = first_part(path)
    found = describe(path)
    if found.card.kind == "part":
        raise BadGguf(
            "The file is a later part of a model in several files, and its name does not say "
            "which.",
            "Give the parts their names back (NAME-00001-of-00002.gguf), and add the first.",
        )
    card = msgspec.structs.replace(
        found.card, fingerprint=identify_content(found), modified=last_change(found.card)
    )
    return found._replace(card=msgspec.structs.replace(card, id=_id_of(card)))


def files_of(card: ModelCard) -> list[Path]:
    """The model's files in order."""
    path = Path(card.path)
    return parts_by_name(path) if card.parts > 1 else [path]


def size_now(card: ModelCard) -> int:
    """The bytes of all the model's files as they are now. Raises OSError."""
    return sum(part.stat().st_size for part in files_of(card))


def last_change(card: ModelCard) -> int:
    """When one of the model's files was last written, in ns since 1970. Raises OSError."""
    return max(part.stat().st_mtime_ns for part in files_of(card))


def content_sha256(card: ModelCard, progress: Progress | None, cancel: Stop | None) -> str:
    """SHA-256 of the model's files, one after another. Raises OSError and Stopped."""
    return sha256_of_all(files_of(card), progress, cancel)


def copy_of(
    card: ModelCard, files: Path, progress: Progress | None, cancel: Stop | None
) -> ModelCard:
    """Copy a model into `files`/ID and return the copy's card, SHA-256 included.

    The folder appears when it is complete. Raises OSError (a full disk leaves nothing), Stopped,
    and BadGguf when the original changed meanwhile.
    """
    target = files / card.id
    need_space(files, card.size)
    clear_parts(files)
    unfinished = part_name(target)
    hasher, done = hashlib.sha256(), 0
    try:
        for file in files_of(card):
            size, before = file.stat().st_size, done

            def report(fraction: float, size: int = size, before: int = before) -> None:
                if progress is not None:
                    progress(min(1.0, (before + fraction * size) / max(1, card.size)))

            copy_into(file, unfinished / file.name, report, cancel, hasher)
            done += size
        copied = describe(unfinished / Path(card.path).name)
        if identify_content(copied) != card.fingerprint:
            raise BadGguf("The file changed while it was copied.", "Add it once more.")
        if target.exists():
            shutil.rmtree(target)
        unfinished.replace(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    sync_folder(files)
    moved = msgspec.structs.replace(card, path=str(target / Path(card.path).name), copied=True)
    return msgspec.structs.replace(moved, modified=last_change(moved), sha256=hasher.hexdigest())


def _id_of(card: ModelCard) -> str:
    stem = plain_stem(Path(card.path))
    named = card.name if _ADDRESS.fullmatch(stem) and card.name != stem else stem
    return identifier(named, card.fingerprint)
