"""The ways that a run compares: each model alone and with each adapter, without and with files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from carrel.desk.shelf_requests import AdapterChoice
from carrel.engine.attaching import resolve
from carrel.errors import UserError
from carrel.events import AdapterUse, Plain

if TYPE_CHECKING:
    import threading

    from carrel.compose import Core
    from carrel_models.card import ModelCard


class Way(Plain, frozen=True):
    """One way to answer. `model` is its id, `model_choice` and `adapter_choices` are what was
    named; `role` is "base" for the first model without an adapter, "tuned" for all others."""

    name: str
    role: Literal["base", "tuned"]
    files: bool
    model: str
    model_choice: str
    model_sha256: str
    adapters: list[AdapterUse] = []
    adapter_choices: list[AdapterChoice] = []


def ways_of(
    core: Core,
    models: Sequence[str],
    adapters: Sequence[AdapterChoice],
    cancel: threading.Event,
    kinds: Sequence[bool] = (False, True),
) -> list[Way]:
    """All ways, those of one model together; `models` [] takes the one in use, and `kinds` tells
    whether to ask without files, with files, or both. An adapter is used with every model it fits.

    Raises UserError: a model or an adapter is unknown, or an adapter fits none of the models.
    """
    cards = [(choice, _identified(core, core.model.card(choice), cancel)) for choice in models]
    if not cards:
        cards = [("", _identified(core, core.model.card(), cancel))]
    named = [card.id for _, card in cards]
    twice = next((one for one in named if named.count(one) > 1), None)
    if twice is not None:
        raise UserError(f"The model {twice} is named twice.", "Name it once.", "models")
    used: set[str] = set()
    ways: list[Way] = []
    for place, (choice, card) in enumerate(cards):
        ways += _both(kinds, "base" if place == 0 else card.id, place == 0, choice, card, [], [])
        for one in adapters:
            use = _fitting(core, one, card)
            if use is None:
                continue
            used.add(one.id)
            name = "tuned" if len(adapters) == len(cards) == 1 else _named(use, card, len(cards))
            ways += _both(kinds, name, False, choice, card, [use], [one])
    for one in adapters:
        if one.id not in used:
            raise UserError(
                f"The adapter {one.id} fits none of the models ({', '.join(named)}).",
                "Name the model that it was made for with --models.", "adapter_misfit",
            )  # fmt: skip
    return ways


def _both(
    kinds: Sequence[bool],
    name: str,
    base: bool,
    choice: str,
    card: ModelCard,
    uses: list[AdapterUse],
    choices: list[AdapterChoice],
) -> Iterator[Way]:
    for files in kinds:
        yield Way(
            name=f"{name} + files" if files else name, role="base" if base else "tuned",
            files=files, model=card.id, model_choice=choice, model_sha256=card.sha256,
            adapters=uses, adapter_choices=choices,
        )  # fmt: skip


def _named(use: AdapterUse, card: ModelCard, models: int) -> str:
    scale = "" if use.scale == 1 else f"={use.scale:g}"
    return f"{use.id}{scale}" + (f" on {card.id}" if models > 1 else "")


def _fitting(core: Core, choice: AdapterChoice, model: ModelCard) -> AdapterUse | None:
    card = resolve(core.adapters, choice.id)
    if not core.adapters.fits(card, model.path).fits:
        return None
    return AdapterUse(id=card.id, sha256=card.sha256, scale=choice.scale)


def _identified(core: Core, card: ModelCard, cancel: threading.Event) -> ModelCard:
    """The card with its SHA-256: a run goes on only with the very same model."""
    return card if card.sha256 else core.registry.identify(card.id, cancel=cancel)
