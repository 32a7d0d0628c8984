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

from carrel.engine.checking import check_file, choose_context
from carrel.engine.context import Context
from carrel.engine.generation import Backend, Engine, Progress
from carrel.engine.loading import check_loaded, load_weights
from carrel.engine.messages import Loaded, LoadModel, LoadProgress, Sampling
from carrel.engine.native import library
from carrel.engine.prompt import PromptBuilder
from carrel.engine.sampling import Sampler
from carrel.engine.templates import Template, choose
from carrel.engine.threads import Neighbours, ThreadChooser, physical_cores
from carrel.engine.vocabulary import Vocabulary
from carrel_models.card import ModelCard
from carrel_models.templates import family_of


class LlamaBackend:
    """A model and its context; closes both."""

    def __init__(self, model: Any, context_size: int, threads: int) -> None:
        self._lib = library()
        self._model = model
        self.vocabulary = Vocabulary(self._lib.llama_model_get_vocab(model))
        self._neighbours = Neighbours()
        chooser = ThreadChooser(threads, self._neighbours)
        self._context = Context(model, context_size, chooser)
        self.context = self._context.size

    def tokens(
        self, prompt: Sequence[int], sampling: Sampling, cancel: threading.Event
    ) -> Iterator[Progress | int]:
        """Progress of the prompt, then generated tokens (see `Backend`)."""
        context = self._context
        sampler = Sampler(sampling, self.vocabulary.size)
        try:
            with context.watching(cancel):
                yield Progress(context.keep_prefix(prompt))
                for done in context.read(prompt, cancel):
                    yield Progress(done)
                while not cancel.is_set() and len(context.cached) >= len(prompt):
                    token = sampler.sample(context.pointer)
                    yield token
                    if not context.add(token):
                        return
        finally:
            sampler.close()

    def forget(self) -> None:
        """Empty the KV cache."""
        self._context.forget()

    def close(self) -> None:
        """Free the context and the model; a second call does nothing."""
        self._context.close()
        self._neighbours.close()
        if self._model:
            self._lib.llama_model_free(self._model)
            self._model = None


def load(request: LoadModel, cancel: threading.Event) -> Iterator[LoadProgress | Engine]:
    """Load a model: LoadProgress..., then the Engine. Ends without one when `cancel` was set.

    Raises UserError with the reason: file missing, broken, not a chat model, too large.
    """
    card = check_file(request.path)
    context_size = choose_context(card, request.context)
    model = yield from load_weights(card, request.gpu_layers, cancel)
    if model is None:
        return
    try:
        check_loaded(model, card)
        backend = LlamaBackend(model, context_size, request.threads or physical_cores())
    except BaseException:
        library().llama_model_free(model)
        raise
    builder = PromptBuilder(backend.vocabulary, template_of(model, backend.vocabulary))
    yield Engine(backend, builder, describe(card, model, backend, builder.template))


def template_of(model: Any, vocabulary: Vocabulary) -> Template:
    """The chat template that a loaded model is used with."""
    text = library().llama_model_chat_template(model, None)
    own = text.decode("utf-8", "replace") if text else ""
    return choose(own, family_of(own) if own else "", vocabulary.has_control("<|im_start|>"))


def describe(card: ModelCard, model: Any, backend: Backend, template: Template) -> Loaded:
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
        device="GPU" if lib.llama_supports_gpu_offload() else "CPU",
        system_info=" ".join(lib.llama_print_system_info().decode().split()),
    )
