"""The model that answers: which one was chosen, loaded when it is first needed, replaced on change.

A model that ends its process while loading is marked suspect and is not loaded again by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from carrel.engine.messages import EngineReply, Generate, Loaded, LoadModel
from carrel.errors import UserError, WorkerDied
from carrel.events import ModelUse
from carrel_models.gguf import BadGguf
from carrel_models.registry import Registry, UnknownModel

if TYPE_CHECKING:
    from carrel.ports import LanguageModel
    from carrel_models.card import ModelCard

_ADD_ONE = "Choose another on the Models page, or with --model FILE.gguf."


class ModelHolder:
    """Holds one language model process and loads what `choice` (an id or a file) names.

    An empty choice takes the registry's model in use, else the starter. `context` is in tokens.
    """

    def __init__(
        self,
        registry: Registry,
        model: LanguageModel,
        *,
        choice: str = "",
        context: int = 4096,
        engine: Literal["llama", "simple"] = "llama",
    ) -> None:
        self._registry = registry
        self._model = model
        self._choice = choice
        self._wanted_context = context
        self._engine: Literal["llama", "simple"] = engine
        self._card: ModelCard | None = None
        self._name = ""
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

    def choose(self, choice: str) -> None:
        """Take another model (an id or a file) from the next question on."""
        self._choice = choice

    def card(self) -> ModelCard:
        """The card of the model that would answer now. Raises UserError when there is none."""
        try:
            card = self._registry.resolve(self._choice) if self._choice else self._registry.in_use()
        except UnknownModel as error:
            raise UserError(str(error), _ADD_ONE, "no_model") from error
        except (BadGguf, OSError) as error:
            raise UserError(f"The model cannot be used: {error}", _ADD_ONE, "bad_model") from error
        if card is None:
            raise UserError(
                "There is no model yet.", "Add a .gguf file on the Models page.", "no_model"
            )
        if card.problem:
            raise UserError(f"{card.name} cannot be used: {card.problem}", _ADD_ONE, "bad_model")
        if card.kind != "chat model":
            raise UserError(
                f"{card.name} is not a chat model but a {card.kind}.", _ADD_ONE, "bad_model"
            )
        return card

    def ensure(self, cancel: threading.Event) -> Iterator[EngineReply]:
        """Load the chosen model unless it is loaded already; yields the progress.

        Raises UserError with the reason when it cannot be loaded, WorkerDied when it ended the
        worker (it is suspect from then on).
        """
        with self._lock:
            card = self.card()
            if self._model.loaded() is not None and self._card == card:
                return
            suspicion = self._registry.suspicion(card.id)
            if suspicion:
                raise UserError(
                    f"{card.name} ended its process while loading before: {suspicion}",
                    "Choose it again on the Models page to try once more, or take another.",
                    "suspect",
                )
            self._name = card.name
            request = LoadModel(
                path=card.path, context=self._context_for(card), engine=self._engine
            )
            try:
                yield from self._model.load(request, cancel)
            except WorkerDied as error:
                self._registry.mark_suspect(card.id, error.words)
                raise
            self._card = card

    def use(self) -> ModelUse | None:
        """Which model answers, by content."""
        return ModelUse(id=self._card.id, sha256=self._card.sha256) if self._card else None

    def loaded(self) -> Loaded | None:
        return self._model.loaded()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens that each text takes as content."""
        return self._model.count_tokens(texts)

    def stream(self, request: Generate, cancel: threading.Event) -> Iterator[EngineReply]:
        """Generate with the loaded model."""
        return self._model.stream(request, cancel)

    def restart(self) -> None:
        """End the model process; the next question starts it anew."""
        self._model.close()

    def close(self) -> None:
        """End the model process, so that its memory is back."""
        self._model.close()

    def _context_for(self, card: ModelCard) -> int:
        return min(self._wanted_context, card.trained_context or self._wanted_context)
