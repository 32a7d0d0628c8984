"""The shelf of adapters of one profile, and which of them are attached to which model.

    shelf = AdapterShelf(profile / "adapters")
    card = shelf.add(Path("tone.gguf"))
    shelf.attach(model_id, [(card.id, 0.8)])

As with models, a file stays where it is and the folder holds one small TOML file per adapter; a
file copied or converted by Carrel lies in the folder itself. What is attached is kept per model.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from carrel_models.adapter import AdapterCard, Base, Pairing, pair, read_adapter, read_base
from carrel_models.declared import checked_examples
from carrel_models.digests import identifier, sha256_of
from carrel_models.files import copy_into, read_toml, same_file, write_toml
from carrel_models.gguf import BadGguf, read_header
from carrel_models.starter_adapter import Shipped
from carrel_models.stops import Progress, Stop

_SUFFIX = ".adapter.toml"
# Any scale can be computed; beyond these an adapter only breaks a model's speech.
MOST_SCALE = 10.0
Scales = list[tuple[str, float]]
Names = list[str]


class UnknownAdapter(KeyError):
    """No adapter has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


class ComesWithCarrel(ValueError):
    """The adapter that ships with Carrel stays on the shelf."""


class Attached(msgspec.Struct, frozen=True):
    """An adapter on a model."""

    id: str
    scale: float = 1.0


class _State(msgspec.Struct):
    """`attached.toml`: adapters by the id of their model, and those that ended the process."""

    models: dict[str, list[Attached]] = {}
    suspects: dict[str, str] = {}


class AdapterShelf:
    """The adapters of one profile. `folder` is created when something is first written.

    `shipped` is always on the shelf, and, where its facts say so, attached to `shipped_for` (a
    model's id) until somebody chooses otherwise for that model.
    """

    def __init__(self, folder: Path, shipped: Shipped | None = None, shipped_for: str = "") -> None:
        self._folder = folder
        self._shipped = shipped
        self._shipped_for = shipped_for
        self._lock = threading.RLock()
        self._bases: dict[str, tuple[int, int, Base]] = {}

    @property
    def folder(self) -> Path:
        """Where Carrel's own copies of adapters lie."""
        return self._folder

    def list(self) -> list[AdapterCard]:
        """All cards by name; a file that is gone, changed or broken has a `problem`."""
        own = [self._fresh(file) for file in sorted(self._folder.glob(f"*{_SUFFIX}"))]
        cards = sorted((c for c in own if c is not None), key=lambda c: (c.name.lower(), c.id))
        return [self._shipped.card, *cards] if self._shipped is not None else cards

    def get(self, adapter_id: str) -> AdapterCard:
        """The card with this id. Raises UnknownAdapter."""
        for card in self.list():
            if card.id == adapter_id:
                return card
        raise UnknownAdapter(f"No adapter is called {adapter_id!r}.")

    def _own(self, adapter_id: str) -> AdapterCard:
        card = self.get(adapter_id)
        if card.shipped:
            raise ComesWithCarrel(f"{card.name} comes with Carrel and stays as it is.")
        return card

    def add(
        self,
        path: Path | str,
        copy: bool = False,
        progress: Progress | None = None,
        cancel: Stop | None = None,
    ) -> AdapterCard:
        """Describe the file, link it in place (or copy it into the profile) and return its card.

        Raises BadGguf when it is no LoRA adapter that can be used, OSError when it cannot be read
        or copied, and Stopped when `cancel` was set.
        """
        path = Path(os.path.abspath(path))
        card = _described(path, sha256_of(path, progress, cancel))
        inside = path.parent == self._folder
        with self._lock:
            for other in self.list():
                if (
                    other.sha256 == card.sha256
                    and not other.problem
                    and not inside
                    and (other.copied or not copy)
                ):
                    return other
            if copy and not inside:
                target = self._folder / f"{card.id}.gguf"
                copy_into(path, target, progress, cancel)
                card = _described(target, card.sha256)
            card = msgspec.structs.replace(card, copied=copy or inside)
            self._forget(card)
            write_toml(self._folder / f"{card.id}{_SUFFIX}", card)
        return card

    def remove(self, adapter_id: str) -> None:
        """Forget an adapter, also where it is attached. A linked file stays, Carrel's own copy
        goes. Raises UnknownAdapter, and ComesWithCarrel."""
        with self._lock:
            card = self._own(adapter_id)
            (self._folder / f"{card.id}{_SUFFIX}").unlink(missing_ok=True)
            if card.copied and Path(card.path).parent == self._folder:
                Path(card.path).unlink(missing_ok=True)
            state = self._state()
            state.models = {
                model: kept
                for model, there in state.models.items()
                if (kept := [one for one in there if one.id != adapter_id])
            }
            self._write(state)

    def declare(self, adapter_id: str, examples: Sequence[str]) -> AdapterCard:
        """Let the card say which questions this adapter answers alone, by example; [] for none.

        Raises UnknownAdapter, ComesWithCarrel, and ValueError with a sentence when the examples
        cannot be used.
        """
        answers = checked_examples(examples)
        with self._lock:
            card = msgspec.structs.replace(self._own(adapter_id), answers=answers)
            # What is wrong with the file now is found out anew each time, and not kept.
            kept = msgspec.structs.replace(card, problem="")
            write_toml(self._folder / f"{card.id}{_SUFFIX}", kept)
        return card

    def resolve(self, name: str) -> AdapterCard:
        """The card of an id, or of a file (added when it is new).

        Raises UnknownAdapter, BadGguf and OSError.
        """
        wanted = self._now(name)
        for card in self.list():
            if wanted == card.id or same_file(name, card.path):
                return card
        if Path(name).is_file():
            return self.add(name)
        raise UnknownAdapter(f"{name!r} is neither the id of an adapter nor a file.")

    def attached(self, model_id: str) -> Scales:
        """The ids and scales of the adapters that this model is used with, in their order."""
        chosen = self._state().models.get(model_id)
        shipped = self._shipped
        if chosen is None and shipped is not None and model_id == self._shipped_for:
            return [(shipped.card.id, 1.0)] if shipped.facts.by_default else []
        return [(self._now(one.id), one.scale) for one in chosen or ()]

    def _now(self, adapter_id: str) -> str:
        """The id, or that of the shipped adapter which has taken its place since."""
        shipped = self._shipped
        replaced = shipped is not None and adapter_id in shipped.facts.replaces
        return shipped.card.id if shipped is not None and replaced else adapter_id

    def only_reads(self, adapter_id: str) -> bool:
        """Whether this adapter is for questions to files alone."""
        return self._shipped is not None and adapter_id == self._shipped.card.id

    def shipped_holds(self, adapter_ids: Sequence[str]) -> float | None:
        """The measured share of answers that hold what was asked, where the shipped adapter is the
        only one of these; else None: what others make of a model is not known."""
        if self._shipped is None or list(adapter_ids) != [self._shipped.card.id]:
            return None
        return self._shipped.facts.holds_answer

    def attach(self, model_id: str, choices: Sequence[tuple[str, float]]) -> None:
        """Use this model with exactly these adapters from now on; [] with none. Clears suspicion.

        Raises UnknownAdapter for an id that is not on the shelf.
        """
        with self._lock:
            known = {card.id for card in self.list()}
            for adapter_id, _scale in choices:
                if adapter_id not in known:
                    raise UnknownAdapter(f"No adapter is called {adapter_id!r}.")
            state = self._state()
            state.models.pop(model_id, None)
            for adapter_id, _scale in choices:
                state.suspects.pop(adapter_id, None)
            if choices or model_id == self._shipped_for:  # that none is wanted is a choice there
                state.models[model_id] = [Attached(name, scale) for name, scale in choices]
            self._write(state)

    def mark_suspect(self, adapter_id: str, reason: str) -> None:
        """Note that attaching this adapter ended the model's process."""
        with self._lock:
            state = self._state()
            state.suspects[adapter_id] = reason
            self._write(state)

    def suspicion(self, adapter_id: str) -> str:
        """Why an adapter is suspect, "" when it is not."""
        return self._state().suspects.get(adapter_id, "")

    def models_of(self, adapter_id: str) -> Names:
        """The ids of the models that this adapter is attached to."""
        found = self._state().models
        return sorted(m for m, there in found.items() if any(a.id == adapter_id for a in there))

    def fits(self, card: AdapterCard, model_path: Path | str) -> Pairing:
        """Whether an adapter of this shelf fits the model file, from headers alone."""
        if card.problem:
            return Pairing(False, card.problem)
        try:
            return pair(read_header(card.path), self._base(Path(model_path)))
        except (BadGguf, OSError) as error:
            return Pairing(False, f"It cannot be compared with the model: {_words(error)}")

    def _base(self, path: Path) -> Base:
        """The base's sizes; a header with a large vocabulary takes a moment, so they are kept."""
        status = path.stat()
        kept = self._bases.get(str(path))
        if kept is None or kept[:2] != (status.st_size, status.st_mtime_ns):
            kept = (status.st_size, status.st_mtime_ns, read_base(path))
            self._bases[str(path)] = kept
        return kept[2]

    def _fresh(self, file: Path) -> AdapterCard | None:
        """The card in a file, with what is wrong with the adapter now."""
        card = read_toml(file, AdapterCard)
        if card is None:
            return None
        try:
            status = os.stat(card.path)
        except FileNotFoundError:
            return _with_problem(card, "The file is not there any more.")
        except OSError as error:
            return _with_problem(card, f"The file cannot be read ({error.strerror}).")
        if (status.st_size, status.st_mtime_ns) == (card.size, card.modified):
            return card
        return self._changed(card, file)

    def _changed(self, card: AdapterCard, file: Path) -> AdapterCard:
        """A file with new content is another adapter; one that was only touched is the same."""
        path = Path(card.path)
        try:
            digest = sha256_of(path)
            if digest != card.sha256:
                return _with_problem(card, "The file holds something else now; add it again.")
            same = msgspec.structs.replace(card, modified=path.stat().st_mtime_ns)
        except OSError as error:
            return _with_problem(card, f"The file cannot be read ({error.strerror}).")
        write_toml(file, same)
        return same

    def _forget(self, card: AdapterCard) -> None:
        """Remove records of the same file or the same content: one adapter has one card."""
        for file in self._folder.glob(f"*{_SUFFIX}"):
            other = read_toml(file, AdapterCard)
            if other is None or other.path == card.path or other.id == card.id:
                file.unlink(missing_ok=True)

    def _state(self) -> _State:
        return read_toml(self._folder / "attached.toml", _State) or _State()

    def _write(self, state: _State) -> None:
        write_toml(self._folder / "attached.toml", state)


def _described(path: Path, digest: str) -> AdapterCard:
    card = read_adapter(path)
    stem = path.stem.removesuffix(f"-{digest[:8]}")  # a file that is named after its id already
    return msgspec.structs.replace(card, sha256=digest, id=identifier(stem, digest))


def _with_problem(card: AdapterCard, problem: str) -> AdapterCard:
    return msgspec.structs.replace(card, problem=problem)


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
