"""The same port over llama_cpp.Llama: the oracle that our engine is compared with, and its rival.

Greedy output must be identical token for token. Only what `Llama` is asked for differs from
engine/llama.py: it keeps its own prefix, runs its own sampler, and cannot be stopped in a prompt.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from carrel.engine.checking import broken, check_file, choose_context
from carrel.engine.context import batch_size
from carrel.engine.generation import Engine, Progress
from carrel.engine.llama import describe, template_of
from carrel.engine.loading import check_loaded
from carrel.engine.messages import LoadModel, LoadProgress, Sampling
from carrel.engine.native import clear_log, library, reason_from_log
from carrel.engine.prompt import PromptBuilder
from carrel.engine.threads import physical_cores
from carrel.engine.vocabulary import Vocabulary
from carrel_models.card import ModelCard


class SimpleBackend:
    """A llama_cpp.Llama as a backend."""

    def __init__(self, llama: Any) -> None:
        self.llama = llama
        self.vocabulary = Vocabulary(llama._model.vocab)
        self.context = int(llama.n_ctx())

    def tokens(
        self, prompt: Sequence[int], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | int]:
        """Progress of the prompt (only its beginning and end), then generated tokens."""
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

    def forget(self) -> None:
        """Empty the KV cache."""
        self.llama.reset()

    def close(self) -> None:
        """Free the context and the model."""
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
    context_size = choose_context(card, request.context)
    yield LoadProgress(fraction=0.0)
    if cancel.is_set():
        return
    llama = _open(card, context_size, request)
    yield LoadProgress(fraction=1.0)
    model = llama._model.model
    check_loaded(model, card)
    backend = SimpleBackend(llama)
    builder = PromptBuilder(backend.vocabulary, template_of(model, backend.vocabulary))
    yield Engine(backend, builder, describe(card, model, backend, builder.template))


def _open(card: ModelCard, context_size: int, request: LoadModel) -> Any:
    library()  # first, so that our log callback is the one in place
    from llama_cpp import Llama

    threads = request.threads or physical_cores()
    batch = batch_size(context_size)
    clear_log()
    try:
        return Llama(
            card.path,
            n_ctx=context_size,
            n_batch=batch,
            n_ubatch=batch,
            n_threads=threads,
            n_threads_batch=threads,
            n_gpu_layers=request.gpu_layers,
            verbose=False,
        )
    except ValueError as error:
        raise broken(Path(card.path).name, reason_from_log() or str(error)) from error
