"""Where a model goes: how many of its layers to which graphics cards, and with how much context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from carrel.engine.devices import as_gpus, usable_gpus
from carrel.engine.messages import Device, LoadModel, PlanMemory
from carrel.errors import UserError
from carrel_models.card import ModelCard
from carrel_models.fit import DEFAULT_CONTEXT, Fit, fit
from carrel_models.machine import available_memory


class Placement(NamedTuple):
    """`layers` of `all_layers` (the output counts as one) on the cards `names`; none keeps all on
    the processor. `context` in tokens; `words` are for people. `from_disk`: the weights are larger
    than the free memory and must stay mapped from the file."""

    context: int
    layers: int = 0
    all_layers: int = 0
    names: tuple[str, ...] = ()
    words: str = "CPU"
    from_disk: bool = False


def place(card: ModelCard, request: LoadModel | PlanMemory) -> Placement:
    """Choose as the request asks, and by what is free where it leaves the choice.

    Raises UserError when the model does not fit, and for a device that is not there.
    """
    cards = usable_gpus(request.device) if request.gpu_layers else []
    wanted = request.context or DEFAULT_CONTEXT
    found = fit(card, available_memory(), wanted, as_gpus(cards), request.gpu_layers)
    if found.verdict == "no":
        raise UserError(
            f"{card.name} does not fit into the memory of this machine. {found.reason}",
            "Close other programs, or choose a smaller model.",
            "model_too_large",
        )
    layers = found.layers
    if found.verdict == "unknown" and cards:
        layers = max(0, request.gpu_layers)  # a header that tells nothing: only what was asked for
    names = tuple(one.name for one in cards) if layers else ()
    words = _words(cards, found, layers)
    return Placement(found.context, layers, found.all_layers, names, words, found.from_disk)


def on_processor(placement: Placement, reason: str) -> Placement:
    """The same without graphics cards, after loading onto them failed for a `reason`."""
    words = f"CPU, because loading onto {' and '.join(placement.names)} failed: {reason}"
    return placement._replace(layers=0, names=(), words=words)


def _words(cards: Sequence[Device], found: Fit, layers: int) -> str:
    if not cards:
        return "CPU"
    names = " and ".join(f"{one.name} ({one.description})" for one in cards)
    if layers:
        share = "all" if layers >= found.all_layers > 0 else f"{layers} of {found.all_layers}"
        return f"{names}: {share} layers"
    free = sum(one.free or 0 for one in cards)
    return f"CPU, because {names} has {free / 1e6:,.0f} MB free, too little for a layer"
