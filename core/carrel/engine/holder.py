"""The model that answers: which one was chosen, loaded when it is first needed, replaced on change,
and the adapters that are attached to it.

A model that ends its process while loading is marked suspect and is not loaded again by itself.
Another model gets a process of its own: when the old one has ended, all its memory is back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from carrel.engine.attaching import Attacher
from carrel.engine.calibration import Rate, corrected
from carrel.engine.keeping import KEPT_BYTES, KeptStates
from carrel.engine.messages import (
    EngineReply,
    Generate,
    Generated,
    Loaded,
    LoadModel,
    ScoreLabels,
)
from carrel.engine.rates import Rates, machine
from carrel.errors import UserError, WorkerDied
from carrel.events import ModelUse
from carrel_models.declared import Declared
from carrel_models.gguf import BadGguf
from carrel_models.kinds import OTHER_KINDS
from carrel_models.preset import Preset
from carrel_models.registry import Registry, UnknownModel
from carrel_models.reliability import Reliability, reliability_of
from carrel_models.stops import Stopped

if TYPE_CHECKING:
    from carrel.desk.shelf_requests import AdapterChoice
    from carrel.ports import LanguageModel
    from carrel_models.adapters import AdapterShelf
    from carrel_models.card import ModelCard
    from carrel_models.presets import Presets

_ADD_ONE = "Choose another on the Models page, or with --model FILE.gguf."


class ModelHolder:
    """Holds one language model process and loads what `choice` (an id or a file) names.

    An empty choice takes the registry's model in use, else the starter. `context` is in tokens.
    Without a shelf of `adapters` none can be attached, without `rates` no speed is measured.
    `site` says which build of the engine runs (`Hardware.site`): each has its own speed.
    """

    def __init__(
        self,
        registry: Registry,
        model: LanguageModel,
        *,
        adapters: AdapterShelf | None = None,
        presets: Presets | None = None,
        rates: Rates | None = None,
        choice: str = "",
        context: int = 4096,
        engine: Literal["llama", "simple"] = "llama",
        device: str = "",
        site: Callable[[], str] = str,
        reliability: Callable[[ModelCard], Reliability] = reliability_of,
    ) -> None:
        self._registry = registry
        self._model = model
        self._attacher = Attacher(adapters, model)
        self._presets = presets
        self._rates = rates
        self._rate = Rate()
        self._choice = choice
        self._wanted_context = context
        self._engine: Literal["llama", "simple"] = engine
        self._device = device
        self._site = site
        self._reliability = reliability
        self._card: ModelCard | None = None
        self._request: LoadModel | None = None
        self._name = ""
        self._kept = KeptStates()
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The name of the model that is loaded or being loaded, "" before the first."""
        return self._name

    @property
    def context(self) -> int:
        """The loaded context in tokens."""
        loaded = self._model.loaded()
        return loaded.context if loaded else self._wanted_context

    @property
    def rate(self) -> Rate:
        """How fast the loaded model reads and writes here, as measured when it was first loaded."""
        return self._rate

    def known_rate(self, card: ModelCard) -> Rate | None:
        """The rate that is kept for a model, None when it was not loaded on this machine yet."""
        if self._rates is None:
            return None
        return self._rates.get(card.id, _content(card), self._machine(card))

    def choose(self, choice: str) -> None:
        """Take another model (an id or a file) from the next question on."""
        self._choice = choice

    def use_adapters(self, choices: Sequence[AdapterChoice] | None) -> None:
        """Attach these from the next question on, whatever the shelf keeps for the model; None
        takes again what the shelf keeps."""
        self._attacher.override = choices

    def card(self, choice: str = "") -> ModelCard:
        """The card of the model that would answer now. Raises UserError when there is none."""
        return _usable(self._resolve(choice))

    def declared(self, choice: str = "") -> list[Declared]:
        """What the model that would answer now, and the adapters that fit it, answer alone. [] when
        there is no model: that is said when it is to answer."""
        try:
            card = self.card(choice)
        except UserError:
            return []
        own = [Declared(card.id, tuple(self.preset(card).answers), adapter=False)]
        found = [Declared(one.id, tuple(one.answers)) for one in self._attacher.declared(card)]
        return [one for one in (*own, *found) if one.examples]

    def can_be_relied_on(self, adapters: Sequence[AdapterChoice] | None = None) -> bool:
        """Whether the text of the model in use may be an answer without being asked for.

        With an adapter it may: what a tune makes of a model is not known from its size, and
        somebody put it on to hear it. What the shipped one makes of it was measured. Raises
        UserError when there is no model.
        """
        card = self.card()
        if (holds := self._attacher.measured(card, adapters)) is not None:
            return Reliability(holds, measured=True).enough
        return self._attacher.wants(card, adapters) or self._reliability(card).enough

    def ensure(
        self,
        cancel: threading.Event,
        model: str = "",
        adapters: Sequence[AdapterChoice] | None = None,
        reading: bool = False,
    ) -> Iterator[EngineReply]:
        """Load the chosen model unless it is loaded already, and attach its adapters; yields the
        progress. `model` and `adapters` are for this time only; "" and None take what is in use.
        `reading` says that it is to answer from passages alone, for which some adapters are kept.

        Raises UserError with the reason when it cannot be loaded or an adapter does not fit,
        WorkerDied when it ended the worker (it is suspect from then on).
        """
        with self._lock:
            card, fresh = self._resolve(model), False
            if not self._is_loaded(card):
                # What cannot be attached is said before a model is loaded for it, and before the
                # one that is loaded is given up.
                self._attacher.check(_usable(card), adapters, reading)
                yield from self._load(card, cancel)
                fresh = True
            if self._card is not None and self._model.loaded() is not None:
                self._attacher.attach(self._card, adapters, reading)
                if fresh and (state := self._kept.take(self._key())) is not None:
                    self._model.restore_state(state)

    def use(self) -> ModelUse | None:
        """Which model answers, and with which adapters, by content."""
        if self._card is None:
            return None
        return ModelUse(
            id=self._card.id, sha256=self._card.sha256, adapters=self._attacher.attached
        )

    def identified(self, cancel: threading.Event) -> ModelUse | None:
        """As `use`, with the SHA-256 of a model that nobody computed yet.

        It takes a moment, once per model; the file was read just now, so the disk does not count.
        """
        card = self._card
        if card is None or card.sha256:
            return self.use()
        try:
            found = self._registry.identify(card.id, cancel=cancel)
        except (UnknownModel, OSError, Stopped):
            return self.use()  # removed, gone, or not waited for: the id names the content too
        if (found.path, found.size, found.modified) == (card.path, card.size, card.modified):
            self._card = msgspec.structs.replace(card, sha256=found.sha256)
        return self.use()

    def loaded(self) -> Loaded | None:
        return self._model.loaded()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens that each text takes as content."""
        return self._model.count_tokens(texts)

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """Generate with the loaded model."""
        for reply in self._model.stream(request, cancel):
            if isinstance(reply, Generated):
                self._keep_rate(corrected(self._rate, reply))
            yield reply

    def score(self, request: ScoreLabels, cancel: threading.Event) -> Iterator[EngineReply]:
        """Score labels with the loaded model."""
        return self._model.score(request, cancel)

    def restart(self) -> None:
        """End the model process; the next question starts it anew."""
        self._model.close()

    def forget(self) -> None:
        """Forget what models have read: it is text of documents."""
        self._kept.clear()
        if self._model.loaded() is not None:
            self._model.close()

    def close(self) -> None:
        """End the model process, so that its memory is back, and forget what was kept."""
        self._kept.clear()
        self._model.close()

    def _resolve(self, choice: str = "") -> ModelCard:
        """The card of the model that is meant, usable or not."""
        choice = choice or self._choice
        try:
            card = self._registry.resolve(choice) if choice else self._registry.in_use()
        except UnknownModel as error:
            raise UserError(str(error), _ADD_ONE, "no_model") from error
        except (BadGguf, OSError) as error:
            what, what_to_do = f"The model cannot be used: {error}", _ADD_ONE
            if isinstance(error, BadGguf):
                what_to_do = error.what_to_do or _ADD_ONE
            raise UserError(what, what_to_do, "bad_model") from error
        if card is None:
            raise UserError(
                "There is no model yet.", "Add a .gguf file on the Models page.", "no_model"
            )
        return card

    def _is_loaded(self, card: ModelCard) -> bool:
        """Whether this model answers already. One whose file was deleted meanwhile goes on: the
        process has it mapped, and only the next loading needs the file."""
        if self._card is None or self._model.loaded() is None or self._card.path != card.path:
            return False
        if card.problem:
            return self._card.id == card.id
        same = (self._card.size, self._card.modified) == (card.size, card.modified)
        return same and self._request == self._load_request(card)

    def _load(self, card: ModelCard, cancel: threading.Event) -> Iterator[EngineReply]:
        suspicion = self._registry.suspicion(card.id)
        if suspicion:
            raise UserError(
                f"{card.name} ended its process while loading before: {suspicion}",
                "Choose it again on the Models page to try once more, or take another.",
                "suspect",
            )
        if self._card is not None:
            self._keep()
            self._model.close()
        self._name, self._card = card.name, None
        self._attacher.loading()
        self._request = self._load_request(card)
        known = self.known_rate(card)
        measured = self._rates is not None and known is None
        request = msgspec.structs.replace(
            self._request, calibrate=measured, together=known.together if known else -1
        )
        try:
            yield from self._model.load(request, cancel)
        except WorkerDied as error:
            self._registry.mark_suspect(card.id, error.words)
            raise
        self._card = card
        self._rate = self._learned(card, known)

    def _learned(self, card: ModelCard, known: Rate | None) -> Rate:
        """What is known of the model's speed; what loading measured is kept for the next time."""
        loaded = self._model.loaded()
        if loaded is None:
            return known or Rate()
        measured = Rate(loaded.prefill_tokens_per_s, loaded.generation_tokens_per_s)
        rate = (known or measured)._replace(together=loaded.together)
        if self._rates is not None and rate.prefill > 0 and rate != known:
            self._rates.put(card.id, _content(card), self._machine(card), rate)
        return rate

    def _keep_rate(self, rate: Rate) -> None:
        """Go on with what an answer showed of the model's speed."""
        if rate == self._rate or self._rates is None or self._card is None:
            return
        self._rate, card = rate, self._card
        self._rates.put(card.id, _content(card), self._machine(card), rate)

    def _machine(self, card: ModelCard) -> str:
        return machine(self._load_request(card), self._site())

    def _keep(self) -> None:
        """Keep what the loaded model has read, for when it is chosen again."""
        try:
            state = self._model.save_state(KEPT_BYTES)
        except (UserError, WorkerDied):
            return  # it is given up anyway, and reads its next prompt from the beginning
        if state is not None:
            self._kept.put(self._key(), state)

    def _key(self) -> Hashable:
        """What a saved state belongs to: the model's content, how it was loaded, its adapters."""
        card = self._card
        content = (card.size, card.modified) if card is not None else ()
        adapters = tuple((one.sha256, one.scale) for one in self._attacher.attached)
        request = msgspec.json.encode(self._request) if self._request is not None else b""
        return content, request, adapters

    def _load_request(self, card: ModelCard) -> LoadModel:
        """How this model is loaded."""
        preset = self.preset(card)
        wanted = preset.context or self._wanted_context
        return LoadModel(
            path=card.path, context=min(wanted, card.trained_context or wanted),
            threads=preset.threads, gpu_layers=preset.gpu_layers, engine=self._engine,
            template=preset.template, device=self._device,
        )  # fmt: skip

    def preset(self, card: ModelCard | None = None) -> Preset:
        """How a model is to be used: this one, or the one that is loaded."""
        card = card or self._card
        if card is None or self._presets is None:
            return Preset()
        return self._presets.read(card.id)

    def vendor_sampling(self) -> dict[str, float]:
        """What the maker of the loaded model recommends, by field of a preset."""
        return self._card.sampling if self._card is not None else {}


def _content(card: ModelCard) -> str:
    """What tells this file from another under the same id; its SHA-256 may not be known yet."""
    return f"{card.size} bytes of {card.modified}"


def _usable(card: ModelCard) -> ModelCard:
    if card.problem:
        raise UserError(f"{card.name} cannot be used: {card.problem}", _ADD_ONE, "bad_model")
    if card.kind != "chat model":
        raise UserError(f"{card.name} {OTHER_KINDS[card.kind][0]}", _ADD_ONE, "bad_model")
    return card
