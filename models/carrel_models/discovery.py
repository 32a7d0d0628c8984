"""Looks for models that other programs keep on this disk. Reads only, and only when it is asked.

    found = discover(places())
    found.models, found.searched

Every search is bounded: folders of known programs only, so many levels deep, so many entries, so
many seconds. A file that is found twice (a link of a hub cache, two programs with one folder) is
listed once. Nothing here goes over a network.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from carrel_models.card import ModelCard, read_card
from carrel_models.gguf import BadGguf
from carrel_models.provenance import one_line
from carrel_models.splits import parts_by_name
from carrel_models.stops import Stop

DEEPEST = 6
MOST_ENTRIES = 100_000
LONGEST = 20.0  # seconds
_MANIFEST = 1 << 20
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_LAYERS = ("application/vnd.ollama.image.model", "application/vnd.ollama.image.adapter")

# Where programs keep models, on Linux, macOS and Windows alike: a folder that is not there costs
# nothing. `$NAME` is a variable of the environment; a place whose variable is not set is left out.
_FOLDERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("LM Studio", ("~/.lmstudio/models", "~/.cache/lm-studio/models")),
    ("GPT4All", ("~/.local/share/nomic.ai/GPT4All", "$LOCALAPPDATA/nomic.ai/GPT4All",
                 "~/Library/Application Support/nomic.ai/GPT4All")),
    ("Jan", ("~/jan/models", "~/.local/share/Jan/data", "$APPDATA/Jan/data",
             "~/Library/Application Support/Jan/data")),
    ("llama.cpp", ("$LLAMA_CACHE", "$XDG_CACHE_HOME/llama.cpp", "~/.cache/llama.cpp",
                   "~/Library/Caches/llama.cpp", "$LOCALAPPDATA/llama.cpp")),
    ("Hugging Face", ("$HF_HUB_CACHE", "$HF_HOME/hub", "$XDG_CACHE_HOME/huggingface/hub",
                      "~/.cache/huggingface/hub")),
    ("Downloads", ("$XDG_DOWNLOAD_DIR", "~/Downloads", "$USERPROFILE/Downloads")),
)  # fmt: skip
_OLLAMA = ("$OLLAMA_MODELS", "~/.ollama/models", "/usr/share/ollama/.ollama/models",
           "/var/lib/ollama/.ollama/models")  # fmt: skip


class Place(NamedTuple):
    """A folder of a program; in Ollama's, files are named by their content."""

    program: str
    folder: Path


class Found(NamedTuple):
    """A model file of another program. `size` in bytes, all parts together."""

    path: Path
    program: str
    name: str
    card: ModelCard


class Discovery(NamedTuple):
    """What was found, and the folders that were looked at, in words."""

    models: list[Found]
    searched: list[str]


def places(home: Path | None = None, environment: Mapping[str, str] | None = None) -> list[Place]:
    """The folders of known programs that exist for this user."""
    home = home or Path.home()
    variables = {"XDG_DOWNLOAD_DIR": _download_folder(home)}
    variables |= dict(os.environ if environment is None else environment)
    candidates = [(program, text) for program, texts in _FOLDERS for text in texts]
    candidates += [("Ollama", text) for text in _OLLAMA]
    result: dict[Path, Place] = {}
    for program, text in candidates:
        folder = _folder(text, home, variables)
        if folder is not None and _is_folder(folder):
            result.setdefault(Path(os.path.realpath(folder)), Place(program, folder))
    return list(result.values())


def discover(where: list[Place], cancel: Stop | None = None, seconds: float = LONGEST) -> Discovery:
    """Every model and adapter in these folders that can be read; stops early when it takes long."""
    budget = _Budget(cancel, time.monotonic() + seconds)
    seen: set[tuple[int, int]] = set()
    models: list[Found] = []
    searched: list[str] = []
    for place in where:
        for path, name in _candidates(place, budget):
            if (found := _look(path, name, place.program, seen)) is not None:
                models.append(found)
        may_read = os.access(place.folder, os.R_OK | os.X_OK)
        searched.append(f"{place.folder}" if may_read else f"{place.folder} (may not be read)")
        if budget.spent():
            searched.append("The search took long and ended here.")
            break
    return Discovery(models, searched)


class _Budget:
    """How much a search may still do."""

    def __init__(self, cancel: Stop | None, deadline: float) -> None:
        self._cancel = cancel
        self._deadline = deadline
        self._entries = MOST_ENTRIES

    def spent(self) -> bool:
        stopped = self._cancel is not None and self._cancel.is_set()
        return stopped or self._entries <= 0 or time.monotonic() > self._deadline

    def entry(self) -> bool:
        """Count one entry; False when there must be no more."""
        self._entries -= 1
        return not self.spent()


def _candidates(place: Place, budget: _Budget) -> Iterator[tuple[Path, str]]:
    if place.program == "Ollama":
        yield from _ollama(place.folder, budget)
        return
    for path in _walk(place.folder, budget):
        if path.name.lower().endswith(".gguf") and parts_by_name(path)[0] == path:
            yield path, ""


def _walk(folder: Path, budget: _Budget) -> Iterator[Path]:
    """Every file below a folder; folders that are links or hidden are not entered."""
    levels = [(folder, 0)]
    while levels:
        here, depth = levels.pop()
        with contextlib.suppress(OSError), os.scandir(here) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if not budget.entry():
                    return
                if entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST and not entry.name.startswith("."):
                        levels.append((Path(entry.path), depth + 1))
                else:
                    yield Path(entry.path)


def _ollama(folder: Path, budget: _Budget) -> Iterator[tuple[Path, str]]:
    """Ollama keeps manifests (named after models) that point to blobs (named by digest)."""
    manifests = folder / "manifests"
    for path in _walk(manifests, budget):
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
            # anything but a manifest of the known form is not one
            for layer in _manifest(path)["layers"]:
                digest = _DIGEST.fullmatch(str(layer["digest"]))
                if layer["mediaType"] in _LAYERS and digest:
                    yield folder / "blobs" / f"sha256-{digest[1]}", _ollama_name(path, manifests)


def _manifest(path: Path) -> dict[str, list[dict[str, str]]]:
    with path.open("rb") as file:
        found: dict[str, list[dict[str, str]]] = json.loads(file.read(_MANIFEST))
    return found


def _ollama_name(path: Path, manifests: Path) -> str:
    """registry/library/llama3.2/3b -> llama3.2:3b; another owner's name stays in front."""
    parts = path.relative_to(manifests).parts[1:]
    owner = [part for part in parts[:-2] if part != "library"]
    return one_line(f"{'/'.join([*owner, *parts[-2:-1]])}:{parts[-1]}")


def _look(path: Path, name: str, program: str, seen: set[tuple[int, int]]) -> Found | None:
    """The model at `path`; None when it was seen before, or cannot be used, or is half loaded."""
    try:
        status = path.stat()
        if (status.st_dev, status.st_ino) in seen:
            return None
        card = read_card(path)
    except (OSError, BadGguf):
        return None  # nothing to offer: adding it by hand says why
    seen.add((status.st_dev, status.st_ino))
    return Found(path, program, name or card.name, card)


def _folder(text: str, home: Path, variables: Mapping[str, str]) -> Path | None:
    if text.startswith("~/"):
        return home / text[2:]
    if not text.startswith("$"):
        return Path(text)
    variable, _, rest = text[1:].partition("/")
    value = variables.get(variable, "")
    return Path(value) / rest if value and os.path.isabs(value) else None


def _is_folder(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False  # a parent of another user


def _download_folder(home: Path) -> str:
    """What the desktop calls the download folder (user-dirs.dirs of xdg-user-dirs), or ""."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = (home / ".config" / "user-dirs.dirs").read_text("utf-8")
        if match := re.search(r'^XDG_DOWNLOAD_DIR="(?:\$HOME/)?([^"\n]*)"', text, re.MULTILINE):
            return str(home / match[1])
    return ""
