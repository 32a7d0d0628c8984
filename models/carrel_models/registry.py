"""The models of a profile: which files are known, which one is in use, which one is suspect.

    models = Registry(profile / "models")
    card = models.add(Path("some.gguf"))
    models.use(card.id)

A model file stays where it is; the folder holds one small TOML file per model and `state.toml`. The
starter model (data inside a pinned wheel) is always listed. An id is the file's name and the first
eight digits of its SHA-256, so it names the content and reads well.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from carrel_models.card import ModelCard, read_card
from carrel_models.gguf import BadGguf
from carrel_models.starter import starter_card, starter_path

_CHUNK = 4 * 1024 * 1024
Progress = Callable[[float], None]


class UnknownModel(KeyError):
    """No model has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


class State(msgspec.Struct):
    """`state.toml`: the model in use ("" is the starter) and models that died while loading."""

    in_use: str = ""
    suspects: dict[str, str] = {}


class Registry:
    """The models of one profile. `folder` is created when something is first written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> list[ModelCard]:
        """All cards, the starter first, then by name; a file gone or broken has a `problem`."""
        cards = [self._fresh(path) for path in sorted(self._folder.glob("*.card.toml"))]
        cards.sort(key=lambda card: (card.name.lower(), card.id))
        starter = self._starter()
        found = [starter] if starter else []
        found += [card for card in cards if starter is None or card.id != starter.id]
        suspects = self._state().suspects
        return [msgspec.structs.replace(c, suspect=True) if c.id in suspects else c for c in found]

    def get(self, model_id: str) -> ModelCard:
        """The card with this id. Raises UnknownModel."""
        for card in self.list():
            if card.id == model_id:
                return card
        raise UnknownModel(f"No model is called {model_id!r}.")

    def add(self, path: Path | str, progress: Progress | None = None) -> ModelCard:
        """Describe the file at `path`, link it in place and return its card.

        The whole file is read once for its SHA-256; `progress` gets the fraction done. Raises
        BadGguf when it is not a usable GGUF and OSError when it cannot be read.
        """
        path = Path(os.path.abspath(path))
        card = _identified(read_card(path), sha256_of(path, progress))
        starter = self._starter()
        if starter is not None and starter.sha256 == card.sha256:
            return starter
        self._forget_path(card)
        self._write(f"{card.id}.card.toml", card)
        return card

    def remove(self, model_id: str) -> None:
        """Forget a model; its file is not touched. Raises UnknownModel."""
        card_file = self._folder / f"{model_id}.card.toml"
        if "/" in model_id or not card_file.exists():
            raise UnknownModel(f"No model that was added is called {model_id!r}.")
        card_file.unlink()
        state = self._state()
        state.suspects.pop(model_id, None)
        if state.in_use == model_id:
            state.in_use = ""
        self._write("state.toml", state)

    def use(self, model_id: str) -> ModelCard:
        """Make a chat model the one in use; clears its suspicion. Raises UnknownModel, BadGguf."""
        card = self.get(model_id)
        if card.problem:
            raise BadGguf(card.problem)
        if card.kind != "chat model":
            raise BadGguf(f"{card.name} is not a chat model but a {card.kind}.")
        state = self._state()
        state.in_use = model_id
        state.suspects.pop(model_id, None)
        self._write("state.toml", state)
        return msgspec.structs.replace(card, suspect=False)

    def in_use(self) -> ModelCard | None:
        """The card of the model in use: the chosen one, else the starter, else None."""
        chosen = self._state().in_use
        cards = self.list()
        for card in cards:
            if card.id == chosen:
                return card
        return next((card for card in cards if card.starter), None)

    def resolve(self, name: str) -> ModelCard:
        """The card of an id, or of a file (added when it is new). Raises UnknownModel, BadGguf."""
        for card in self.list():
            if name in (card.id, card.path):
                return card
        if Path(name).is_file():
            return self.add(name)
        raise UnknownModel(f"{name!r} is neither the id of a model nor a file.")

    def mark_suspect(self, model_id: str, reason: str) -> None:
        """Note that the model ended its process while loading: do not load it again by itself."""
        state = self._state()
        state.suspects[model_id] = reason
        self._write("state.toml", state)

    def suspicion(self, model_id: str) -> str:
        """Why a model is suspect, "" when it is not."""
        return self._state().suspects.get(model_id, "")

    def _fresh(self, card_file: Path) -> ModelCard:
        """The card in a file, described again when the model file has changed since."""
        card = msgspec.toml.decode(card_file.read_bytes(), type=ModelCard)
        try:
            status = os.stat(card.path)
            if (status.st_size, status.st_mtime_ns) == (card.size, card.modified):
                return card
            return self._changed(card, card_file)
        except FileNotFoundError:
            return _with_problem(card, "The file is not there any more.")
        except OSError as error:
            return _with_problem(card, f"The file cannot be read ({error.strerror}).")
        except BadGguf as error:
            return _with_problem(card, str(error))

    def _changed(self, card: ModelCard, card_file: Path) -> ModelCard:
        path = Path(card.path)
        new = _identified(read_card(path), sha256_of(path))
        state = self._state()
        if state.in_use == card.id:
            state.in_use = new.id
            self._write("state.toml", state)
        self._write(f"{new.id}.card.toml", new)
        if new.id != card.id:
            card_file.unlink()
        return new

    def _starter(self) -> ModelCard | None:
        """The starter's card; its SHA-256 is computed once and kept with size and time."""
        path = starter_path()
        if path is None:
            return None
        kept = self._folder / "starter.toml"
        status = path.stat()
        if kept.exists():
            card = msgspec.toml.decode(kept.read_bytes(), type=ModelCard)
            now = (str(path), status.st_size, status.st_mtime_ns)
            if (card.path, card.size, card.modified) == now:
                return card
        card = _identified(starter_card(path), sha256_of(path))
        self._write("starter.toml", card)
        return card

    def _forget_path(self, card: ModelCard) -> None:
        for file in self._folder.glob("*.card.toml"):
            other = msgspec.toml.decode(file.read_bytes(), type=ModelCard)
            if other.path == card.path or other.id == card.id:
                file.unlink()

    def _state(self) -> State:
        file = self._folder / "state.toml"
        return msgspec.toml.decode(file.read_bytes(), type=State) if file.exists() else State()

    def _write(self, name: str, value: ModelCard | State) -> None:
        """Write a file whole or not at all, so that a power cut leaves the old one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        target = self._folder / name
        part = self._folder / f"{name}.{os.getpid()}.part"
        with part.open("wb") as file:
            file.write(msgspec.toml.encode(_without_none(value)))
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)


def sha256_of(path: Path | str, progress: Progress | None = None) -> str:
    """SHA-256 of a file as hexadecimal. Raises OSError."""
    hasher = hashlib.sha256()
    with Path(path).open("rb") as file:
        size, done = max(1, os.fstat(file.fileno()).st_size), 0
        while block := file.read(_CHUNK):
            hasher.update(block)
            done += len(block)
            if progress is not None:
                progress(min(1.0, done / size))
    return hasher.hexdigest()


def _identified(card: ModelCard, sha256: str) -> ModelCard:
    stem = re.sub(r"[^a-z0-9.]+", "-", Path(card.path).stem.lower()).strip("-.")[:60]
    return msgspec.structs.replace(card, sha256=sha256, id=f"{stem or 'model'}-{sha256[:8]}")


def _with_problem(card: ModelCard, problem: str) -> ModelCard:
    return msgspec.structs.replace(card, problem=problem)


def _without_none(value: ModelCard | State) -> dict[str, object]:
    """TOML has no null: leave out what is None, the defaults bring it back."""
    return {k: v for k, v in msgspec.structs.asdict(value).items() if v is not None}
