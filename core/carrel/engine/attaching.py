"""Which adapters a question is answered with, and their way onto the loaded model.

In this order: those of the question, those chosen for this process, those that the shelf keeps for
the model. The adapter that ships with Carrel reads passages: what the shelf says of it holds for
questions to files only. Headers are compared before anything is attached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.engine.messages import AdapterFile, SetAdapters
from carrel.errors import UserError, WorkerDied
from carrel.events import AdapterUse
from carrel_models.adapters import MOST_SCALE, AdapterShelf, UnknownAdapter
from carrel_models.gguf import BadGguf

if TYPE_CHECKING:
    from carrel.desk.shelf_requests import AdapterChoice
    from carrel.ports import LanguageModel
    from carrel_models.adapter import AdapterCard
    from carrel_models.card import ModelCard

_DO_WITHOUT = "Take it off with carrel adapters off, or choose another adapter."


class Chosen(NamedTuple):
    """An adapter of the shelf and its scale."""

    card: AdapterCard
    scale: float


class Attacher:
    """Attaches adapters of a shelf to a language model. `override` stands before what the shelf
    keeps; `attached` is what the loaded model has, by content."""

    def __init__(self, shelf: AdapterShelf | None, model: LanguageModel) -> None:
        self._shelf = shelf
        self._model = model
        self.override: Sequence[AdapterChoice] | None = None
        self.attached: list[AdapterUse] = []

    def loading(self) -> None:
        """A model is about to be loaded: it has no adapters at first."""
        self.attached = []

    def check(
        self, model: ModelCard, choices: Sequence[AdapterChoice] | None, reading: bool = False
    ) -> list[Chosen]:
        """The adapters for this model, to read passages or not. Raises UserError when one is
        unknown or does not fit."""
        found = self._chosen(model, choices, reading)
        for one in found:
            self._require_fit(one.card, model)
        return found

    def declared(self, model: ModelCard) -> list[AdapterCard]:
        """The adapters of the shelf that fit this model and say which questions they answer."""
        shelf = self._shelf
        cards = [card for card in shelf.list() if card.answers] if shelf is not None else []
        return [
            card
            for card in cards
            if shelf is not None
            and not shelf.suspicion(card.id)
            and shelf.fits(card, model.path).fits
        ]

    def wants(self, model: ModelCard, choices: Sequence[AdapterChoice] | None) -> bool:
        """Whether the model is to be used with adapters for a question to files."""
        return any(scale != 0 for _, scale in self._wanted(model, choices, reading=True))

    def measured(self, model: ModelCard, choices: Sequence[AdapterChoice] | None) -> float | None:
        """The share of answers that hold what was asked, where it is known of the adapters."""
        wanted = self._wanted(model, choices, reading=True)
        if self._shelf is None or any(scale != 1 for _, scale in wanted):
            return None
        return self._shelf.shipped_holds([name for name, _ in wanted])

    def attach(
        self, model: ModelCard, choices: Sequence[AdapterChoice] | None, reading: bool = False
    ) -> None:
        """Attach them to the loaded model, unless they are attached.

        Raises UserError with the reason; WorkerDied when one ended the process, which makes those
        that were new suspect.
        """
        if _uses(self._chosen(model, choices, reading)) == self.attached:
            return  # also when a file has been deleted meanwhile: the process has read it
        wanted = self.check(model, choices, reading)
        files = [AdapterFile(path=one.card.path, scale=one.scale) for one in wanted]
        try:
            self._model.set_adapters(SetAdapters(adapters=files))
        except WorkerDied as error:
            self._mark_suspect(wanted, error.words)
            raise
        self.attached = _uses(wanted)

    def _wanted(
        self, model: ModelCard, choices: Sequence[AdapterChoice] | None, reading: bool
    ) -> list[tuple[str, float]]:
        asked = choices if choices is not None else self.override
        if asked is not None:
            return [(one.id, one.scale) for one in asked]
        if self._shelf is None:
            return []
        kept = self._shelf.attached(model.id)
        return [one for one in kept if reading or not self._shelf.only_reads(one[0])]

    def _chosen(
        self, model: ModelCard, choices: Sequence[AdapterChoice] | None, reading: bool
    ) -> list[Chosen]:
        wanted = self._wanted(model, choices, reading)
        if not wanted:
            return []
        if self._shelf is None:
            raise UserError("Adapters cannot be used here.", "Ask without one.", "no_adapters")
        shelf = self._shelf
        return [Chosen(resolve(shelf, name), checked_scale(scale)) for name, scale in wanted]

    def _require_fit(self, card: AdapterCard, model: ModelCard) -> None:
        if self._shelf is None:
            return
        if suspicion := self._shelf.suspicion(card.id):
            raise UserError(
                f"The adapter {card.name} ended the model's process before: {suspicion}",
                "Choose it again with carrel adapters use to try once more.",
                "adapter_suspect",
            )
        fit = self._shelf.fits(card, model.path)
        if not fit.fits:
            raise UserError(
                f"The adapter {card.name} cannot be used with {model.name}: {fit.reason}",
                _DO_WITHOUT,
                "adapter_misfit",
            )

    def _mark_suspect(self, wanted: Sequence[Chosen], words: str) -> None:
        before = {one.id for one in self.attached}
        for one in wanted:
            if self._shelf is not None and one.card.id not in before:
                self._shelf.mark_suspect(one.card.id, words)


def _uses(chosen: Sequence[Chosen]) -> list[AdapterUse]:
    return [AdapterUse(id=c.card.id, sha256=c.card.sha256, scale=c.scale) for c in chosen]


def resolve(shelf: AdapterShelf, name: str) -> AdapterCard:
    """The card of an adapter's id, or of a file. Raises UserError."""
    try:
        return shelf.resolve(name)
    except UnknownAdapter as error:
        known = ", ".join(card.id for card in shelf.list()) or "none"
        raise UserError(str(error), f"Known: {known}.", "no_adapter") from error
    except (BadGguf, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"The adapter {name} cannot be used: {reason}", _DO_WITHOUT, "adapter_broken"
        ) from error


def checked_scale(scale: float) -> float:
    """The scale, when it is a number that makes sense. Raises UserError."""
    if not -MOST_SCALE <= scale <= MOST_SCALE:  # also not a number
        raise UserError(
            f"An adapter's scale cannot be {scale:g}.",
            f"Choose a number from {-MOST_SCALE:g} to {MOST_SCALE:g}; 1 is as it was trained.",
            "scale",
        )
    return scale
