"""Carrel's engine on the low-level llama.cpp library: load a model, then answer with it.

`load` checks the file, loads it in a thread of its own (so that progress can be told and a Stop is
heard), creates the context, and ends with an Engine. `LlamaBackend.tokens` is the heart: keep the
common prefix of the KV cache, read the rest of the prompt, then sample and read token by token.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from carrel.engine import keeping
from carrel.engine.adapters import AdapterSlot
from carrel.engine.checking import check_file
from carrel.engine.choosing import Candidate, choose
from carrel.engine.context import Context
from carrel.engine.costs import Costs
from carrel.engine.drafting import Guessing, speak, together
from carrel.engine.generation import Backend, DraftCounts, Engine, Progress, Wish
from carrel.engine.keeping import SavedState
from carrel.engine.loading import check_loaded, load_weights
from carrel.engine.lookup import Drafter, Pace
from carrel.engine.messages import (
    AdapterFile,
    AdaptersSet,
    Loaded,
    LoadModel,
    LoadProgress,
)
from carrel.engine.native import library
from carrel.engine.neighbours import Neighbours
from carrel.engine.placing import Placement, on_processor, place
from carrel.engine.prompt import PromptBuilder
from carrel.engine.sampling import Sampler
from carrel.engine.scoring import Scorer
from carrel.engine.sequences import Sequences
from carrel.engine.templates import Template
from carrel.engine.threads import ThreadChooser, physical_cores
from carrel.engine.vocabulary import Vocabulary
from carrel.errors import UserError
from carrel_models.card import ModelCard


class LlamaBackend:
    """A model and its context; closes both."""

    def __init__(self, model: Any, path: str, placement: Placement, threads: int) -> None:
        self._lib = library()
        self._model = model
        self._adapters = AdapterSlot(model, path)
        self.vocabulary = Vocabulary(self._lib.llama_model_get_vocab(model))
        self._neighbours = Neighbours()
        self._chooser = ThreadChooser(threads, self._neighbours)
        self._on_cards = bool(placement.names)
        self._context = Context(model, placement.context, self._chooser, self._on_cards)
        self._sequences: Sequences | None = None
        self.context = self._context.size
        self.drafts = DraftCounts()
        self._pace: Pace | None = None  # decides about guesses; None where there are none

    def allow_guesses(self, known: int, cancel: threading.Event) -> int:
        """Guess from now on where that changes no answer. `known` is what this returned for the
        same model on this machine before, -1 when it has to be measured: how many tokens are read
        in one batch with the same scores as one by one. On graphics cards nothing is guessed."""
        if self._on_cards:
            # Not tried on a real card yet; Mesa's software device ends the process on a batch of 3.
            known = 1
        elif known < 0:
            known = 1
            if can_go_back(self._model):
                known = together(self._context, self.vocabulary.size, cancel)
        self._pace = Pace(assumed_costs(), known - 1) if known > 1 else None
        return known

    def tokens(
        self, prompt: Sequence[int], wish: Wish, cancel: threading.Event
    ) -> Iterator[Progress | int]:
        """Progress of the prompt, then generated tokens (see `Backend`)."""
        context = self._context
        sampler = Sampler(wish.sampling, self.vocabulary.size, self._opening())
        self.drafts = DraftCounts()
        try:
            with context.watching(cancel):
                yield Progress(context.keep_prefix(prompt))
                for done in context.read(prompt, cancel):
                    yield Progress(done)
                if len(context.cached) < len(prompt):
                    return
                if self._pace is None or not wish.lookup or wish.sampling.temperature > 0:
                    yield from speak(context, sampler, cancel)
                    return
                drafter = Drafter(prompt, self._pace, self.vocabulary.end_tokens)
                guessing = Guessing(context, sampler, drafter, self.drafts, wish.most)
                yield from guessing.speak(cancel)
        finally:
            sampler.close()

    def _opening(self) -> list[tuple[int, float]]:
        """Tokens that an answer may begin with, and what the adapters add to their scores."""
        return [
            (self.vocabulary.tokenize(one.text)[0], one.bias) for one in self._adapters.openings
        ]

    def attach(self, adapters: Sequence[AdapterFile]) -> AdaptersSet:
        """Attach exactly these adapters (see `AdapterSlot.attach`), and read a token with those
        that are new: one that llama.cpp cannot compute with ends the process now."""
        return self._adapters.attach(self._context.pointer, adapters, self._read_one)

    def scorer(self) -> Scorer:
        """Scores labels with this model and its adapters, in a second context that is made at the
        first call and lives until `forget`. Raises UserError."""
        if not can_go_back(self._model):
            raise UserError(
                "This kind of model cannot score labels: it cannot go back to a point in a text.",
                "Choose a model that is not recurrent.",
                "cannot_score",
            )
        if self._sequences is None:
            size = self._context.size
            self._sequences = Sequences(self._model, size, self._chooser, on_gpu=self._on_cards)
            self._adapters.follow(self._sequences.pointer)
        return Scorer(self._sequences, sorted(self.vocabulary.end_tokens))

    def save(self, limit: int) -> SavedState | None:
        """What the model has read, in at most `limit` bytes (see `keeping.save`)."""
        return keeping.save(self._context, limit)

    def restore(self, state: SavedState) -> bool:
        """Take up what was saved (see `keeping.restore`)."""
        return keeping.restore(self._context, state.tokens, state.data)

    def _read_one(self) -> None:
        self.forget()
        for _ in self._context.read((0,), threading.Event()):
            pass

    def forget(self) -> None:
        """Empty the KV cache, and free that of scoring."""
        self._context.forget()
        self._free_sequences()

    def close(self) -> None:
        """Free the context and the model; a second call does nothing."""
        self._free_sequences()
        self._context.close()
        self._adapters.close()
        self._neighbours.close()
        if self._model:
            self._lib.llama_model_free(self._model)
            self._model = None

    def _free_sequences(self) -> None:
        if self._sequences is not None:
            self._sequences.close()
            self._sequences = None


def load(request: LoadModel, cancel: threading.Event) -> Iterator[LoadProgress | Engine]:
    """Load a model: LoadProgress..., then the Engine. Ends without one when `cancel` was set.

    Raises UserError with the reason: file missing, broken, not a chat model, too large.
    """
    card = check_file(request.path)
    placement = place(card, request)
    try:
        yield from _load_at(placement, card, request, cancel)
    except UserError as error:
        if not placement.names or cancel.is_set():
            raise
        yield from _load_at(on_processor(placement, error.what), card, request, cancel)


def _load_at(
    placement: Placement, card: ModelCard, request: LoadModel, cancel: threading.Event
) -> Iterator[LoadProgress | Engine]:
    """Load a model onto the devices of `placement`."""
    model = yield from load_weights(card, placement, cancel)
    if model is None:
        return
    try:
        check_loaded(model, card)
        backend = LlamaBackend(model, card.path, placement, request.threads or physical_cores())
    except BaseException:
        library().llama_model_free(model)
        raise
    yield LoadProgress(fraction=1.0)  # what follows takes a moment for a large model
    try:
        alike = backend.allow_guesses(request.together, cancel)
    except BaseException:
        backend.close()
        raise
    template = template_of(model, backend.vocabulary, card.architecture, request.template)
    builder = PromptBuilder(backend.vocabulary, template)
    loaded = describe(card, model, backend, template, placement.words)
    yield Engine(backend, builder, msgspec.structs.replace(loaded, together=alike))


def can_go_back(model: Any) -> bool:
    """Whether tokens can be taken back one by one: not from a recurrent state."""
    lib = library()
    return not (lib.llama_model_is_recurrent(model) or lib.llama_model_is_hybrid(model))


def assumed_costs() -> Costs:
    """What batches are assumed to cost before it is measured: a GPU reads the weights once for all
    tokens, a CPU soon computes as long as it reads (measured on two cores of an AMD EPYC: 1.6 to
    1.9 for two tokens, 4.2 to 5.6 for eight, 6.7 to 9.0 for sixteen)."""
    return Costs(0.05, 0.05) if library().llama_supports_gpu_offload() else Costs(0.67, 0.47)


def template_of(model: Any, vocabulary: Vocabulary, architecture: str, wanted: str) -> Template:
    """The chat template that a loaded model is used with; `wanted` as in LoadModel.template."""
    text = library().llama_model_chat_template(model, None)
    own = text.decode("utf-8", "replace") if text else ""
    return choose(Candidate(own, architecture, vocabulary), wanted)


def describe(
    card: ModelCard, model: Any, backend: Backend, template: Template, device: str
) -> Loaded:
    """What was loaded, in words and numbers."""
    lib = library()
    buffer = ctypes.create_string_buffer(256)
    lib.llama_model_desc(model, buffer, len(buffer))
    return Loaded(
        description=f"{card.name} ({buffer.value.decode('utf-8', 'replace')})",
        context=backend.context,
        trained_context=int(lib.llama_model_n_ctx_train(model)),
        vocabulary=backend.vocabulary.size,
        template=template.name,
        device=device,
        system_info=" ".join(lib.llama_print_system_info().decode().split()),
    )
