"""Answers from now on as one way of a run did: its model, its adapters, its mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.lab.score import scores

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.lab.arms import Way
    from carrel.lab.saved import Run
    from carrel.lab.score import WayScores


def use_way(core: Core, run: Run, name: str = "") -> Way:
    """Put the way of this name into use, or the one with the most points where `name` is "".

    Raises UserError: the run has no such way, no answers yet, or its model is not among the models.
    """
    from carrel.desk import adapters, models

    way = _chosen(run, name)
    if way.model not in {card.id for card in core.registry.list()}:
        raise UserError(
            f"The model {way.model} is not among your models.",
            f"Add it: carrel models add {way.model_choice or 'FILE.gguf'}.", "no_model",
        )  # fmt: skip
    models.use(core.registry, way.model)
    core.model.choose(way.model)
    adapters.choose(core, way.adapter_choices)
    core.settings.set("model", way.model)
    core.settings.set("mode", "files" if way.files else "model")
    if way.files:
        core.settings.set("generated_text", "always")  # the run measured what the model writes
    return way


def _chosen(run: Run, name: str) -> Way:
    found = scores(run)
    best = best_of(found)
    if best is None:
        raise UserError("This run has no answers yet.", "Let it end first.", "no_answers")
    if not name:
        return best.way
    ways = {one.way.name: one.way for one in found if one.n}
    if name not in ways:
        raise UserError(f"The run has no way {name!r}.", f"It has: {', '.join(ways)}.", "way")
    return ways[name]


def best_of(found: Sequence[WayScores]) -> WayScores | None:
    """The way with the most points, None while none has an answer."""
    return max((one for one in found if one.n), key=_points, default=None)


def _points(one: WayScores) -> float:
    return one.score.value if one.score else 0.0
