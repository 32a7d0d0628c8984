"""The same port over llama_cpp.Llama: the oracle that our engine is compared with, and its rival.

Greedy output must be identical token for token. Only what `Llama` is asked for differs from
engine/llama.py: it keeps its own prefix, runs its own sampler (which leaves out what an adapter
adds to how answers begin), and cannot be stopped in a prompt.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from carrel.engine.adapters import AdapterSlot
from carrel.engine.checking import broken, check_file
from carrel.engine.context import batch_size
from carrel.engine.generation import DraftCounts, Engine, Progress, Wish
from carrel.engine.keeping import SavedState
from carrel.engine.llama import describe, template_of
from carrel.engine.loading import check_loaded
from carrel.engine.messages import (
    AdapterFile,
    AdaptersSet,
    LoadModel,
    LoadProgress,
)
from carrel.engine.native import clear_log, library, reason_from_log
from carrel.engine.placing import Placement, place
from carrel.engine.prompt import PromptBuilder
from carrel.engine.scoring import Scorer
from carrel.engine.threads import physical_cores
from carrel.engine.vocabulary import Vocabulary
from carrel.errors import UserError
from carrel_models.card import ModelCard


class SimpleBackend:
    """A llama_cpp.Llama as a backend."""

    def __init__(self, llama: Any, path: str) -> None:
        self.llama = llama
        self._adapters = AdapterSlot(llama._model.model, path)
        self.vocabulary = Vocabulary(llama._model.vocab)
        self.context = int(llama.n_ctx())
        self.drafts = DraftCounts()

    def tokens(
        self, prompt: Sequence[int], wish: Wish, cancel: threading.Event
    ) -> Iterator[Progress | int]:
        """Progress of the prompt (only its beginning and end), then generated tokens."""
        sampling = wish.sampling
        yield Progress(self._common(prompt))
        if cancel.is_set():
            return
        self.llama.set_seed(sampling.seed)
        steps = self.llama.generate(
            prompt,
            temp=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
            min_p=sampling.min_p,
            repeat_penalty=sampling.repeat_penalty,
        )
        for position, token in enumerate(steps, start=len(prompt)):
            if position == len(prompt):
                yield Progress(len(prompt))
            if cancel.is_set():
                return
            yield int(token)
            if position >= self.context:
                return

    def attach(self, adapters: Sequence[AdapterFile]) -> AdaptersSet:
        """Attach exactly these adapters (see `AdapterSlot.attach`)."""
        return self._adapters.attach(self.llama._ctx.ctx, adapters, self._read_one)

    def scorer(self) -> Scorer:
        """Not with `Llama`, which knows one sequence only. Raises UserError."""
        raise UserError(
            "The simple engine cannot score labels.", "Leave out --engine simple.", "cannot_score"
        )

    def save(self, limit: int) -> None:
        """Nothing is kept: `Llama` guards its own cache."""

    def restore(self, state: SavedState) -> bool:
        """Nothing can be taken up."""
        return False

    def _read_one(self) -> None:
        self.llama.reset()
        self.llama.eval([0])

    def forget(self) -> None:
        """Empty the KV cache."""
        self.llama.reset()

    def close(self) -> None:
        """Free the adapters, the context and the model."""
        self._adapters.close()
        self.llama.close()

    def _common(self, prompt: Sequence[int]) -> int:
        held = self.llama.input_ids[: self.llama.n_tokens].tolist()
        common = 0
        while common < min(len(held), len(prompt) - 1) and held[common] == prompt[common]:
            common += 1
        return common


def load(request: LoadModel, cancel: threading.Event) -> Iterator[LoadProgress | Engine]:
    """Load a model with llama_cpp.Llama: LoadProgress at both ends, then the Engine.

    Raises UserError with the reason: file missing, broken, not a chat model, too large.
    """
    card = check_file(request.path)
    placement = place(card, request)
    yield LoadProgress(fraction=0.0)
    if cancel.is_set():
        return
    llama = _open(card, placement, request)
    yield LoadProgress(fraction=1.0)
    model = llama._model.model
    check_loaded(model, card)
    backend = SimpleBackend(llama, card.path)
    template = template_of(model, backend.vocabulary, card.architecture, request.template)
    builder = PromptBuilder(backend.vocabulary, template)
    yield Engine(backend, builder, describe(card, model, backend, template, placement.words))


def _open(card: ModelCard, placement: Placement, request: LoadModel) -> Any:
    library()  # first, so that our log callback is the one in place
    from llama_cpp import Llama

    threads = request.threads or physical_cores()
    batch = batch_size(placement.context, on_gpu=bool(placement.names))
    clear_log()
    try:
        return Llama(
            card.path,
            n_ctx=placement.context,
            n_batch=batch,
            n_ubatch=batch,
            n_threads=threads,
            n_threads_batch=threads,
            n_gpu_layers=placement.layers,
            verbose=False,
        )
    except ValueError as error:
        raise broken(Path(card.path).name, reason_from_log() or str(error)) from error
