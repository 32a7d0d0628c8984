"""The models of a profile: which files are known, which one is in use, which one is suspect.

    models = Registry(profile / "models")
    card = models.add(Path("some.gguf"))
    models.use(card.id)
    models.identify(card.id)          # computes the SHA-256, which takes a while

A model file stays where it is, or is copied into `files/` of the folder; the folder holds one small
TOML file per model and `state.toml`. The starter model (data inside a pinned wheel) is always
listed. An id is the file's name and eight digits that stand for its content, so that it never
changes while the content does not, and reads well.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from carrel_models import intake
from carrel_models.card import CARD_VERSION, ModelCard
from carrel_models.digests import identifier, sha256_of
from carrel_models.files import same_file
from carrel_models.gguf import BadGguf
from carrel_models.kinds import OTHER_KINDS
from carrel_models.records import Records, State
from carrel_models.starter import starter_card, starter_path
from carrel_models.stops import Locks, Progress, Stop

__all__ = ["Registry", "UnknownModel", "sha256_of"]

_ATTACH = "Choose the model that it was made for, and attach it: --adapter FILE."


class UnknownModel(KeyError):
    """No model has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


class Registry:
    """The models of one profile. `folder` is created when something is first written."""

    def __init__(self, folder: Path) -> None:
        self._records = Records(folder)
        self._files = folder / "files"
        self._locks = Locks()

    def list(self) -> list[ModelCard]:
        """All cards, the starter first, then by name; a file gone or broken has a `problem`."""
        cards = [self._fresh(card) for card in self._records.cards()]
        cards.sort(key=lambda card: (card.name.lower(), card.id))
        starter = self._starter()
        found = [starter] if starter else []
        found += [card for card in cards if starter is None or card.id != starter.id]
        suspects = self._records.state().suspects
        return [msgspec.structs.replace(c, suspect=True) if c.id in suspects else c for c in found]

    def get(self, model_id: str) -> ModelCard:
        """The card with this id. Raises UnknownModel."""
        for card in self.list():
            if card.id == model_id:
                return card
        raise UnknownModel(f"No model is called {model_id!r}.")

    def describe(self, path: Path | str) -> tuple[ModelCard, bool]:
        """What the file at `path` is, and whether it is on the shelf already; nothing is written.

        Raises BadGguf when it is not a usable GGUF and OSError when it cannot be read.
        """
        card = intake.described(intake.absolute(path)).card
        known = self._known(card)
        return (known, True) if known else (card, False)

    def add(
        self,
        path: Path | str,
        copy: bool = False,
        progress: Progress | None = None,
        cancel: Stop | None = None,
    ) -> ModelCard:
        """Describe the file at `path`, link it in place or copy it, and return its card at once.

        Any part of a split model adds the whole. `progress` gets the fraction copied. The SHA-256
        is "" until `identify` has computed it (a copy has it). Adding what is there already gives
        the same card. Raises BadGguf when it is not a usable GGUF, OSError when it cannot be read
        or the disk is full, Stopped.
        """
        card = intake.described(intake.absolute(path)).card
        with self._locks.hold(card.id, cancel):
            known = self._known(card)
            if known is not None and (known.copied or known.starter or not copy):
                return known
            if copy:
                card = intake.copy_of(card, self._files, progress, cancel)
            with self._records.guard:
                for other in self._records.cards():
                    if other.id != card.id and same_file(other.path, card.path):
                        self._replace(other.id, card.id)
                self._records.keep(card)
        return card

    def identify(
        self, model_id: str, progress: Progress | None = None, cancel: Stop | None = None
    ) -> ModelCard:
        """The card with its SHA-256, computed and stored when it was missing.

        All the model's bytes are read; two calls at once read them once. A model whose file is gone
        or broken comes back with its problem. Raises UnknownModel, OSError and Stopped.
        """
        with self._locks.hold(f"digest of {model_id}", cancel):
            card = self.get(model_id)
            if card.sha256 or card.problem:
                return card
            digest = intake.content_sha256(card, progress, cancel)
            with self._records.guard:
                now = self.get(model_id)
                if now.problem or (now.size, now.modified) != (card.size, card.modified):
                    return now  # it changed while it was read: the digest belongs to neither
                self._records.keep(msgspec.structs.replace(now, sha256=digest))
                return msgspec.structs.replace(now, sha256=digest)

    def unidentified(self) -> Sequence[str]:
        """The ids of usable models whose SHA-256 has not been computed yet."""
        return [card.id for card in self.list() if not card.sha256 and not card.problem]

    def remove(self, model_id: str) -> None:
        """Forget a model; a file of the user's is not touched, a copy that Carrel made goes.

        Raises UnknownModel, and OSError when the copy cannot be removed.
        """
        with self._records.guard:
            card = self._records.card(model_id)
            if card is None:
                raise UnknownModel(f"No model that was added is called {model_id!r}.")
            copy = self._files / model_id
            if card.copied and Path(card.path).parent == copy and copy.exists():
                shutil.rmtree(copy)
            self._records.drop(model_id)
            self._records.change(lambda state: _forget(state, model_id))

    def use(self, model_id: str) -> ModelCard:
        """Make a chat model the one in use; clears its suspicion. Raises UnknownModel, BadGguf."""
        card = self.get(model_id)
        if card.problem:
            raise BadGguf(card.problem)
        if card.kind != "chat model":
            what, what_to_do = OTHER_KINDS[card.kind]
            raise BadGguf(f"{card.name} {what}", what_to_do)

        def choose(state: State) -> None:
            state.in_use = model_id
            state.suspects.pop(model_id, None)

        self._records.change(choose)
        return msgspec.structs.replace(card, suspect=False)

    def in_use(self) -> ModelCard | None:
        """The card of the model in use: the chosen one, else the starter, else None."""
        cards = self.list()
        chosen = self._records.state().in_use
        for card in cards:
            if card.id == chosen:
                return card
        return next((card for card in cards if card.starter), None)

    def resolve(self, name: str) -> ModelCard:
        """The card of an id, or of a file (added when it is new). Raises UnknownModel, BadGguf."""
        path = intake.absolute(name)
        for card in self.list():
            if name == card.id or str(path) == card.path:
                return card
        if os.path.lexists(path):
            if self.describe(path)[0].kind == "adapter":
                raise BadGguf(f"{path.name} {OTHER_KINDS['adapter'][0]}", _ATTACH)
            return self.add(path)
        raise UnknownModel(f"{name!r} is neither the id of a model nor a file.")

    def mark_suspect(self, model_id: str, reason: str) -> None:
        """Note that the model ended its process while loading: do not load it again by itself."""
        self._records.change(lambda state: state.suspects.update({model_id: reason}))

    def suspicion(self, model_id: str) -> str:
        """Why a model is suspect, "" when it is not."""
        return self._records.state().suspects.get(model_id, "")

    def _known(self, card: ModelCard) -> ModelCard | None:
        """The card on the shelf that stands for the same file, or for a copy of it."""
        starter = self._starter()
        if starter is not None and starter.fingerprint == card.fingerprint:
            return starter
        for other in self.list():
            if other.problem or other.fingerprint != card.fingerprint:
                continue
            if same_file(other.path, card.path) or (other.copied and other.id == card.id):
                return other
        return None

    def _fresh(self, card: ModelCard) -> ModelCard:
        """The card as it was written, described again when the model file has changed since."""
        try:
            now = (intake.size_now(card), intake.last_change(card))
            if now == (card.size, card.modified) and card.version == CARD_VERSION:
                return card
            return self._described_again(card, now)
        except FileNotFoundError as error:
            missing = Path(str(error.filename or card.path)).name
            gone = "The file is not there any more." if card.parts == 1 else f"{missing} is gone."
            return msgspec.structs.replace(card, problem=gone)
        except OSError as error:
            problem = f"The file cannot be read ({error.strerror})."
            return msgspec.structs.replace(card, problem=problem)
        except BadGguf as error:
            return msgspec.structs.replace(card, problem=str(error))

    def _described_again(self, card: ModelCard, now: tuple[int, int]) -> ModelCard:
        """Read the file once more: it changed, or the card was written by an earlier version.

        A card whose content is the same keeps its id, and its SHA-256 when nobody wrote the file.
        """
        new = intake.described(Path(card.path)).card
        new = msgspec.structs.replace(new, copied=card.copied)
        untouched = now == (card.size, card.modified)
        if untouched or new.fingerprint == card.fingerprint:
            sha256 = card.sha256 if untouched else ""
            new = msgspec.structs.replace(new, id=card.id, sha256=sha256)
        with self._records.guard, contextlib.suppress(OSError):
            # what a full disk does not keep is found out again next time
            if self._records.card(card.id) is not None:  # else it was removed meanwhile
                self._records.keep(new)
                if new.id != card.id:
                    self._replace(card.id, new.id)
        return new

    def _replace(self, old: str, new: str) -> None:
        """Let `new` take the place of the card `old`, also as the model in use."""
        self._records.drop(old)
        if self._records.state().in_use == old:

            def take_over(state: State) -> None:
                state.in_use = new

            self._records.change(take_over)

    def _starter(self) -> ModelCard | None:
        """The starter's card; its SHA-256 is computed once and kept with size and time."""
        path = starter_path()
        if path is None:
            return None
        kept, status = self._records.starter(), path.stat()
        now = (str(path), status.st_size, status.st_mtime_ns, CARD_VERSION)
        if kept is not None and (kept.path, kept.size, kept.modified, kept.version) == now:
            return kept
        mark = intake.described(path).card.fingerprint
        card = msgspec.structs.replace(
            starter_card(path), sha256=sha256_of(path), fingerprint=mark, suspect=False
        )
        card = msgspec.structs.replace(card, id=identifier(path.stem, card.sha256))
        with contextlib.suppress(OSError):  # on a full disk the digest is computed once more
            self._records.keep_starter(card)
        return card


def _forget(state: State, model_id: str) -> None:
    state.suspects.pop(model_id, None)
    if state.in_use == model_id:
        state.in_use = ""
