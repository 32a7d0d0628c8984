"""What the window may do with the LoRA adapters of the shelf, and their rows for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from carrel.desk import shelf_requests as s
from carrel.desk.telling import Tell
from carrel.engine.attaching import checked_scale, resolve
from carrel.errors import UserError
from carrel.events import Changed, Message
from carrel.process.rpc import Call, Handler, Reply
from carrel_models.adapters import ComesWithCarrel, UnknownAdapter

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel_models.adapter import AdapterCard
    from carrel_models.card import ModelCard


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    adapters = _Adapters(core, tell)
    return {
        s.ListAdapters: adapters.list,
        s.ChooseAdapters: adapters.choose,
        s.RemoveAdapter: adapters.remove,
    }


class _Adapters:
    def __init__(self, core: Core, tell: Tell) -> None:
        self._core = core
        self._tell = tell

    def list(self, request: s.ListAdapters, call: Call) -> Iterator[Reply]:
        yield rows(self._core)

    def choose(self, request: s.ChooseAdapters, call: Call) -> Iterator[Reply]:
        choose(self._core, request.adapters)
        self._tell(Changed(kinds=["adapters"]))
        yield rows(self._core)

    def remove(self, request: s.RemoveAdapter, call: Call) -> Iterator[Reply]:
        remove(self._core, request.adapter_id)
        self._tell(Changed(kinds=["adapters"]))
        yield rows(self._core)


def rows(core: Core) -> s.AdapterList:
    """Every adapter of the shelf, and how each goes with the model in use."""
    model = _model_in_use(core)
    attached = _scales(core, model)
    models = [card for card in core.registry.list() if _usable(card)]
    return s.AdapterList(
        model_id=model.id if model else "",
        adapters=[_row(core, card, model, attached, models) for card in core.adapters.list()],
    )


def row_of(core: Core, card: AdapterCard) -> s.AdapterRow:
    """One adapter, on the shelf or not yet."""
    model = _model_in_use(core)
    attached = _scales(core, model)
    return _row(core, card, model, attached, [c for c in core.registry.list() if _usable(c)])


def choose(core: Core, choices: Sequence[s.AdapterChoice]) -> list[AdapterCard]:
    """Use the model in use with exactly these adapters from the next question on; [] with none.

    Raises UserError when one is unknown, or does not fit the model; then nothing is changed.
    """
    model = core.model.card()
    cards = [resolve(core.adapters, one.id) for one in choices]
    for card in cards:
        fit = core.adapters.fits(card, model.path)
        if not fit.fits:
            raise UserError(
                f"The adapter {card.name} cannot be used with {model.name}: {fit.reason}",
                "Choose the model that it was made for, or another adapter.",
                "adapter_misfit",
            )
    scales = [checked_scale(one.scale) for one in choices]
    core.adapters.attach(model.id, [(c.id, x) for c, x in zip(cards, scales, strict=True)])
    core.model.use_adapters(None)
    return cards


def declare(core: Core, adapter_id: str, examples: Sequence[str]) -> None:
    """Let an adapter answer questions like these alone; [] for none. Raises UserError."""
    try:
        core.adapters.declare(adapter_id, examples)
    except ComesWithCarrel as error:
        raise UserError(str(error), "Choose another adapter.", "shipped") from error
    except ValueError as error:
        raise UserError(
            str(error), "Give three or more questions as they would be asked.", "examples"
        ) from error
    except UnknownAdapter as error:
        raise UserError(str(error), "See carrel adapters.", "no_adapter") from error


def remove(core: Core, adapter_id: str) -> None:
    """Take an adapter off the shelf and off its models; a linked file stays. Raises UserError."""
    try:
        core.adapters.remove(adapter_id)
    except ComesWithCarrel as error:
        raise UserError(str(error), "Take it off with carrel adapters off.", "shipped") from error
    except UnknownAdapter as error:
        raise UserError(str(error), "See carrel adapters.", "no_adapter") from error


def _model_in_use(core: Core) -> ModelCard | None:
    try:
        return core.model.card()
    except UserError:
        return None  # no usable model yet: the list is shown all the same


def _scales(core: Core, model: ModelCard | None) -> dict[str, float]:
    return dict(core.adapters.attached(model.id)) if model is not None else {}


def _usable(card: ModelCard) -> bool:
    return card.kind == "chat model" and not card.problem


def _row(
    core: Core,
    card: AdapterCard,
    model: ModelCard | None,
    attached: dict[str, float],
    models: Sequence[ModelCard],
) -> s.AdapterRow:
    shelf = core.adapters
    fits, reason = False, card.problem or "There is no model in use."
    if model is not None:
        fits, reason = shelf.fits(card, model.path)
    if suspicion := shelf.suspicion(card.id):
        reason = f"It ended the model's process before: {suspicion}"
    bases = [m.id for m in models if m.architecture == card.architecture]
    paths = {m.id: m.path for m in models}
    return s.AdapterRow(
        id=card.id, name=card.name, path=card.path, architecture=card.architecture,
        base_model=card.base_model, rank=card.rank, size=card.size, licence=card.licence,
        sha256=card.sha256, fits=fits, reason=reason, scale=attached.get(card.id),
        bases=[one for one in bases if shelf.fits(card, paths[one]).fits], copied=card.copied,
        answers=card.answers, opening=card.opening,
    )  # fmt: skip
